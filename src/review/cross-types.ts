import type { Sameness } from '../syntax/needs.ts';
import type { PackageBuild } from './build.ts';

/**
 * One package of a cross; and the benchmarks that do not compile in it, each with the error of the compiler or the go
 * command.
 */
export type CrossBuild = { build: PackageBuild | null; failed: ReadonlyMap<string, string> };

/** How the benchmarks of a package whose test files changed can be compared. */
export type Cross = {
  /** How each top-level benchmark compares between the sides. */
  sameness: ReadonlyMap<string, Sameness>;
  /** Whether all linked code except the tests is the same on both sides. */
  isCodeSame: boolean;
  /** Head's code under base's tests, and the reverse. */
  headCode: CrossBuild;
  baseCode: CrossBuild;
};
