import type { Format } from '../report/words/format-names.ts';

/** A format, and the file it is written to; null: standard output. */
export type Target = { format: Format; file: string | null };

/** The choices of `--fail-on`, which replaces the configuration for the exit status. */
export const failOnChoices = ['never', 'regression', 'possible'] as const;
export type FailOn = (typeof failOnChoices)[number];

/** The options of `demo`. */
export type DemoFlags = Pick<ReviewFlags, 'format' | 'sandbox'>;

/** The options of `review`, as commander gives them. */
export type ReviewFlags = {
  base?: string;
  direct?: true;
  head?: string;
  worktree?: true;
  bench?: string;
  budget?: string;
  packages?: string[];
  tags?: string;
  format?: Target[];
  failOn?: FailOn;
  config?: string;
  saveProfiles?: string;
  /** Minutes for experiments; true: the default. */
  prove?: string | true;
  fix?: true;
  /** False: --no-sandbox. */
  sandbox: boolean;
  dryRun?: true;
  post?: true;
  /** Not an option: the demo's repository is a new folder each time, so its cache needs a fixed name. */
  cacheName?: string;
};

/** The shells of `completion`. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The choices of `--format` of `history`. */
export const historyFormats = ['text', 'json'] as const;

/** The options of `history`, as commander gives them. */
export type HistoryFlags = {
  benchmark?: string;
  head?: string;
  commits: string;
  format: (typeof historyFormats)[number];
};

/** The options of `history backfill`. */
export type BackfillFlags = {
  head?: string;
  commits: string;
  budget: string;
  bench?: string;
  packages?: string[];
  tags?: string;
  /** False: --no-sandbox. */
  sandbox: boolean;
};
