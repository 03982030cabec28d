/** What each stage of a review may take; the operator sets them (`limits` in the settings). Milliseconds and bytes. */
export type StageLimits = {
  /** Downloading the modules of one side. */
  fetchMs: number;
  /** One run of the go command. */
  buildMs: number;
  /** A benchmark that says nothing for this long, beyond what was expected of it, is taken for hung. */
  benchmarkMs: number;
  /** All benchmarks of a review together. */
  measureMs: number;
  /** What one run of benchmarks may print. */
  outputBytes: number;
  /** What the go command may write: its cache, its temporary files, test binaries. */
  writtenBytes: number;
  /** Benchmarks of one review. */
  benchmarks: number;
};
