/** The output formats of a review. The renderers in review.ts are keyed by these names. */
export const formats = ['text', 'markdown', 'json', 'sarif'] as const;
export type Format = (typeof formats)[number];

/** A format, and the file it is written to; null: standard output. */
export type Target = { format: Format; file: string | null };

/** The options of `review`, as commander gives them. */
export type ReviewFlags = {
  base?: string;
  direct?: true;
  head?: string;
  worktree?: true;
  bench?: string;
  packages?: string[];
  format?: Target[];
  output?: string;
  config?: string;
  /** False: --no-sandbox. */
  sandbox: boolean;
  dryRun?: true;
  post?: true;
  /** Not an option: the demo's repository is a new folder each time, and this name keeps its cache. */
  cacheName?: string;
};
