import type { Store } from '../../store/types.ts';

/** A run that nobody waits for ended, because a review waits. It goes back into the queue. */
export class GaveWay extends Error {
  override name = 'GaveWay';
}

/** `signal` is aborted when a review has waited for `everyMs` and no other worker took it. */
export function watchForReviews(
  store: Pick<Store, 'isReviewWaiting'>,
  everyMs: number,
): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (await store.isReviewWaiting(everyMs)) controller.abort(new GaveWay());
  };
  const timer = setInterval(() => {
    if (isAsking) return;
    isAsking = true;
    // An error means that the database is unavailable: nobody can wait in it then.
    void look()
      .catch(() => {})
      .finally(() => (isAsking = false));
  }, everyMs);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
