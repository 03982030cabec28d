import type { Sameness } from '../syntax/needs.ts';
import type { PackageBuild } from './build.ts';

/** One package as a cross; the benchmarks that do not compile there, each with the compiler's or the go command's line. */
export type CrossBuild = { build: PackageBuild | null; failed: ReadonlyMap<string, string> };

/** How the benchmarks of a package whose test files changed can be compared. */
export type Cross = {
  /** How each top-level benchmark stands on the two sides. */
  sameness: ReadonlyMap<string, Sameness>;
  /** All that is linked besides the tests is the same on both sides. */
  isCodeSame: boolean;
  /** Head's code under base's tests, and the reverse. */
  headCode: CrossBuild;
  baseCode: CrossBuild;
};
