import { Failure } from '../errors.ts';
import type { StopSwitch } from '../review/types.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that Ctrl-C aborts, so that children are killed and temporary files removed before the
 * process ends. If `work` listens to `stop`, the first Ctrl-C only asks it to end early with a partial result, and
 * the next one aborts it.
 */
export async function untilInterrupted<T>(
  work: (signal: AbortSignal, stop: StopSwitch) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopping = new AbortController();
  const stop: StopSwitch = { signal: stopping.signal, isHeard: false };
  const abort = (): void => {
    if (stop.isHeard && !stopping.signal.aborted) stopping.abort();
    else controller.abort();
  };
  for (const name of signals) process.on(name, abort);
  try {
    return await work(controller.signal, stop);
  } catch (error) {
    // After an interruption, every error of a cancelled step is caused by it.
    throw controller.signal.aborted ? new Failure('interrupted', {}, { cause: error }) : error;
  } finally {
    for (const name of signals) process.off(name, abort);
  }
}
