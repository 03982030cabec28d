import { LostClaim } from '../../github/errors.ts';
import type { HistoryStore } from '../../report/model/history.ts';
import type { Work } from '../types.ts';
import { GaveWay, watchForReviews } from './give-way.ts';
import { fetchInto } from './measure-run.ts';

/** Adds records as long as the claim is held. */
function openHistory({ store, claim, repository }: Work): HistoryStore {
  return {
    read: () => store.readHistory(repository.id),
    add: async (record) => {
      if (!(await store.addHistory(claim, record))) throw new LostClaim();
    },
  };
}

/**
 * Measures the commits that a push brought, unless their test binaries were measured before. Gives way to every run that
 * is more urgent, and continues afterwards with what is left.
 */
export async function measureHistoryRun(work: Work): Promise<void> {
  const { run, heartbeat, engine, log, store, timing } = work;
  const mirror = await fetchInto(work, [run.headSha]);
  const way = watchForReviews(store, 'history', timing.yieldMs);
  try {
    const outcome = await engine.measureCommits({
      ...mirror,
      sha: run.headSha,
      store: openHistory(work),
      stop: { signal: way.signal, isHeard: false },
      signal: heartbeat.signal,
    });
    log.info({ step: 'history', ...outcome });
    if (outcome.isStopped && outcome.left > 0) throw new GaveWay();
  } finally {
    way.stop();
  }
}
