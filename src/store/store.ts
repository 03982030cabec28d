import type { Acceptance } from '../report/model/pull-request.ts';
import type { HistoryRecord } from '../report/model/history.ts';
import type { SignedIn } from '../report/model/signed-in.ts';
import type {
  Answer,
  Claim,
  ConsentChange,
  Delivery,
  HeldDelivery,
  InheritableAcceptances,
  Run,
  RunOutcome,
  RunState,
  RunSubject,
  SharedHead,
  StoredAcceptance,
  StoredRepository,
} from './types.ts';

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
  /** The time before which every delivery was acknowledged, or is too old to be redelivered; null: never checked. */
  findDeliveriesSeen: () => Promise<Date | null>;
  markDeliveriesSeen: (until: Date) => Promise<void>;

  // ---- repositories
  saveRepositories: (repositories: readonly StoredRepository[]) => Promise<void>;
  findRepository: (id: number) => Promise<StoredRepository | null>;
  /** `caughtUpAt`: the time since which its pull requests are watched without a gap; at first, when it was saved. */
  listRepositories: () => Promise<(StoredRepository & { caughtUpAt: Date })[]>;
  markCaughtUp: (id: number, at: Date) => Promise<void>;
  /** Ignores case, as GitHub does; null: the App is not installed there. */
  findRepositoryByName: (owner: string, name: string) => Promise<StoredRepository | null>;
  /** Forgets those that still belong to the installation, cancels their runs, and deletes their results. */
  removeRepositories: (installationId: number, ids: readonly number[]) => Promise<void>;
  removeInstallation: (installationId: number) => Promise<void>;

  // ---- runs
  /**
   * Creates a run, which no worker gets before `enqueueRun`, and cancels (outcome `superseded`) every unfinished
   * run of the same subject: the pull request by its number, with its experiments, the merge group by its ref, the
   * baseline. If the subject's latest run has the same head, target branch and `bench`, nothing changes, and that
   * run is returned with `isNew` false. `again` forces a new run: any text that distinguishes this request from
   * others; a repeated text changes nothing. `isFork`: false if absent. Also returns the cancelled runs.
   */
  requestRun: (
    request: Pick<Run, 'repositoryId' | 'subject' | 'headSha' | 'baseRef' | 'bench'> & {
      again: string | null;
      isFork?: boolean;
    },
  ) => Promise<{ run: Run; isNew: boolean; superseded: Run[] }>;
  /** True for the first caller, which creates the run's queued check. False if the run is finished. */
  reserveCheck: (runId: string) => Promise<boolean>;
  /** The time until which another process may be creating the check; null: no process is, or the check exists. */
  findCheckReservation: (runId: string, forMs: number) => Promise<Date | null>;
  /** Gives a reservation back after the check could not be created. */
  releaseCheck: (runId: string) => Promise<void>;
  /** Makes a run available to workers, unless it is finished. `sweep` does so for runs that nobody enqueued. */
  enqueueRun: (id: string) => Promise<void>;
  findRun: (id: string) => Promise<Run | null>;
  /**
   * The newest run of a commit that has a check. Used for check suites that name no pull request, such as those of
   * forks.
   */
  findRunByHead: (repositoryId: number, headSha: string) => Promise<Run | null>;
  /** The newest run of all benchmarks of a pull request that has a result; null: none. */
  findMeasured: (repositoryId: number, number: number) => Promise<Run | null>;
  /**
   * The last result of all benchmarks of a pull request (`number`) or a commit, as unparsed JSON, because parsing a
   * large result is slow. null: there is none.
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
   * Ends unfinished runs of a subject with an outcome and returns them; the caller must complete their check runs.
   * Those of a pull request include its experiments. `headSha`: only those of that commit.
   */
  cancelRuns: (
    repositoryId: number,
    subject: RunSubject,
    outcome: 'superseded' | 'cancelled' | 'closed' | 'gone',
    headSha?: string,
  ) => Promise<Run[]>;
  /**
   * Claims a run for `leaseMs`; null: it is finished, or another process holds it. Replacing an expired claim that
   * was never handed back counts as a crash.
   */
  claimRun: (id: string, owner: string, leaseMs: number) => Promise<Claim | null>;
  /** Prolongs the claim; false: it is lost (cancelled, or claimed by another process), and nothing may be written. */
  extendClaim: (claim: Claim, leaseMs: number) => Promise<boolean>;
  /** Hands the run back unfinished, and enqueues it for `at` (null: now). It does not count as a crash. */
  releaseClaim: (claim: Claim, at: Date | null) => Promise<void>;
  /** The same after a failed try, which counts as a retry until the run is measured or finished. */
  retryClaim: (claim: Claim, at: Date) => Promise<void>;
  saveCheckRun: (runId: string, checkRunId: number) => Promise<void>;
  /** False when the claim is lost. */
  saveMeasured: (claim: Claim, measured: NonNullable<Run['measured']>) => Promise<boolean>;
  /**
   * Creates and enqueues the run of experiments that follows this review, once per review, and only if the claim is
   * held.
   */
  requestExperiments: (claim: Claim) => Promise<void>;
  /**
   * Replaces the result of the review that this run of experiments belongs to, and lets it be written again. False
   * if the claim is lost, or if the review is no longer the newest of its pull request.
   */
  saveExperiments: (claim: Claim, measured: NonNullable<Run['measured']>) => Promise<boolean>;
  /** False when the claim is lost. */
  finishRun: (claim: Claim, outcome: RunOutcome) => Promise<boolean>;
  /**
   * Cancelled runs of the last days whose check run was not marked as ended.
   */
  listOpenChecks: () => Promise<Run[]>;
  markCheckEnded: (runId: string) => Promise<void>;
  /**
   * The runs of the last days that ended as `gone`. Their checks count as not ended again, because GitHub may have
   * refused to complete them while the repository was archived or the installation suspended.
   */
  reopenGoneChecks: (repositoryId: number) => Promise<Run[]>;
  /** Finished runs by outcome and unfinished ones by state, for metrics. */
  countRuns: () => Promise<{ state: RunState; outcome: RunOutcome | null; count: number }[]>;

  // ---- heads that several pull requests share
  /**
   * The newest run of all benchmarks of each pull request and merge group that has this head, unless a later one has
   * another head.
   */
  listHeadRuns: (repositoryId: number, headSha: string) => Promise<Run[]>;
  /** Records that the check of a shared head must change. Requests, ends and cancellations of runs do so themselves. */
  touchSharedHead: (repositoryId: number, headSha: string) => Promise<void>;
  /** Shared heads whose check is not up to date, oldest change first: of one repository, or (null) of all. */
  listSharedHeads: (repositoryId: number | null) => Promise<SharedHead[]>;
  /** Records that the checks of a repository's heads of the last days must be written again. */
  reopenSharedHeads: (repositoryId: number) => Promise<void>;
  /** Records that the check of this generation was written; false: it changed in the meantime. */
  settleSharedHead: (head: SharedHead) => Promise<boolean>;
  saveTold: (runId: string, told: NonNullable<Run['told']>) => Promise<void>;

  // ---- writes
  /** Records a write before it is sent; false when the claim is lost or its lease has run out. */
  beginWrite: (claim: Claim, key: string) => Promise<boolean>;
  finishWrite: (claim: Claim, key: string, githubId: number | null) => Promise<void>;

  // ---- pull requests
  /** Records a person's consent to run a fork's head. It covers only that commit. */
  approveHead: (repositoryId: number, number: number, headSha: string, by: string) => Promise<void>;
  isApproved: (repositoryId: number, number: number, headSha: string) => Promise<boolean>;
  listAcceptances: (repositoryId: number, number: number) => Promise<StoredAcceptance[]>;
  /** The acceptances of all pull requests, each with its number. */
  listAcceptancesOf: (repositoryId: number) => Promise<(Acceptance & { number: number })[]>;
  /**
   * The acceptances of other pull requests that accepted one of these subjects, except those that were inherited
   * before. Newest pull request first, at most 20.
   */
  listInheritable: (
    repositoryId: number,
    number: number,
    subjects: readonly string[],
  ) => Promise<InheritableAcceptances[]>;
  /** Copies the acceptances of another pull request once, so that those withdrawn afterwards do not come back. */
  inheritAcceptances: (
    repositoryId: number,
    number: number,
    parent: number,
    acceptances: readonly Acceptance[],
  ) => Promise<void>;
  /**
   * Lets the newest reviews of these pull requests be written again with their results, if they are red or in
   * progress.
   */
  rewriteRed: (repositoryId: number, numbers: readonly number[]) => Promise<void>;
  /**
   * Records a command of a comment; null: it was carried out and answered before. `answer`: it was carried out, and
   * only the answer is missing. `key`: comment ID and line.
   */
  beginCommand: (key: string, login: string) => Promise<{ answer: Answer | null } | null>;
  /**
   * Stores the answer to a command before it is sent, and changes the acceptances in the same transaction. The
   * newest review of all benchmarks is then written again with its result. Returns the valid answer: if another
   * process carried out the command in the meantime, nothing is changed.
   */
  saveAnswer: (key: string, answer: Answer, consent: ConsentChange | null) => Promise<Answer>;
  finishCommand: (key: string) => Promise<void>;
  /** The number of this command among its user's commands within an hour: 1 for the first. */
  countCommands: (key: string) => Promise<number>;

  // ---- history
  /** The records of the default branch's benchmarks, in the order in which they were measured. */
  readHistory: (repositoryId: number) => Promise<HistoryRecord[]>;
  /** The same as unparsed JSON. */
  readHistoryTexts: (repositoryId: number) => Promise<string[]>;
  /** False if the claim is lost; then nothing is added. */
  addHistory: (claim: Claim, record: HistoryRecord) => Promise<boolean>;

  // ---- sessions of people who signed in to the pages
  /** `key`: a hash of the browser's cookie. */
  saveSession: (key: string, user: SignedIn, forMs: number) => Promise<void>;
  /** null: there is none, or it has expired. */
  findSession: (key: string) => Promise<SignedIn | null>;
  removeSession: (key: string) => Promise<void>;

  // ---- GitHub's limits
  /** The time until which nothing may be sent for an installation (0: the App itself); null: no pause. */
  findPause: (installationId: number) => Promise<Date | null>;
  savePause: (installationId: number, until: Date) => Promise<void>;

  // ---- the queue
  /**
   * Calls `work` for each delivery, several at once: immediately for deliveries that this process stores, within a
   * beat for those of other processes. If `work` throws, the delivery is retried with growing delays. If the
   * process dies before it has recorded the end, `work` is called again for the same delivery.
   */
  workDeliveries: (work: (delivery: HeldDelivery) => Promise<void>) => void;
  /** Whether a run with a higher priority than `kind` has waited for `sinceMs` and no worker took it. */
  isAwaited: (kind: RunSubject['kind'], sinceMs: number) => Promise<boolean>;
  /** Calls `work` for one run's ID at a time. Resolves to a function that stops taking runs. */
  workRuns: (work: (id: string) => Promise<void>) => Promise<() => Promise<void>>;
  /** Enqueues unfinished runs that nobody holds and that have no job; returns their number. Deletes old rows. */
  sweep: () => Promise<number>;
  /** The numbers of waiting deliveries, including those in progress, and of unfinished runs that nobody holds. */
  depth: () => Promise<{ deliveries: number; runs: number }>;
  /** Stops taking jobs, waits for running `work` calls, closes the database. */
  close: () => Promise<void>;
  /** Resolves when the database answers. */
  ping: () => Promise<void>;
};
