import type { KeyObject } from 'node:crypto';

/** As GitHub's roles are called; `maintain` and `triage` read as `write` and `read` in the permission API. */
export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export type User = { id: number; login: string; type: 'User' | 'Organization' | 'Bot' };

export type AppState = {
  id: number;
  slug: string;
  name: string;
  clientId: string;
  clientSecret: string;
  /** PEM, PKCS#1, as GitHub hands it out. */
  privateKey: string;
  publicKey: KeyObject;
  webhookSecret: string;
  permissions: Record<string, string>;
  events: string[];
  owner: User;
  /** The account that comments are by: `SLUG[bot]`. */
  bot: User;
};

export type Installation = {
  id: number;
  account: User;
  /** null: all of the account's. */
  repositoryIds: Set<number> | null;
  permissions: Record<string, string>;
  suspendedAt: Date | null;
  createdAt: Date;
  rate: RateLimit;
};

export type RateLimit = { limit: number; remaining: number; resetAt: Date };

/** What a request is made with. */
export type Token =
  | {
      kind: 'installation';
      installation: Installation;
      repositoryIds: Set<number> | null;
      permissions: Record<string, string>;
      expiresAt: Date;
    }
  | { kind: 'user'; user: User; rate: RateLimit };

export type Repository = {
  id: number;
  owner: User;
  name: string;
  /** `OWNER/NAME`. */
  fullName: string;
  defaultBranch: string;
  private: boolean;
  forkOf: Repository | null;
  /** The bare repository. */
  gitDir: string;
  roles: Map<string, Role>;
  createdAt: Date;
  /** The number of the newest pull request; they count up. */
  lastNumber: number;
  deleted: boolean;
  archived: boolean;
};

export type PullRequest = {
  id: number;
  number: number;
  repository: Repository;
  title: string;
  body: string | null;
  author: User;
  state: 'open' | 'closed';
  draft: boolean;
  merged: boolean;
  /** What a merge put on the target branch: a merge, a squashed commit, or the last one that was rebased. */
  mergeSha: string | null;
  /** Whether only people with write access may comment, and therefore no Apps. */
  locked: boolean;
  /** Read lag: GET answers with this (null: 404) for so many reads more, and at most until then (ms of `Date.now()`). */
  lag: { body: unknown; reads: number; until: number };
  /** Branch names. */
  baseRef: string;
  headRef: string;
  /** null: its repository was deleted. */
  headRepository: Repository | null;
  headSha: string;
  /** The base branch's tip when the head was last pushed or the base edited: it does not follow the branch. */
  baseSha: string;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
};

export type Reaction = { id: number; user: User; content: string; createdAt: Date };

/** `byApp`: written with an installation's token. */
export type IssueComment = {
  id: number;
  repository: Repository;
  number: number;
  user: User;
  byApp: boolean;
  body: string;
  createdAt: Date;
  updatedAt: Date;
  reactions: Reaction[];
};

export type Side = 'LEFT' | 'RIGHT';

export type ReviewComment = {
  id: number;
  reviewId: number;
  pullRequest: PullRequest;
  user: User;
  byApp: boolean;
  body: string;
  path: string;
  subject: 'line' | 'file';
  side: Side;
  startSide: Side | null;
  /** Where it was put, in the diff of `originalCommit`. */
  originalCommit: string;
  originalLine: number | null;
  originalStartLine: number | null;
  /** Where that is in the current diff; null: on the file, or outdated. */
  commit: string;
  line: number | null;
  startLine: number | null;
  diffHunk: string;
  inReplyTo: number | null;
  createdAt: Date;
  updatedAt: Date;
  reactions: Reaction[];
};

export type ReviewState = 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED';

export type Review = {
  id: number;
  pullRequest: PullRequest;
  user: User;
  byApp: boolean;
  state: ReviewState;
  body: string;
  commit: string;
  submittedAt: Date | null;
};

export type CheckAnnotation = {
  path: string;
  start_line: number;
  end_line: number;
  start_column: number | null;
  end_column: number | null;
  annotation_level: string;
  title: string | null;
  message: string;
  raw_details: string | null;
};

export type CheckRun = {
  id: number;
  repository: Repository;
  suiteId: number;
  /** The App that made it: only that one may change it. */
  appId: number;
  name: string;
  headSha: string;
  externalId: string;
  detailsUrl: string;
  status: string;
  conclusion: string | null;
  startedAt: Date | null;
  completedAt: Date | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: CheckAnnotation[];
  actions: { label: string; description: string; identifier: string }[];
};

/** A run of a workflow. `reruns`: the jobs of each re-run of the workflow or of one job. */
export type WorkflowRun = {
  id: number;
  repository: Repository;
  headRepository: Repository;
  headBranch: string;
  headSha: string;
  event: string;
  status: string;
  conclusion: string | null;
  attempt: number;
  /** `status`: while the run is in progress; a run that has ended has only jobs that have. */
  jobs: { id: number; name: string; status?: string }[];
  reruns: string[][];
  createdAt: Date;
};

/** What the fake refuses; a test may change it. */
export type Limits = {
  /** Characters of a comment's or review's body; GitHub's: 65,536. */
  bodyLength: number;
  /** A file whose patch has more lines than this comes without its patch. */
  patchLines: number;
  /** Content-creating requests within a minute before 422 with `code: abuse`; null: any number. */
  commentsPerMinute: number | null;
  /** A secondary limit: the same, answered 403 with Retry-After (seconds); null: none. */
  secondary: { perMinute: number; retryAfter: number } | null;
  /** Seconds that an installation token lives; GitHub's: 3,600. */
  tokenSeconds: number;
};
