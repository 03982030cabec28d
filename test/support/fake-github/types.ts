import type { OAuthState } from './oauth.ts';
import type { Delivery, Deliveries } from './delivery-types.ts';
import type { Faults } from './fault-types.ts';
import type {
  AppState,
  CheckRun,
  Installation,
  IssueComment,
  Limits,
  PullRequest,
  RateLimit,
  Repository,
  ReviewComment,
  Role,
  User,
  WorkflowRun,
} from './state-types.ts';

/** `OWNER/NAME`, a repository's id, or what `addRepository` returned. */
export type RepositoryRef = string | number | { id: number };

/** Contents of files by their paths with `/`. */
export type Files = Readonly<Record<string, string>>;

/**
 * What a commit holds: exactly `files`, or what its parent holds with `change` laid over it (null removes the file).
 */
export type Contents = { files: Files } | { change: Readonly<Record<string, string | null>> };

export type NewRepository = {
  owner: string;
  name: string;
  /** Contents of the first commit of the default branch. */
  files?: Files;
  /** Instead of `files`: a local git repository whose branches are copied. */
  source?: string;
  /** Default: `main`. */
  defaultBranch?: string;
  private?: boolean;
};

/** Where a pull request comes from: a branch, which is made from the base's tip when contents are given. */
export type NewHead = {
  branch: string;
  /** The fork; default: the repository itself. */
  fork?: RepositoryRef;
  contents?: Contents;
};

export type NewPullRequest = {
  author: string;
  head: NewHead;
  title?: string;
  body?: string | null;
  /** Default: the default branch. */
  base?: string;
  draft?: boolean;
};

export type NewInstallation = {
  /** Default: all that the account has now and will get. */
  repositories?: RepositoryRef[];
  /** Default: the App's. */
  permissions?: Record<string, string>;
};

/** One request that the fake answered. `token`: what stood in Authorization. `status` null: the connection was cut. */
export type LoggedRequest = {
  method: string;
  /** With its query, without the prefix `/api/v3`. */
  path: string;
  /** `POST /repos/{owner}/{repo}/check-runs`; null: git, or a path that GitHub does not have. */
  route: string | null;
  status: number | null;
  token: 'jwt' | 'installation' | 'user' | 'invalid' | 'none';
  body: unknown;
  /** Whether a fault was put in its way. */
  faulty: boolean;
  /** When it was answered, in ms of `Date.now()`. */
  at: number;
};

/** A request that does not conform to GitHub's OpenAPI description. */
export type Violation = { method: string; path: string; problems: string[] };

/** What a person sees of a check run. */
export type SeenCheck = {
  id: number;
  name: string;
  status: string;
  conclusion: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: number;
  actions: string[];
  externalId: string;
};

export type SeenComment = {
  id: number;
  by: string;
  body: string;
  reactions: { by: string; content: string }[];
};

/** `line` null: a comment on the file, or one whose line is no longer in the diff (`outdated`). */
export type SeenReviewComment = SeenComment & {
  path: string;
  line: number | null;
  startLine: number | null;
  side: 'LEFT' | 'RIGHT';
  outdated: boolean;
  inReplyTo: number | null;
};

export type SeenReview = { id: number; by: string; state: string; body: string; commit: string };

/** The content of a pull request's page. Pending reviews and their comments are not visible. */
export type Snapshot = {
  state: 'open' | 'closed';
  headSha: string;
  checks: SeenCheck[];
  comments: SeenComment[];
  reviewComments: SeenReviewComment[];
  reviews: SeenReview[];
};

export type By = { by?: string };

