import { Failure } from '../errors.ts';
import type { Command, Outcome, Sandbox } from './types.ts';

/** Counts the time in which at least one of several overlapping tasks runs. */
function createBusyClock(): { start: () => void; stop: () => void; busyMs: () => number } {
  let running = 0;
  let since = 0;
  let total = 0;
  return {
    start: () => {
      if (running === 0) since = performance.now();
      running += 1;
    },
    stop: () => {
      running -= 1;
      if (running === 0) total += performance.now() - since;
    },
    busyMs: () => total + (running > 0 ? performance.now() - since : 0),
  };
}

/**
 * The parts that all sandboxes share: a clock, and the end of all programs when `signal` is aborted or the sandbox is
 * closed. `runOne` runs one program, and must end it when `stop` is aborted.
 */
export function createLifetime(
  signal: AbortSignal,
  runOne: (command: Command, stop: AbortSignal) => Promise<Outcome>,
): Pick<Sandbox, 'run' | 'busyMs' | 'close'> {
  const clock = createBusyClock();
  const closing = new AbortController();
  const stop = AbortSignal.any([signal, closing.signal]);
  const running = new Set<Promise<Outcome>>();
  const run = async (command: Command): Promise<Outcome> => {
    if (stop.aborted) throw new Failure('interrupted');
    clock.start();
    const outcome = runOne(command, stop);
    running.add(outcome);
    try {
      return await outcome;
    } finally {
      running.delete(outcome);
      clock.stop();
    }
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.allSettled(running);
  };
  return { run, busyMs: clock.busyMs, close };
}
