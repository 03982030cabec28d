import { readCommitConfig } from './commit-config.ts';
import { type History, joinHistory } from '../report/decide/history.ts';
import type { HistoryOutcome, HistoryStore } from '../report/model/history.ts';
import { type LoggedCommit, readLog } from '../source/log.ts';
import { trimCaches } from './caches.ts';
import { guardMirror, requireCommit } from './commits.ts';
import { measureHistory } from './history.ts';
import { openSession } from './session.ts';
import type { StopSwitch } from './types.ts';

/** The maximum number of commits to consider after a push. Older ones that no run has measured stay unmeasured. */
const MAX_COMMITS = 50;

/** The number of commits before the newest one that are always measured, so that a new history is useful at once. */
const BACKFILL = 30;

/**
 * The commits to measure after a push, newest first: of the last 30 commits of the branch and all since the oldest
 * measured one, those that are not completely measured. A new Go version or another machine is no reason to measure a
 * commit again. What one run does not finish in its time is left to the next run.
 */
export function chooseMissing(log: readonly LoggedCommit[], { commits }: History): LoggedCommit[] {
  const oldest = log.findLastIndex(({ sha }) => commits.has(sha));
  return log.slice(0, Math.max(oldest + 1, BACKFILL)).filter(({ sha }) => !commits.get(sha)?.isWhole);
}

/**
 * Measures a commit of the default branch and the missing ones before it, until the config's budget is used up. `stop`
 * ends it early; what was measured by then is kept. Throws `Failure` if nothing can be measured.
 */
export async function measureCommits(request: {
  /** A mirror that contains the commit: see `fetchCommits`. */
  gitDir: string;
  sha: string;
  cacheName: string;
  store: HistoryStore;
  stop: StopSwitch;
  signal: AbortSignal;
}): Promise<HistoryOutcome> {
  const { gitDir, sha, cacheName, store, stop, signal } = request;
  return guardMirror(gitDir, async () => {
    await using session = await openSession(gitDir, signal);
    const commit = await requireCommit(session.repository, sha);
    const { benchmarks, budget } = await readCommitConfig(session, commit);
    const log = await readLog(session.repository, commit, MAX_COMMITS);
    const outcome = await measureHistory(session, {
      commits: chooseMissing(log, joinHistory(await store.read())),
      benchmarks,
      store,
      cacheName,
      isTrusted: true,
      confinement: {},
      budget,
      stop,
      onProgress: () => {},
    });
    await trimCaches(session.settings.cache);
    return outcome;
  });
}
