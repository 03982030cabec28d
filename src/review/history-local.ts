import { Failure } from '../errors.ts';
import { type History, joinHistory } from '../report/decide/history.ts';
import type { Progress } from '../report/words/progress.ts';
import { type LoggedCommit, readLog } from '../source/log.ts';
import { resolveRevision } from '../source/revision.ts';
import { trimCaches } from './caches.ts';
import { readCommitConfig } from './commit-config.ts';
import type { HistoryOutcome } from '../report/model/history.ts';
import { type HistoryPlace, measureHistory } from './history.ts';
import { openHistoryFile, placeHistory } from './history-file.ts';
import { openSession } from './session.ts';
import type { StopSwitch } from './types.ts';
import {
  type BenchmarkOptions,
  checkBenchmarkOptions,
  chooseBenchmarks,
  readMinutes,
} from './typed-options.ts';
import { nameFullDisk } from './workspace.ts';

/** The commits of a history in a repository on this machine. */
export type LocalHistoryRequest = {
  /** The repository, or a directory in it. */
  dir: string;
  /** The newest commit. Default: HEAD. */
  head?: string | undefined;
  /** The number of commits, as given on the command line. */
  commits: string;
  signal: AbortSignal;
};

/** The options of `allocgate history backfill`. */
export type BackfillRequest = LocalHistoryRequest &
  BenchmarkOptions & {
    /** Minutes, as given on the command line. */
    budget: string;
    noSandbox: boolean;
    stop: StopSwitch;
    onProgress: (place: HistoryPlace, progress: Progress) => void;
  };

/** The log of the wanted commits, newest first, and the repository's measurements so far. */
export type LocalHistory = { log: LoggedCommit[]; history: History };

const MAX_COMMITS = 100_000;

function readCommits(commits: string): number {
  const number = Number(commits);
  if (Number.isInteger(number) && number >= 1 && number <= MAX_COMMITS) return number;
  const problem = { kind: 'not-a-count', most: MAX_COMMITS } as const;
  throw new Failure('bad-option', { option: '--commits', value: commits, problem });
}

/** Reads the log and the measurements of a repository's last commits. Nothing is measured. */
export async function readLocalHistory({
  dir,
  head,
  commits,
  signal,
}: LocalHistoryRequest): Promise<LocalHistory> {
  const most = readCommits(commits);
  await using session = await openSession(dir, signal);
  const { repository } = session;
  const log = await readLog(repository, await resolveRevision(repository, head ?? 'HEAD'), most);
  const store = openHistoryFile(placeHistory(repository.commonDir));
  return { log, history: joinHistory(await store.read()) };
}

/**
 * Measures those of a repository's last commits that are not measured yet, newest first, with the benchmarks that the
 * newest commit's config selects. Throws `Failure` if that is impossible.
 */
export async function backfillLocal(request: BackfillRequest): Promise<HistoryOutcome> {
  const most = readCommits(request.commits);
  checkBenchmarkOptions(request);
  const budget = readMinutes(request.budget);
  return nameFullDisk(async () => {
    await using session = await openSession(request.dir, request.signal);
    const { repository } = session;
    const newest = await resolveRevision(repository, request.head ?? 'HEAD');
    const outcome = await measureHistory(session, {
      commits: await readLog(repository, newest, most),
      benchmarks: chooseBenchmarks((await readCommitConfig(session, newest)).benchmarks, request),
      store: openHistoryFile(placeHistory(repository.commonDir)),
      cacheName: repository.commonDir,
      isTrusted: false,
      confinement: { tier: request.noSandbox ? 'none' : undefined },
      budget,
      stop: request.stop,
      onProgress: request.onProgress,
    });
    await trimCaches(session.settings.cache);
    return outcome;
  });
}
