import type { Octokit } from '@octokit/rest';
import type { CheckOutput, PullRequestPlan } from '../report/model/pull-request.ts';

/** A client for one installation, or with a user's token: what `@octokit/rest` and Probot's client have in common. */
export type GitHub = Pick<Octokit, 'rest' | 'paginate' | 'request' | 'graphql'>;

/** Owner and name as they are now; a renamed repository answers under its new name (301). */
export type RepositoryName = { owner: string; repo: string };
export type PullRequestName = RepositoryName & { number: number };

/** Who writes: only comments of this account are ever changed. */
export type Writer = { login: string };

/**
 * What is written down around each write. `begin` is called right before a request is sent: false means that it must
 * not be sent, because somebody else does this work now, or nobody shall.
 */
export type Journal = {
  begin: (key: string) => Promise<boolean>;
  finish: (key: string, githubId: number | null) => Promise<void>;
};

/**
 * What one finished plan did. `refused`: comments that GitHub took nowhere on the diff; they stand in the summary.
 * `forbidden`: GitHub's words when it let us write nothing there although the conversation is open; else null.
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
  /** The run's id: the check run's `external_id`. */
  runId: string;
  plan: PullRequestPlan;
  /** The check is left to others, who know of more pull requests with this head; default: false. */
  leavesCheck?: boolean;
  journal: Journal;
  /** Of the run's check: see `CheckEnd`. */
  generation?: string;
  signal: AbortSignal;
  /** Milliseconds before it looks again after an unclear answer; default 1000, growing. */
  settleMs?: number;
};

/** The check run of a run that has nothing to say yet. */
export type CheckProgress = { status: 'queued' | 'in_progress'; output: CheckOutput };
