import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The minimum number of characters of diagnostics between two collections. */
const COLLECT_AFTER = 8_000_000;

/**
 * Returns a function that counts the characters read from a stream of diagnostics, and collects garbage after 8 million,
 * or after as many as bytes were in use after the last collection, if that is more. Almost all of the stream becomes
 * garbage immediately, but V8 grows its heap instead of collecting it: half a gigabyte of diagnostics would take 500 MB
 * of memory although 90 MB are in use (`npm run bench:memory`). A collection takes longer when more memory is in use:
 * one after every 8 MB took most of the time of a large module.
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
