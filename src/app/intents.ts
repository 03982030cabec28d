/** A repository as named in the delivery. It may have been renamed since. */
type IntentRepository = { id: number; owner: string; name: string; defaultBranch: string };

/** The commit of a check whose button was pressed. */
export type CheckedCommit = {
  /** The ID of the check's run; null: a suite was meant, or the check names no run. */
  runId: string | null;
  headSha: string;
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

/**
 * The push of a pull request's author to a fork. `by`: the author's login. `before`: the previous head, if there is
 * one.
 */
export type OwnPush = { by: string; before: string | null };

/** The kinds of comments that can have commands: in the conversation, on a line of the diff, or the text of a review. */
export type CommentKind = 'issue-comment' | 'review-comment' | 'review';

export type InRepository = { installationId: number; repository: IntentRepository };

/**
 * What a delivery asks for. It is only a hint to query GitHub, because deliveries arrive twice, late, in any order, or
 * never.
 */
export type Intent =
  /** A pull request may need a review. */
  | ({ kind: 'look'; number: number; told: ToldPullRequest; ownPush?: OwnPush | null } & InRepository)
  | ({ kind: 'close'; number: number; told: ToldPullRequest } & InRepository)
  /** The button "Re-run" of our check, or of all checks of the commit. */
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
      body: string;
      /** ISO 8601, by GitHub's clock, in whole seconds. */
      createdAt: string;
    } & InRepository)
  | ({ kind: 'merge-group'; headSha: string; headRef: string; baseSha: string } & InRepository)
  /** The merge group was merged, or broken up. */
  | ({ kind: 'merge-group-gone'; headSha: string; headRef: string; baseSha: string } & InRepository)
  /** The default branch now has this commit. */
  | ({ kind: 'baseline'; headSha: string } & InRepository)
  /** The App was installed or unsuspended, or an installation got more repositories. */
  | { kind: 'install'; installationId: number }
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
