import type { Outcome } from '../sandbox/types.ts';

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

/** What a program did that was ended from outside, and the setting that it ran into; null: it ended by itself. */
export function describeLimit(ended: Outcome['ended'], time: 'fetchSeconds' | 'buildSeconds'): string | null {
  switch (ended) {
    case 'exited':
      return null;
    case 'timed-out':
      return `ran out of time (limits.${time})`;
    case 'memory-limit':
      return 'used too much memory (limits.memoryMiB)';
    case 'disk-limit':
      return 'wrote too much (limits.diskMiB)';
    case 'output-limit':
      return 'printed too much';
  }
}
