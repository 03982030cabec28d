/** A repository as the delivery names it; it may have been renamed since. */
type IntentRepository = { id: number; owner: string; name: string; defaultBranch: string };

/** A repository as the lists of an installation name it. */
type InstalledRepository = Omit<IntentRepository, 'defaultBranch'>;

/** The commit that a check belongs to. */
export type CheckedCommit = {
  /** The run whose check it is; null for a suite, or where the check run names none. */
  runId: string | null;
  /** Where `runId` is null, the check runs of this suite name theirs. */
  checkSuiteId: number | null;
  headSha: string;
  /** Branch of the commit, for merge groups `gh-readonly-queue/…`; null where GitHub does not know it. */
  headBranch: string | null;
  /** Open pull requests of this repository with that head; always empty for those from forks. */
  numbers: number[];
  /** Login of whoever pressed the button. */
  by: string;
};

/** A pull request as the delivery describes it. GitHub's API may answer with an older state for a while. */
export type ToldPullRequest = {
  state: 'open' | 'closed';
  draft: boolean;
  headSha: string;
  baseRef: string;
  /** ISO 8601, in whole seconds. */
  updatedAt: string;
};

/** Where people write commands: in the conversation, on a line of the diff, or in the text of a review. */
export type CommentKind = 'issue-comment' | 'review-comment' | 'review';

export type InRepository = { installationId: number; repository: IntentRepository };

/**
 * What a delivery asks for. It is a hint to look at GitHub again and no more: deliveries come twice, late, in any
 * order, or not at all.
 */
export type Intent =
  /** A pull request may need a review. */
  | ({ kind: 'look'; number: number; told: ToldPullRequest } & InRepository)
  | ({ kind: 'close'; number: number; told: ToldPullRequest } & InRepository)
  /** "Re-run" on our check, or on all of the commit's checks. */
  | ({ kind: 'rerun' } & CheckedCommit & InRepository)
  /** The check's button "Accept": everything that it gates on. */
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
  /** The default branch has this commit now. */
  | ({ kind: 'baseline'; headSha: string } & InRepository)
  /** `repositories` null: all of the installation, which the delivery does not list. */
  | { kind: 'install'; installationId: number; repositories: InstalledRepository[] | null }
  | { kind: 'uninstall'; installationId: number }
  | { kind: 'remove-repositories'; installationId: number; repositoryIds: number[] }
  /** The repository's owner, name or default branch are these now. */
  | ({ kind: 'rename' } & InRepository)
  /** Not what GitHub describes. `problem`: for the log; names fields, not values. */
  | { kind: 'malformed'; problem: string };
