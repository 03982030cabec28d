import { Failure } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that Ctrl-C aborts, so that children are killed and temporary files removed before the
 * process ends. A second Ctrl-C changes nothing: cleaning up takes a moment at most.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const name of SIGNALS) process.on(name, abort);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Whatever a cancelled step threw, the reason is the interruption.
    throw controller.signal.aborted ? new Failure('interrupted', {}, { cause: error }) : error;
  } finally {
    for (const name of SIGNALS) process.off(name, abort);
  }
}
