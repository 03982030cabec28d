import { readCommitConfig } from './commit-config.ts';
import { type History, joinHistory } from '../report/decide/history.ts';
import type { HistoryOutcome, HistoryStore } from '../report/model/history.ts';
import { type LoggedCommit, readLog } from '../source/log.ts';
import { trimCaches } from './caches.ts';
import { guardMirror, requireCommit } from './commits.ts';
import { measureHistory } from './history.ts';
import { openSession } from './session.ts';
import type { StopSwitch } from './types.ts';

/** A push further behind than this leaves a gap. */
const MOST_COMMITS = 50;

/** So many commits a history goes back at least, so that it says something from the first day. */
const BACKFILL = 30;

/**
 * The commits to measure after a push, newest first: the last ones of the branch, and all that pushes brought since the
 * oldest one that was measured. A commit that was measured once is not measured again because Go or the machine is
 * another one. What one run leaves, because its time is used up, the next one takes up.
 */
export function chooseMissing(log: readonly LoggedCommit[], { commits }: History): LoggedCommit[] {
  const oldest = log.findLastIndex(({ sha }) => commits.has(sha));
  return log.slice(0, Math.max(oldest + 1, BACKFILL)).filter(({ sha }) => !commits.get(sha)?.isWhole);
}

/**
 * Measures a commit of the default branch, and those before it that pushes brought since, as far as the config's budget
 * goes. `stop` ends it early; what was measured by then is kept. Throws `Failure` if nothing can be measured.
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
    const log = await readLog(session.repository, commit, MOST_COMMITS);
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
