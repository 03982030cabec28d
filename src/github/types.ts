import type { Octokit } from '@octokit/rest';
import type { CheckOutput, PullRequestPlan } from '../report/model/pull-request.ts';

/**
 * A client for one installation, or with a user's token: the common interface of `@octokit/rest` and Probot's client.
 */
export type GitHub = Pick<Octokit, 'rest' | 'paginate' | 'request' | 'graphql'>;

/** The current owner and name. Requests to an old name are redirected (301). */
export type RepositoryName = { owner: string; repo: string };
export type PullRequestName = RepositoryName & { number: number };

/** The account that writes. Only its comments are changed. */
export type Writer = { login: string };

/**
 * Records each write. `begin` is called right before a request is sent; false means that it must not be sent, because
 * another process does this work now, or it was cancelled.
 */
export type Journal = {
  begin: (key: string) => Promise<boolean>;
  finish: (key: string, githubId: number | null) => Promise<void>;
};

/**
 * The result of a finished plan. `refused`: comments that GitHub did not accept on the diff, which are in the summary
 * instead. `forbidden`: GitHub's message if it did not let us write although the conversation is open; otherwise null.
 */
export type Written = {
  created: number;
  updated: number;
  deleted: number;
  refused: number;
  forbidden: string | null;
};

export type ExecuteOptions = {
  github: GitHub;
  target: PullRequestName;
  writer: Writer;
  /** The run's ID, which is the check run's `external_id`. */
  runId: string;
  plan: PullRequestPlan;
  /** Whether the check is written elsewhere, because several pull requests have this head. Default: false. */
  leavesCheck?: boolean;
  journal: Journal;
  /** The generation of the run's check: see `CheckEnd`. */
  generation?: string;
  signal: AbortSignal;
  /** The delay in milliseconds before reading again after an unclear answer. Default: 1000, then growing. */
  settleMs?: number;
};

/** The check run of a run without a result. */
export type CheckProgress = { status: 'queued' | 'in_progress'; output: CheckOutput };
