/** A line of the pull request's diff, a span of lines that ends there, or (line null) a whole file. */
export type CommentAnchor = {
  file: string;
  line: number | null;
  /** First line of a span; null: one line. */
  startLine: number | null;
  /** LEFT: the number is one of base's file, as for a deleted line. */
  side: 'LEFT' | 'RIGHT';
};

/**
 * The inline comment of one finding. `id`: the finding's fingerprint, which the marker in the body names. `elsewhere`: the body
 * where the comment stands on other lines than those of the anchor, given if `body` has an edit of these lines.
 */
export type PlannedComment = { anchor: CommentAnchor; id: string; body: string; elsewhere?: string };

/** What the comment of a finding says that starts no thread: it is written only where the comment exists. */
export type CommentUpdate = Pick<PlannedComment, 'id' | 'body'>;

/** GitHub shows it beside the line in the diff; lines are those of head. */
export type Annotation = {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: 'failure' | 'warning' | 'notice';
  title: string;
  message: string;
};

/** At most three; label and identifier at most 20 characters, description at most 40 (Checks API). */
export type CheckAction = { label: string; description: string; identifier: 'rerun' | 'accept' };

export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'action_required' | 'cancelled';

/** What a check run says: `summary` and `text` have at most 65,535 characters each. */
export type CheckOutput = { title: string; summary: string; text: string };

/** All that one review writes to a pull request, as data. */
export type PullRequestPlan = {
  /** Written only while this is the pull request's head. */
  headSha: string;
  check: CheckOutput & {
    conclusion: CheckConclusion;
    annotations: Annotation[];
    actions: CheckAction[];
  };
  /** `create` false: an existing summary is brought up to date, a new one is not made. */
  summary: { body: string; create: boolean };
  /** One for each finding that gates. An existing comment is brought up to date, or moved. */
  comments: PlannedComment[];
  /** New texts for existing comments, of findings that do not gate or whose lines are not in the diff. */
  updates: CommentUpdate[];
  /** Fingerprints of all findings. A comment about any other finding is about one that is gone. */
  findings: string[];
};

/** A maintainer's consent to one regression. It holds while the finding costs no more than then. */
export type Acceptance = {
  /** A finding's fingerprint, or a benchmark as `package.BenchmarkX/sub`. */
  subject: { kind: 'finding' | 'benchmark'; id: string };
  /** The most that was accepted, by benchmark: allocations and bytes per op that head has more than base. */
  amounts: Record<string, { allocs: number; bytes: number }>;
  reason: string;
  /** GitHub login. */
  by: string;
  /** The merged pull request that it was accepted on; undefined: on this one. */
  on?: number | undefined;
  /** ISO 8601. */
  at: string;
};
