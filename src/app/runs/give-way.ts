import type { Store } from '../../store/store.ts';
import type { RunSubject } from '../../store/types.ts';

/** Thrown to end a run because a more urgent one waits. The run goes back into the queue. */
export class GaveWay extends Error {
  override name = 'GaveWay';
}

/**
 * Checks every `everyMs` milliseconds whether a run with a higher priority than `kind` has waited for as long without a
 * worker. If so, `signal` is aborted with `GaveWay`. `stop` ends the checks.
 */
export function watchForReviews(
  store: Pick<Store, 'isAwaited'>,
  kind: RunSubject['kind'],
  everyMs: number,
): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (await store.isAwaited(kind, everyMs)) controller.abort(new GaveWay());
  };
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    // An error means that the database is unavailable. The next check asks again.
    void look()
      .catch(() => {})
      .finally(() => (isAsking = false));
  }, everyMs);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
