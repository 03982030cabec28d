import type { GitHubApp } from '../github/client.ts';
import type { CheckedRun } from '../github/checks.ts';
import type { GitHub, Journal, RepositoryName } from '../github/types.ts';
import type { fetchCommits, reviewCommits, warmCaches } from '../review/commits.ts';
import type { measureCommits } from '../review/history-commits.ts';
import type { Store } from '../store/store.ts';
import type { Claim, Run, StoredRepository } from '../store/types.ts';
import type { proveCommits } from '../trials/prove.ts';
import type { Heartbeat } from './runs/heartbeat.ts';
import type { Logger } from './operate/logs.ts';
import type { Metrics } from './operate/metrics.ts';
import type { Timing } from './operate/timing.ts';

/** The functions that review commits. Tests replace them by faster ones. */
export type Engine = {
  fetchCommits: typeof fetchCommits;
  reviewCommits: typeof reviewCommits;
  proveCommits: typeof proveCommits;
  warmCaches: typeof warmCaches;
  measureCommits: typeof measureCommits;
};

/** The objects that all parts of the App use. */
export type App = {
  engine: Engine;
  store: Store;
  gitHub: GitHubApp;
  appId: number;
  /** Repositories are fetched from `gitUrl/OWNER/NAME.git`. */
  gitUrl: string;
  /** The address of the reports; null: they are not served. */
  publicUrl: URL | null;
  log: Logger;
  metrics: Metrics;
  timing: Timing;
};

/** The objects that are needed to complete checks of any run. */
export type CheckApp = Pick<App, 'store' | 'gitHub' | 'log'>;

/**
 * The objects that are needed to request runs and to update the checks of shared heads. `appId`: the App whose check
 * runs are ours.
 */
export type RunApp = CheckApp & Pick<App, 'appId' | 'timing' | 'publicUrl' | 'gitUrl'>;

/** A run that this worker has claimed, with the objects for it. `log` adds the run's ID to each entry. */
export type Work = App & {
  claim: Claim;
  run: Run;
  repository: StoredRepository;
  github: GitHub;
  heartbeat: Heartbeat;
};

/** The repository's name as requests to GitHub need it. */
export function nameOf({ owner, name }: StoredRepository): RepositoryName {
  return { owner, repo: name };
}

/** The data that identifies the check of a run. */
export function checkOf({ id, headSha, bench }: Run): CheckedRun {
  return { runId: id, headSha, bench };
}

/** The address of a commit's report; undefined: reports are not served. */
function reportUrlOf(
  publicUrl: URL | null,
  { owner, name }: StoredRepository,
  sha: string,
): string | undefined {
  return publicUrl === null ? undefined : `${publicUrl.origin}/${owner}/${name}/commit/${sha}`;
}

/** The data for creating the check of a run: what identifies it, and the address of the report. */
export function checkToMake(
  { publicUrl }: Pick<App, 'publicUrl'>,
  repository: StoredRepository,
  run: Run,
): CheckedRun {
  return { ...checkOf(run), detailsUrl: reportUrlOf(publicUrl, repository, run.headSha) };
}

/** Creates a journal that records each write of a run, and refuses it if another process has the run. */
export function createJournal(store: Store, claim: Claim): Journal {
  return {
    begin: (key) => store.beginWrite(claim, key),
    finish: (key, githubId) => store.finishWrite(claim, key, githubId),
  };
}
