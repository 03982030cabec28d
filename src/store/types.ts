import type { SignedIn } from '../report/model/signed-in.ts';
import type { Config } from '../config/schema.ts';
import type { Acceptance, CheckConclusion, CheckOutput } from '../report/model/pull-request.ts';
import type { HistoryRecord } from '../report/model/history.ts';
import type { Review } from '../report/model/review.ts';

/** A repository that the App is installed on. It is identified by `id`, because it can be renamed. */
export type StoredRepository = {
  id: number;
  installationId: number;
  owner: string;
  name: string;
  defaultBranch: string;
};

/** What a run measures. */
export type RunSubject =
  | { kind: 'pull-request'; number: number }
  /** `headRef`: `refs/heads/gh-readonly-queue/…`. */
  | { kind: 'merge-group'; headRef: string; baseSha: string }
  /** What the review `runId` of a pull request found is tried out. */
  | { kind: 'experiments'; number: number; runId: string }
  /** The default branch, which is compiled for later reviews. */
  | { kind: 'baseline' }
  /** The default branch, whose benchmarks are measured. */
  | { kind: 'history' };

export type RunState = 'queued' | 'running' | 'done' | 'cancelled';

/** How a run ended. `superseded`, `cancelled`: its check is cancelled. `crashed`: it crashed the worker three times. */
export type RunOutcome =
  'pass' | 'fail' | 'neutral' | 'error' | 'action-required' | 'superseded' | 'cancelled' | 'crashed' | 'gone';

/** One review that is planned, running or finished. */
export type Run = {
  /** UUID; the check run's `external_id`. */
  id: string;
  repositoryId: number;
  subject: RunSubject;
  headSha: string;
  /** The branch that a pull request is for; null for what is none. */
  baseRef: string | null;
  /** The regular expression of `/allocgate run`, which selects benchmarks; null: the config's. */
  bench: string | null;
  state: RunState;
  /** Grows by one with each claim: the number that tells a worker's claim from later ones. */
  attempt: number;
  /** Claims that ended without being handed back. */
  crashes: number;
  /** Consecutive tries that failed because of GitHub or the database. */
  retries: number;
  checkRunId: number | null;
  /** The result; null: not measured yet. It is stored, so that only the writing has to be repeated. */
  measured: { review: Review; config: Config } | null;
  /** The content of the check of a run without a result; null: there is none yet, or there is a result. */
  told: (CheckOutput & { conclusion: CheckConclusion }) | null;
  outcome: RunOutcome | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
};

/** A head that several pull requests have. `generation`: counts up with each change of what its check must say. */
export type SharedHead = { repositoryId: number; headSha: string; generation: number };

/** A worker's claim on a run. */
export type Claim = { run: Run; attempt: number };

/**
 * One webhook delivery. `id`: X-GitHub-Delivery; `event`: X-GitHub-Event; `intent`: what it asks for, as JSON. `signature`:
 * of its body, which GitHub signs alone: the same body under another ID is a replay.
 */
export type Delivery = { id: string; event: string; intent: unknown; signature?: string };

/** A delivery that this process has claimed. `attempt`: the number of claims, including this one. */
export type HeldDelivery = Delivery & { attempt: number };

export type StoredAcceptance = Acceptance & { id: number };

/** What was accepted on a pull request. `heads`: its commits that were reviewed. */
export type InheritableAcceptances = { number: number; heads: string[]; acceptances: Acceptance[] };

/** The answer to a command. `body`: the text of a comment; null: the reaction is enough. */
export type Answer = { reaction: '+1' | '-1' | 'confused'; body: string | null };

/** The acceptances that a person adds and withdraws on a pull request. `withdrawn`: IDs of subjects. */
export type ConsentChange = {
  repositoryId: number;
  number: number;
  accepted: readonly Acceptance[];
  withdrawn: readonly string[];
};

/**
 * The database. Every function is one transaction, and resolves when it is on disk. All throw the driver's errors if
 * the database is unavailable.
 */
