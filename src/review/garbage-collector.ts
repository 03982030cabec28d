import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Characters of diagnostics after which what they left behind is collected. */
const COLLECT_AFTER = 8_000_000;

/**
 * Counts what was read and collects garbage after every 8 MB. Nearly all of a diagnostics stream is garbage at once, and
 * V8 rather grows its heap than collects it: half a gigabyte would take 500 MB of memory where 90 are in use
 * (`npm run bench:memory`).
 */
export function createGarbageCollector(): (read: number) => void {
  let pending = 0;
  const collect = exposeCollector();
  return (read) => {
    pending += read;
    if (pending < COLLECT_AFTER) return;
    pending = 0;
    collect();
  };
}

/** V8 hands out its collector only to a context that is made after the flag was set. */
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  setFlagsFromString('--semi-space-growth-factor=1');
  const collect: unknown = runInNewContext('gc');
  return typeof collect === 'function' ? () => void collect() : () => {};
}
