import type { BenchmarkFailure } from '../../compare/types.ts';

/** Why something that the change can reach was not compared, what a reader wants to know first on top. */
export const unmeasuredKinds = [
  /** The benchmark ran at base and gave no result at head. */
  'broken',
  /** It gave no result, or none at base. */
  'failed',
  /** Its output or its profile contradicts what it printed. */
  'contradicting',
  /** Base has it, head does not. */
  'removed',
  /** It changed with the code, and neither version runs with the other side's code. */
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
  /** There was no benchmark to run. */
  'nothing',
] as const;
export type UnmeasuredKind = (typeof unmeasuredKinds)[number];

/**
 * One thing that was not compared. `package` and `name` (of a benchmark; of a function where that is `unreached`) are null
 * where it is about more than one.
 */
export type Unmeasured = {
  kind: UnmeasuredKind;
  package: string | null;
  name: string | null;
  /** How a benchmark ended that gave no result. */
  failure: BenchmarkFailure['kind'] | null;
};
