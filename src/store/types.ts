import type { Config } from '../config/schema.ts';
import type { Acceptance, CheckConclusion, CheckOutput } from '../report/model/pull-request.ts';
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
  /** Experiments with the findings of a pull request's review, the run `runId`. */
  | { kind: 'experiments'; number: number; runId: string }
  /** The default branch, which is compiled for later reviews. */
  | { kind: 'baseline' }
  /** The default branch, whose benchmarks are measured. */
  | { kind: 'history' };

export type RunState = 'queued' | 'running' | 'done' | 'cancelled';

/**
 * How a run ended. `superseded`, `cancelled`, `closed`, `gone`: its check is cancelled. `crashed`: it crashed the worker
 * three times. `closed`: there is nothing left to review, because the pull request was closed or the merge group ended.
 * `gone`: the App no longer has access.
 */
export type RunOutcome =
  | 'pass'
  | 'fail'
  | 'neutral'
  | 'error'
  | 'action-required'
  | 'superseded'
  | 'cancelled'
  | 'crashed'
  | 'closed'
  | 'gone';

/** One review that is planned, running or finished. */
export type Run = {
  /** UUID; the check run's `external_id`. */
  id: string;
  repositoryId: number;
  subject: RunSubject;
  headSha: string;
  /** The target branch of a pull request; null for other subjects. */
  baseRef: string | null;
  /** Whether the head of the pull request is in a fork, so that its code needs approval. */
  isFork: boolean;
  /** The regular expression of `/allocgate run`, which selects benchmarks; null: the config's. */
  bench: string | null;
  state: RunState;
  /** Incremented by each claim, so that a worker can tell its claim from later ones. */
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

/** A head that several pull requests have. `generation`: incremented whenever its check must change. */
export type SharedHead = { repositoryId: number; headSha: string; generation: number };

/** A worker's claim on a run. */
export type Claim = { run: Run; attempt: number };

/**
 * One webhook delivery. `id`: X-GitHub-Delivery; `event`: X-GitHub-Event; `intent`: what it asks for, as JSON.
 * `signature`: GitHub's signature of the body, which does not cover the ID, so the same body with another ID is a
 * replay.
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
