import type { GitHubApp } from '../github/client.ts';
import type { CheckedRun } from '../github/checks.ts';
import type { GitHub, Journal, RepositoryName } from '../github/types.ts';
import type { fetchCommits, reviewCommits, warmCaches } from '../review/commits.ts';
import type { Claim, Run, Store, StoredRepository } from '../store/types.ts';
import type { Heartbeat } from './runs/heartbeat.ts';
import type { Logger } from './operate/logs.ts';
import type { Metrics } from './operate/metrics.ts';
import type { Timing } from './operate/timing.ts';

/** What measures; tests of everything else put something faster in its place. */
export type Engine = {
  fetchCommits: typeof fetchCommits;
  reviewCommits: typeof reviewCommits;
  warmCaches: typeof warmCaches;
};

/** What every part of the App works with. */
export type App = {
  engine: Engine;
  store: Store;
  gitHub: GitHubApp;
  appId: number;
  /** Repositories are fetched from `gitUrl/OWNER/NAME.git`. */
  gitUrl: string;
  log: Logger;
  metrics: Metrics;
  timing: Timing;
};

/** What ends checks, whoever's run they belong to. */
export type CheckApp = Pick<App, 'store' | 'gitHub' | 'log'>;

/** What requests runs, and keeps the checks of shared heads up to date. `appId`: whose check runs are ours. */
export type RunApp = CheckApp & Pick<App, 'appId' | 'timing'>;

/** A run in the hands of this worker. `log` names the run. */
export type Work = App & {
  claim: Claim;
  run: Run;
  repository: StoredRepository;
  github: GitHub;
  heartbeat: Heartbeat;
};

export function nameOf({ owner, name }: StoredRepository): RepositoryName {
  return { owner, repo: name };
}

/** What its check is found by. */
export function checkOf({ id, headSha, bench }: Run): CheckedRun {
  return { runId: id, headSha, bench };
}

/** Writes down each write of a run, and refuses it as soon as the run is somebody else's. */
export function createJournal(store: Store, claim: Claim): Journal {
  return {
    begin: (key) => store.beginWrite(claim, key),
    finish: (key, githubId) => store.finishWrite(claim, key, githubId),
  };
}
