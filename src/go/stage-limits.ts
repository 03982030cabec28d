/**
 * The limits of each stage of a review, in milliseconds and bytes. The operator sets them (`limits` in the settings).
 */
export type StageLimits = {
  /** Downloading the modules of one side. */
  fetchMs: number;
  /** One run of the go command. */
  buildMs: number;
  /** A benchmark counts as hung if it prints nothing for this long beyond its expected time. */
  benchmarkMs: number;
  /** All benchmarks of a review together. */
  measureMs: number;
  /** How much one run of benchmarks may print. */
  outputBytes: number;
  /** How much the go command may write: its cache, its temporary files and test binaries. */
  writtenBytes: number;
  /** Benchmarks of one review. */
  benchmarks: number;
};