export type Store = {
  /** 'pglite', or 'postgres' where several processes may share it. */
  backend: 'pglite' | 'postgres';

  // ---- deliveries
  /** Stores deliveries and so enqueues the work on them, all in one transaction; those known by id or signature are ignored. */
  addDeliveries: (deliveries: readonly Delivery[]) => Promise<void>;
  /** Until when everything that GitHub had to deliver was acknowledged, or too old to be sent again; null: nobody looked. */
  findDeliveriesSeen: () => Promise<Date | null>;
  markDeliveriesSeen: (until: Date) => Promise<void>;

  // ---- repositories
  saveRepositories: (repositories: readonly StoredRepository[]) => Promise<void>;
  findRepository: (id: number) => Promise<StoredRepository | null>;
  /** `caughtUpAt`: since when its pull requests are watched without a gap; at first, when it was saved. */
  listRepositories: () => Promise<(StoredRepository & { caughtUpAt: Date })[]>;
  markCaughtUp: (id: number, at: Date) => Promise<void>;
  /** Found as GitHub finds it, whatever the case; null: the App is not there. */
  findRepositoryByName: (owner: string, name: string) => Promise<StoredRepository | null>;
  /** Forgets those that still belong to the installation, cancels their runs, and deletes what was measured of them. */
  removeRepositories: (installationId: number, ids: readonly number[]) => Promise<void>;
  removeInstallation: (installationId: number) => Promise<void>;

  // ---- runs
  /**
   * Makes a run, which no worker gets before `enqueueRun`, and cancels (outcome `superseded`) every unfinished run of
   * the same subject: the pull request by its number, with its experiments, the merge group by its ref, the baseline. Where the last thing
   * that is or was measured of the subject is the same head for the same branch, with the same `bench`, nothing
   * happens and that run comes back with `isNew` false, unless `again`: any text that tells this wish from others; the
   * same once more is known, and changes nothing either. Returns those that it cancelled.
   */
  requestRun: (
    request: Pick<Run, 'repositoryId' | 'subject' | 'headSha' | 'baseRef' | 'bench'> & {
      again: string | null;
    },
  ) => Promise<{ run: Run; isNew: boolean; superseded: Run[] }>;
  /** True for the first caller, which creates the run's queued check. False if the run is finished. */
  reserveCheck: (runId: string) => Promise<boolean>;
  /** The time until which another process may be creating the check; null: none is, or the check exists. */
  findCheckReservation: (runId: string, forMs: number) => Promise<Date | null>;
  /** Gives a reservation back: the check could not be made. */
  releaseCheck: (runId: string) => Promise<void>;
  /** Lets a worker have the run, unless it is finished. `sweep` does it for runs that nobody enqueued. */
  enqueueRun: (id: string) => Promise<void>;
  findRun: (id: string) => Promise<Run | null>;
  /** The newest run of a commit that has a check: where a check suite names no pull request, as for forks. */
  findRunByHead: (repositoryId: number, headSha: string) => Promise<Run | null>;
  /** The newest run of all benchmarks of a pull request that has something measured; null: none. */
  findMeasured: (repositoryId: number, number: number) => Promise<Run | null>;
  /**
   * What was measured of all benchmarks of a pull request or commit last, as JSON that is not parsed, because that takes
   * long for a large one; `number`: of the pull request. null: nothing was.
   */
  findMeasuredText: (
    repositoryId: number,
    of: { number: number } | { sha: string },
  ) => Promise<{ number: number | null; measured: string } | null>;
  /** Pull requests whose newest review of all benchmarks ended as `gone`. */
  listGone: (repositoryId: number) => Promise<number[]>;
  /** All runs of a pull request, oldest first. */
  listRuns: (repositoryId: number, number: number) => Promise<Run[]>;
  /**
   * Ends unfinished runs of a subject with an outcome and returns them: their check runs are the caller's to end. Those of
   * a pull request include its experiments.
   * `headSha`: only those of that commit.
   */
  cancelRuns: (
    repositoryId: number,
    subject: RunSubject,
    outcome: 'superseded' | 'cancelled' | 'gone',
    headSha?: string,
  ) => Promise<Run[]>;
  /**
   * Claims a run for `leaseMs`; null: it is finished, or another process holds it. A claim that finds an expired one,
   * never handed back, counts a crash.
   */
  claimRun: (id: string, owner: string, leaseMs: number) => Promise<Claim | null>;
  /** Prolongs the claim; false: it is lost (cancelled, or claimed by another process), and nothing may be written. */
  extendClaim: (claim: Claim, leaseMs: number) => Promise<boolean>;
  /** Gives the run back unfinished, and enqueues it for then (null: now): no crash. */
  releaseClaim: (claim: Claim, at: Date | null) => Promise<void>;
  /** The same after a try that failed: it counts as a retry until the run is measured or finished. */
  retryClaim: (claim: Claim, at: Date) => Promise<void>;
  saveCheckRun: (runId: string, checkRunId: number) => Promise<void>;
  /** False when the claim is lost. */
  saveMeasured: (claim: Claim, measured: NonNullable<Run['measured']>) => Promise<boolean>;
  /** Makes and enqueues the run of experiments that follows this review, the first time that it is called; not when the claim is lost. */
  requestExperiments: (claim: Claim) => Promise<void>;
  /**
   * Replaces the result of the review that this run of experiments belongs to, and lets it be written again. False when the
   * claim is lost, or the review is not the newest of its pull request any more.
   */
  saveExperiments: (claim: Claim, measured: NonNullable<Run['measured']>) => Promise<boolean>;
  /** False when the claim is lost. */
  finishRun: (claim: Claim, outcome: RunOutcome) => Promise<boolean>;
  /** Runs ended as `superseded`, `cancelled` or `gone` in the last days whose check run was not marked as ended. */
  listOpenChecks: () => Promise<Run[]>;
  markCheckEnded: (runId: string) => Promise<void>;
  /** Finished runs by outcome and unfinished ones by state, for metrics. */
  countRuns: () => Promise<{ state: RunState; outcome: RunOutcome | null; count: number }[]>;

  // ---- heads that several pull requests share
  /** The newest run of all benchmarks of each pull request that has this head, unless a later one has another head. */
  listHeadRuns: (repositoryId: number, headSha: string) => Promise<Run[]>;
  /** Notes that what a shared head's check must say changed. Requests, ends and cancellations of runs note it themselves. */
  touchSharedHead: (repositoryId: number, headSha: string) => Promise<void>;
  /** Shared heads whose check is not up to date, oldest change first. */
  listSharedHeads: () => Promise<SharedHead[]>;
  /** Notes that the check of this generation is written; false: it changed in the meantime. */
  settleSharedHead: (head: SharedHead) => Promise<boolean>;
  saveTold: (runId: string, told: NonNullable<Run['told']>) => Promise<void>;

  // ---- writes
  /** Records a write before it is sent; false when the claim is lost or its lease has run out. */
  beginWrite: (claim: Claim, key: string) => Promise<boolean>;
  finishWrite: (claim: Claim, key: string, githubId: number | null) => Promise<void>;

  // ---- pull requests
  /** Consent to run a fork's head: for that one commit. */
  approveHead: (repositoryId: number, number: number, headSha: string, by: string) => Promise<void>;
  isApproved: (repositoryId: number, number: number, headSha: string) => Promise<boolean>;
  listAcceptances: (repositoryId: number, number: number) => Promise<StoredAcceptance[]>;
  /** Those of all pull requests, with their numbers. */
  listAcceptancesOf: (repositoryId: number) => Promise<(Acceptance & { number: number })[]>;
  /**
   * What was accepted on other pull requests, where that includes one of these subjects and was not inherited before;
   * newest pull request first, at most 20.
   */
  listInheritable: (
    repositoryId: number,
    number: number,
    subjects: readonly string[],
  ) => Promise<InheritableAcceptances[]>;
  /** Copies acceptances of another pull request, once: what is withdrawn afterwards does not come back. */
  inheritAcceptances: (
    repositoryId: number,
    number: number,
    parent: number,
    acceptances: readonly Acceptance[],
  ) => Promise<void>;
  /** Writes the newest reviews of these pull requests again with what they measured, if they are red or at work. */
  rewriteRed: (repositoryId: number, numbers: readonly number[]) => Promise<void>;
  /**
   * Records a command of a comment; null when it was carried out and answered before. `answer`: it was carried out, and
   * only that is to be told. `key`: comment ID and line.
   */
  beginCommand: (key: string, login: string) => Promise<{ answer: Answer | null } | null>;
  /**
   * Keeps what became of a command before it is told, and in the same transaction changes what is accepted: the newest
   * review of all benchmarks is then written again with what it measured. Returns the answer that counts: somebody else
   * may have carried the command out in the meantime, and then nothing is changed.
   */
  saveAnswer: (key: string, answer: Answer, consent: ConsentChange | null) => Promise<Answer>;
  finishCommand: (key: string) => Promise<void>;
  /** Which one of its user in an hour a command is: 1 for the first. */
  countCommands: (key: string) => Promise<number>;

  // ---- history
  /** What is known of the default branch's benchmarks, in the order in which it was measured. */
  readHistory: (repositoryId: number) => Promise<HistoryRecord[]>;
  /** The same as JSON, not read yet. */
  readHistoryTexts: (repositoryId: number) => Promise<string[]>;
  /** False when the claim is lost: then nothing is added. */
  addHistory: (claim: Claim, record: HistoryRecord) => Promise<boolean>;

  // ---- who is signed in to the pages
  /** `key`: what the browser's cookie is found by; only its hash is kept. */
  saveSession: (key: string, user: SignedIn, forMs: number) => Promise<void>;
  /** null: there is none, or its time is over. */
  findSession: (key: string) => Promise<SignedIn | null>;
  removeSession: (key: string) => Promise<void>;

  // ---- GitHub's limits
  /** Until when nothing may be sent for an installation (0: the App itself); null: no pause. */
  findPause: (installationId: number) => Promise<Date | null>;
  savePause: (installationId: number, until: Date) => Promise<void>;

  // ---- the queue
  /**
   * Calls `work` for each delivery, several at once: for those that this process stores at once, for what others left
   * within a beat. A throw retries it later with growing delays. It may be called again for one that it was done with,
   * when the process dies in the wrong moment.
   */
  workDeliveries: (work: (delivery: HeldDelivery) => Promise<void>) => void;
  /** Whether a run with a higher priority than `kind` has waited for so long, and no worker took it. */
  isAwaited: (kind: RunSubject['kind'], sinceMs: number) => Promise<boolean>;
  /** Calls `work` for one run's id at a time. Resolves to what keeps it from taking another one. */
  workRuns: (work: (id: string) => Promise<void>) => Promise<() => Promise<void>>;
  /** Enqueues unfinished runs that nobody holds and that have no job; returns how many. Forgets what is old. */
  sweep: () => Promise<number>;
  /** How many wait: deliveries, also those at work, and runs that nobody holds. */
  depth: () => Promise<{ deliveries: number; runs: number }>;
  /** Stops taking jobs, waits for running `work` calls, closes the database. */
  close: () => Promise<void>;
  /** Resolves when the database answers. */
  ping: () => Promise<void>;
};
