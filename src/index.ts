/**
 * What programs may import of the package: `import { review } from 'allocgate'`. Everything else may change in any release.
 */
import { planReview } from './report/data/report.ts';
import type { Report } from './report/model/schema.ts';
import { describeProgress } from './report/words/progress.ts';
import { reviewLocal } from './review/local.ts';

export { Failure, type FailureCode } from './errors.ts';
export type { Report, ReportBenchmark, ReportFinding } from './report/model/schema.ts';

/** What is reviewed, as `allocgate review --help` describes its options. */
export type ReviewOptions = {
  /** The repository, or a directory in it. */
  dir: string;
  /** Compare with the merge base of this revision and the head; default: the default branch. */
  base?: string;
  /** Compare with `base` itself. */
  direct?: boolean;
  /** The commit to review; default: HEAD. */
  head?: string;
  /** Review the files as they are now. */
  worktree?: boolean;
  /** A regular expression of benchmarks, as `go test -bench` takes it. */
  bench?: string;
  /** Packages, as `go list` takes them. */
  packages?: readonly string[];
  /** Minutes to measure, not counting compilation. */
  budgetMinutes?: number;
  /** A configuration file to use instead of the base's `.github/allocgate.yml`. */
  config?: string;
  /** Run the code under review as this user, without isolation. */
  noSandbox?: boolean;
  /** Ends the review; `review` then throws. */
  signal?: AbortSignal;
  /** Called with one line whenever another step begins. */
  onProgress?: (line: string) => void;
};

/**
 * Reviews a local repository, which is only read, and resolves to the same report as `allocgate review --format json`. Throws
 * `Failure`, whose `code` says why there is no report.
 */
async function reviewRepository({
  budgetMinutes,
  signal = new AbortController().signal,
  onProgress,
  ...options
}: ReviewOptions): Promise<Report> {
  const { result, config } = await reviewLocal({
    ...options,
    ...(budgetMinutes !== undefined && { budget: String(budgetMinutes) }),
    signal,
    onProgress: (progress) => onProgress?.(describeProgress(progress)),
  });
  return planReview(result, config).report;
}

export { reviewRepository as review };
