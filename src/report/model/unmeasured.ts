import type { BenchmarkFailure } from '../../compare/types.ts';

/** Why something that the change can reach was not compared. Reports list the kinds in this order. */
export const unmeasuredKinds = [
  /** The benchmark ran at base and gave no result at head. */
  'broken',
  /** The benchmark gave no result at base or on both sides. */
  'failed',
  /** The benchmark's output or heap profile contradicts its result. */
  'contradicting',
  /** All runs of base print the same count, most runs of head a higher one, and the others do not. */
  'undecided',
  /** The benchmark prints values of its own instead of Go's counts of allocations. */
  'replaced',
  /** Base has the benchmark, head does not. */
  'removed',
  /** The benchmark changed with the code, and neither version runs with the other side's code. */
  'incomparable',
  /** The benchmarks of a package did not run. */
  'package',
  /** A limit ended the review before this package was measured. */
  'limit',
  /** Somebody stopped the review before it was measured. */
  'stopped',
  /** A module was left out. */
  'module',
  /** No benchmark runs this changed function. */
  'unreached',
  /** Benchmarks run this changed function in their set-up only, which is not measured. */
  'set-up',
  /** A benchmark runs this changed function, but none runs some of its changed lines. */
  'unreached-lines',
  /** There was no benchmark to run. */
  'nothing',
] as const;
export type UnmeasuredKind = (typeof unmeasuredKinds)[number];

/**
 * Something that was not compared. `name` is that of a benchmark, or of a function for `unreached`, `set-up` and
 * `unreached-lines`. `package` and `name` are null if the entry is about several.
 */
export type Unmeasured = {
  kind: UnmeasuredKind;
  package: string | null;
  name: string | null;
  /** How the benchmark ended; null: it gave a result, or the entry is not about one benchmark. */
  failure: BenchmarkFailure['kind'] | null;
  /** Set if sub-benchmarks of it were measured, but not all: how many were. */
  subBenchmarksMeasured?: number;
};