/** The three buttons of a pull request that can be merged. */
export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** Whatever people do on GitHub. Each sends the webhooks that GitHub sends, and waits for their answers. */
export type People = {
  addUser: (login: string, options?: { type?: 'User' | 'Organization' }) => User;
  /** A personal access token of that user. */
  createUserToken: (login: string) => string;
  addRepository: (repository: NewRepository) => Promise<Repository>;
  /** The owner has `admin`, everybody else none (`read`, if the repository is public). */
  setPermission: (repository: RepositoryRef, login: string, role: Role) => void;
  renameRepository: (repository: RepositoryRef, name: string) => Promise<void>;
  deleteRepository: (repository: RepositoryRef) => Promise<void>;
  /** To another account, which may have the App installed or not. Its old name leads on to it (301). */
  transferRepository: (repository: RepositoryRef, owner: string) => Promise<void>;
  archiveRepository: (repository: RepositoryRef) => Promise<void>;
  unarchiveRepository: (repository: RepositoryRef) => Promise<void>;
  forkRepository: (repository: RepositoryRef, owner: string) => Promise<Repository>;

  install: (account: string, options?: NewInstallation) => Promise<Installation>;
  uninstall: (installationId: number) => Promise<void>;
  suspend: (installationId: number) => Promise<void>;
  unsuspend: (installationId: number) => Promise<void>;
  addToInstallation: (installationId: number, repository: RepositoryRef) => Promise<void>;
  removeFromInstallation: (installationId: number, repository: RepositoryRef) => Promise<void>;

  /** Commits on top of a branch (or makes it from the default branch) and sends a push event. Returns the commit. */
  push: (repository: RepositoryRef, branch: string, contents: Contents, options?: By) => Promise<string>;
  pushDefaultBranch: (repository: RepositoryRef, contents: Contents, options?: By) => Promise<string>;
  openPullRequest: (repository: RepositoryRef, pullRequest: NewPullRequest) => Promise<PullRequest>;
  /** `force`: the new commit takes the place of all of the branch's. Returns the new head. */
  pushHead: (
    repository: RepositoryRef,
    number: number,
    contents: Contents,
    options?: By & { force?: boolean },
  ) => Promise<string>;
  closePullRequest: (
    repository: RepositoryRef,
    number: number,
    options?: By & { merge?: boolean | MergeMethod },
  ) => Promise<void>;
  /** What GitHub does with the pull requests from and to a branch that is deleted. */
  deleteBranch: (repository: RepositoryRef, branch: string, options?: By) => Promise<void>;
  reopenPullRequest: (repository: RepositoryRef, number: number, options?: By) => Promise<void>;
  markReady: (repository: RepositoryRef, number: number, options?: By) => Promise<void>;
  convertToDraft: (repository: RepositoryRef, number: number, options?: By) => Promise<void>;
  /** Makes another branch the pull request's target, or changes its title. */
  editPullRequest: (
    repository: RepositoryRef,
    number: number,
    change: By & { base?: string; title?: string },
  ) => Promise<void>;

  /** Locks the conversation, so that Apps can no longer write there. */
  lock: (repository: RepositoryRef, number: number) => void;
  /** GET of the pull request answers with what it is now for so many reads, and so long at most, whatever happens to it. */
  lag: (repository: RepositoryRef, number: number, reads: number, forMs?: number) => Promise<void>;
  /** GET of each pull request that is opened from now on answers 404 for so many reads. */
  lagNew: (reads: number, forMs?: number) => void;

  comment: (
    repository: RepositoryRef,
    number: number,
    comment: { by: string; body: string },
  ) => Promise<IssueComment>;
  editComment: (
    repository: RepositoryRef,
    commentId: number,
    comment: { by: string; body: string },
  ) => Promise<void>;
  deleteComment: (repository: RepositoryRef, commentId: number, options: { by: string }) => Promise<void>;
  /** Answers an inline comment. */
  answer: (
    repository: RepositoryRef,
    commentId: number,
    comment: { by: string; body: string },
  ) => Promise<ReviewComment>;

  /** Submits a review without comments on lines. */
  review: (
    repository: RepositoryRef,
    number: number,
    review: { by: string; body: string; state?: 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' },
  ) => Promise<{ id: number }>;

  /** A run of a workflow for a pull request's head, with its jobs. */
  startWorkflow: (
    repository: RepositoryRef,
    /** `headRepository`: of a fork; default: the repository itself. */
    run: Pick<PullRequest, 'headSha' | 'headRef'> & {
      headRepository?: PullRequest['headRepository'];
      status?: string;
      conclusion?: string;
      jobs?: string[];
    },
  ) => WorkflowRun;

  rerequestCheck: (repository: RepositoryRef, checkRunId: number, options: { by: string }) => Promise<void>;
  rerequestSuite: (repository: RepositoryRef, headSha: string, options: { by: string }) => Promise<void>;
  /** Presses a check run's button. */
  requestAction: (
    repository: RepositoryRef,
    checkRunId: number,
    identifier: string,
    options: { by: string },
  ) => Promise<void>;
  /** Puts an open pull request into the merge queue. `headRef`: `refs/heads/gh-readonly-queue/…`. */
  mergeGroup: (
    repository: RepositoryRef,
    number: number,
  ) => Promise<{ headSha: string; headRef: string; baseSha: string }>;
};

/** A fake GitHub that runs; `close` it. It keeps everything in memory, and its git repositories in a temporary folder. */
export type FakeGitHub = People &
  Deliveries & {
    /** Base URL of the REST API, without a slash at its end; also the prefix of clone URLs (`URL/OWNER/NAME.git`). */
    url: string;
    app: AppState;
    /** Turns a manifest's code into the App (POST /app-manifests/CODE/conversions). */
    manifestCode: string;
    /** The user who signs in with the App, and the allowed redirects of their browser. */
    oauth: OAuthState;
    limits: Limits;
    faults: Faults;
    /** All requests, in the order in which they were answered. */
    requests: LoggedRequest[];
    /** Requests that GitHub's OpenAPI description does not know like this. A test's last line asserts `[]`. */
    violations: Violation[];
    repository: (ref: RepositoryRef) => Repository;
    pullRequest: (ref: RepositoryRef, number: number) => PullRequest;
    checkRuns: (ref: RepositoryRef, headSha: string) => CheckRun[];
    snapshot: (ref: RepositoryRef, number: number) => Promise<Snapshot>;
    /** Runs git in a repository's bare directory. */
    git: (ref: RepositoryRef, ...args: string[]) => Promise<string>;
    /** All tokens that were given out, to installations and to people, are answered 401 from now on. */
    revokeTokens: () => void;
    /** Moves the fake's clock forward. */
    advance: (ms: number) => void;
    /** The rate limit of an installation; with nothing remaining all its requests are answered 403 until `resetAt`. */
    setRateLimit: (installationId: number, state: Partial<RateLimit>) => void;
    close: () => Promise<void>;
  };

export type { Delivery };
