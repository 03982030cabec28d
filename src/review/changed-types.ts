import type { BroadChange, ChangedFunction } from '../syntax/changed-functions.ts';

/**
 * A change of a package outside its functions. `build`: other files, settings of its module, cgo, or files that are not
 * valid Go. `dependency`: the package is outside the repository, and its version changed.
 */
type OutsideChange = BroadChange | { package: string; kind: 'build' | 'dependency'; name: string | null };

/**
 * The differences between the sides in the code of a module and of the packages that it is built with, without tests.
 */
export type ChangedCode = { functions: ChangedFunction[]; outside: OutsideChange[] };

/** The part of the change that is in the test binary of one package, so that its benchmarks may run it. */
export type TaskCode = {
  functions: readonly ChangedFunction[];
  /** Whether only these functions changed, so that a benchmark that runs none of them cannot behave differently. */
  isDecidable: boolean;
};

/** A changed function, and whether benchmarks run it. */
export type FunctionReach = {
  function: ChangedFunction;
  /** Whether a benchmark runs it in the iterations that it measures; null: unknown. */
  isRun: boolean | null;
  /** Whether benchmarks run it only in their set-up, as often whatever the number of iterations. `isRun` is false then. */
  isSetUp: boolean;
  /** Benchmarks that are known to run it, in their set-up or else. */
  benchmarks: readonly { package: string; name: string }[];
  /** Its lines at head that have a coverage counter, may allocate, and that no benchmark runs; null: unknown. */
  unrunLines: readonly number[] | null;
};
