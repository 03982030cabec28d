import { isRefused, LostClaim } from '../../github/errors.ts';
import { findMergedPullRequest } from '../../github/commit-pull-requests.ts';
import { joinHistory, listUnasked } from '../../report/decide/history.ts';
import type { HistoryStore } from '../../report/model/history.ts';
import { nameOf, type Work } from '../types.ts';
import { GaveWay, watchForReviews } from './give-way.ts';
import { fetchInto } from './measure-run.ts';

/** Opens the history of the run's repository. `add` throws `LostClaim` if another process has the run. */
function openHistory({ store, claim, repository }: Work): HistoryStore {
  return {
    read: () => store.readHistory(repository.id),
    add: async (record) => {
      if (!(await store.addHistory(claim, record))) throw new LostClaim();
    },
  };
}

/** The maximum number of commits to ask GitHub about in one run. A later run asks about the others. */
const MAX_ASKED = 50;

/**
 * Asks GitHub by which pull requests the commits came that moved a benchmark. The subject of a commit may name none, or
 * an issue; it is only used if GitHub refuses to answer.
 */
async function askPullRequests(work: Work, history: HistoryStore): Promise<void> {
  const { github, repository, log } = work;
  const unasked = listUnasked(joinHistory(await history.read())).slice(0, MAX_ASKED);
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
 * Measures the commits of a push. Inputs that were measured before are skipped. Throws `GaveWay` if a more urgent run
 * waits; the next try continues where this one ended.
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
