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
 * The inline comment of one finding. `id`: the finding's fingerprint, which is also in the body's marker. `elsewhere`:
 * the body for a comment on other lines than the anchor's, set if `body` suggests an edit of the anchor's lines.
 */
export type PlannedComment = { anchor: CommentAnchor; id: string; body: string; elsewhere?: string };

/** The new text for an existing comment, for a finding that does not get a new comment. */
export type CommentUpdate = Pick<PlannedComment, 'id' | 'body'>;

/** An annotation of a check run, which GitHub shows in the diff. The lines are those of head. */
export type Annotation = {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: 'failure' | 'warning' | 'notice';
  title: string;
  message: string;
};

/**
 * A button of a check run. GitHub allows three, with up to 20 characters in label and identifier and 40 in the
 * description. Source: https://docs.github.com/en/rest/checks/runs
 */
export type CheckAction = { label: string; description: string; identifier: 'rerun' | 'accept' };

export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'action_required' | 'cancelled';

/** The texts of a check run. `summary` and `text` are Markdown of at most 65,535 characters each. */
export type CheckOutput = { title: string; summary: string; text: string };

/** Everything that one review writes to a pull request, as data. */
export type PullRequestPlan = {
  /** Written only while this is the pull request's head. */
  headSha: string;
  check: CheckOutput & {
    conclusion: CheckConclusion;
    annotations: Annotation[];
    actions: CheckAction[];
  };
  /** `create` false: only an existing summary comment is updated. */
  summary: { body: string; create: boolean };
  /** The comments of findings that gate. An existing comment is updated, or moved. */
  comments: PlannedComment[];
  /** New texts for existing comments of findings that do not gate or are in the summary. */
  updates: CommentUpdate[];
  /** The fingerprints of all findings. A comment about any other finding is about one that is fixed. */
  findings: string[];
};

/** A maintainer's consent to one regression. It is valid until the regression costs more than was accepted. */
export type Acceptance = {
  /** A finding's fingerprint, or a benchmark as `package.BenchmarkX/sub`. */
  subject: { kind: 'finding' | 'benchmark'; id: string };
  /** The accepted increase from base to head in allocations and bytes per op, by the benchmark's ID. */
  amounts: Record<string, { allocs: number; bytes: number }>;
  reason: string;
  /** GitHub login. */
  by: string;
  /** The merged pull request on which it was accepted; undefined: this one. */
  on?: number | undefined;
  /** ISO 8601. */
  at: string;
};
