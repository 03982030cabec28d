import { isRefused, LostClaim } from '../../github/errors.ts';
import { findMergedPullRequest } from '../../github/commit-pull-requests.ts';
import { joinHistory, listUnasked } from '../../report/decide/history.ts';
import type { HistoryStore } from '../../report/model/history.ts';
import { nameOf, type Work } from '../types.ts';
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

/** The maximum number of commits per run that GitHub is asked about. A later run asks about the others. */
const MOST_ASKED = 50;

/**
 * Asks GitHub which pull requests the commits that moved a benchmark came from: their subjects may name none, or
 * another one. If GitHub refuses to answer, the subject counts.
 */
async function askPullRequests(work: Work, history: HistoryStore): Promise<void> {
  const { github, repository, log } = work;
  const unasked = listUnasked(joinHistory(await history.read())).slice(0, MOST_ASKED);
  for (const sha of unasked) {
    try {
      const commit = { sha, branch: repository.defaultBranch };
      const number = await findMergedPullRequest(github, nameOf(repository), commit);
      await history.add({ kind: 'pull-request', sha, number });
    } catch (error) {
      if (!isRefused(error)) throw error;
      log.warn({ step: 'history', sha, err: error });
    }
  }
}

/**
 * Measures the commits of a push, except those whose test binaries were measured before. Gives way to every more
 * urgent run, and continues afterwards.
 */
export async function measureHistoryRun(work: Work): Promise<void> {
  const { run, heartbeat, engine, log, store, timing } = work;
  const mirror = await fetchInto(work, [run.headSha]);
  const history = openHistory(work);
  const way = watchForReviews(store, 'history', timing.yieldMs);
  try {
    const outcome = await engine.measureCommits({
      ...mirror,
      sha: run.headSha,
      store: history,
      stop: { signal: way.signal, isHeard: false },
      signal: heartbeat.signal,
    });
    log.info({ step: 'history', ...outcome });
    if (outcome.isStopped && outcome.left > 0) throw new GaveWay();
    await askPullRequests(work, history);
  } finally {
    way.stop();
  }
}
