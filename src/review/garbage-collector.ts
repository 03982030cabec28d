import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The least number of characters of diagnostics after which garbage is collected. */
const COLLECT_AFTER = 8_000_000;

/**
 * Counts the characters read and collects garbage when there are as many as bytes in use after the last collection, and
 * at least 8 MB. Almost all of a diagnostics stream becomes garbage immediately, but V8 grows its heap instead of
 * collecting it: half a gigabyte would take 500 MB of memory although 90 are in use (`npm run bench:memory`). A
 * collection takes the longer the more is in use: one after every 8 MB took most of the time of a large module.
 */
export function createGarbageCollector(): (read: number) => void {
  let pending = 0;
  let enough = COLLECT_AFTER;
  const collect = exposeCollector();
  return (read) => {
    pending += read;
    if (pending < enough) return;
    pending = 0;
    collect();
    enough = Math.max(COLLECT_AFTER, process.memoryUsage().heapUsed);
  };
}

/** V8 exposes its collector only to a context that is created after the flag was set. */
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--semi-space-growth-factor=1');
  const collect: unknown = runInNewContext('gc');
  return typeof collect === 'function' ? () => void collect() : () => {};
}
