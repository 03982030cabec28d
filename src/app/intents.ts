/** A repository as named in the delivery. It may have been renamed since. */
type IntentRepository = { id: number; owner: string; name: string; defaultBranch: string };

/** A repository as named in the lists of an installation. */
type InstalledRepository = Omit<IntentRepository, 'defaultBranch'>;

/** The commit that a check belongs to. */
export type CheckedCommit = {
  /** The run of the check; null for a suite, or if the check run names none. */
  runId: string | null;
  /** If `runId` is null, the check runs of this suite name their runs. */
  checkSuiteId: number | null;
  headSha: string;
  /** The branch of the commit, for merge groups `gh-readonly-queue/…`; null if GitHub does not know it. */
  headBranch: string | null;
  /** The open pull requests of this repository with that head; always empty for pull requests from forks. */
  numbers: number[];
  /** The login of the person who pressed the button. */
  by: string;
};

/** A pull request as the delivery describes it. GitHub's API can return an older state for a while. */
export type ToldPullRequest = {
  state: 'open' | 'closed';
  draft: boolean;
  headSha: string;
  baseRef: string;
  /** ISO 8601, in whole seconds. */
  updatedAt: string;
};

/** A head that the author of a pull request pushed to a fork; `before`: the head that it was pushed upon, if any. */
export type OwnPush = { by: string; before: string | null };

/** The places for commands: the conversation, a line of the diff, or the text of a review. */
export type CommentKind = 'issue-comment' | 'review-comment' | 'review';

export type InRepository = { installationId: number; repository: IntentRepository };

/**
 * The intent of a delivery. It is only a hint to query GitHub again: deliveries arrive twice, late, in any order, or
 * never.
 */
export type Intent =
  /** A pull request may need a review. */
  | ({ kind: 'look'; number: number; told: ToldPullRequest; ownPush?: OwnPush | null } & InRepository)
  | ({ kind: 'close'; number: number; told: ToldPullRequest } & InRepository)
  /** "Re-run" on our check, or on all of the commit's checks. */
  | ({ kind: 'rerun' } & CheckedCommit & InRepository)
  /** The button "Accept" of the check: accepts everything that gates. */
  | ({ kind: 'accept-all' } & CheckedCommit & InRepository)
  /** A comment by a person on a pull request, with `/allocgate` somewhere in it. */
  | ({
      kind: 'comment';
      number: number;
      on: CommentKind;
      commentId: number;
      author: string;
      /** GitHub's `user.type`: `User`, `Mannequin`, `Organization`. */
      authorType: string;
      body: string;
      /** ISO 8601, by GitHub's clock, in whole seconds. */
      createdAt: string;
    } & InRepository)
  | ({ kind: 'merge-group'; headSha: string; headRef: string; baseSha: string } & InRepository)
  /** The merge group was merged, or broken up. */
  | ({ kind: 'merge-group-gone'; headSha: string; headRef: string; baseSha: string } & InRepository)
  /** The default branch now has this commit. */
  | ({ kind: 'baseline'; headSha: string } & InRepository)
  /** `repositories` null: all repositories of the installation, which the delivery does not list. */
  | { kind: 'install'; installationId: number; repositories: InstalledRepository[] | null }
  | { kind: 'uninstall'; installationId: number }
  | { kind: 'remove-repositories'; installationId: number; repositoryIds: number[] }
  /** The repository's name or default branch changed. */
  | ({ kind: 'rename' } & InRepository)
  /** The repository can be written to again: it was transferred to another installation, or is no longer archived. */
  | ({ kind: 'regain' } & InRepository)
  /**
   * The payload does not match GitHub's documentation. `problem`: for the log; it contains names of fields but no
   * values.
   */
  | { kind: 'malformed'; problem: string };
