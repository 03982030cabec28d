import type { Store } from '../../store/store.ts';
import type { RunSubject } from '../../store/types.ts';

/** Thrown to end a run that nobody waits for, because a more urgent one waits. The run goes back into the queue. */
export class GaveWay extends Error {
  override name = 'GaveWay';
}

/** `signal` is aborted when a run with a higher priority than `kind` has waited for `everyMs` and no other worker took it. */
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
    // An error means that the database is unavailable, so no run can wait in it.
    void look()
      .catch(() => {})
      .finally(() => (isAsking = false));
  }, everyMs);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
