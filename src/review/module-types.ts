import type { InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Decision, Delta, EscapeChange, Side, TestSite, TreeDiff } from '../compare/types.ts';
import type { BytesThreshold } from '../compare/verdict.ts';
import type { Selection } from '../go/discovery.ts';
import type { GoModule } from '../go/modules.ts';
import type { Warning } from '../report/model/review.ts';
import type { Progress } from '../report/words/progress.ts';
import type { BuildTools, BuiltTree } from './build.ts';
import type { Renames } from './moves.ts';
import type { PackageScope } from './pair-modules.ts';
import type { ChangedCode, FunctionReach } from './changed-types.ts';
import type { StopSwitch, Trees } from './types.ts';
import type { KeepProfile } from './keep-profiles.ts';

/**
 * One module of head, and the same module at base, or the one that its packages were in; null: it does not exist there.
 */
export type ModuleTask = {
  base: GoModule | null;
  head: GoModule;
  /** The packages of each side that are compared. */
  scope: Record<Side, PackageScope>;
  /** The module paths of all modules in both trees. */
  modulePaths: readonly string[];
  /** The module paths of base and what they are at head, for every module that both have. */
  moduleRenames: Renames;
};

/** The options for compiling one side. */
export type CompileOptions = {
  tools: BuildTools;
  trees: Trees;
  /** Package patterns of the go command. */
  patterns: readonly string[];
  onProgress: (progress: Progress) => void;
};

export type ModuleOptions = CompileOptions & {
  onProfile?: KeepProfile | undefined;
  /** The folder in which the trees of crosses are created. */
  crossDir: string;
  selection: Selection;
  /** Whether benchmarks are to run. Otherwise both sides are only compiled and compared. */
  measures: boolean;
  /** Whether to find out which benchmarks run the change. */
  wantsReach: boolean;
  threshold: BytesThreshold;
  /** The minutes for measuring. */
  budget: number;
  stop?: StopSwitch | undefined;
  diff: TreeDiff;
  map: LineMap;
};

export type ModuleReview = {
  deltas: Delta[];
  /** Where benchmarks of base allocate more on lines that head does not have. */
  testSites: TestSite[];
  escapes: EscapeChange[];
  /** The compiler's decisions about changed packages, and the changes of inlining. Causes are found from them. */
  baseDecisions: Decision[];
  headDecisions: Decision[];
  inlining: InliningDiff;
  /** The functions and other code that differ between the sides. */
  changed: ChangedCode;
  /** For each changed function of head, whether benchmarks run it. */
  reach: FunctionReach[];
  /** Benchmarks that were not measured because they run no changed code. */
  unreached: { package: string; name: string }[];
  buildErrors: string[];
  /** Whether the change affects anything that the go command builds. */
  isAffected: boolean;
  /** The number of packages with benchmarks at head, measured or not. */
  benchmarkPackages: number;
  /** The import paths of packages whose test binaries cannot behave differently. */
  unchanged: string[];
  warnings: Warning[];
};

/** One module, compiled on both sides; base null: it does not exist there, or the go command refuses it. */
export type Sides = { base: BuiltTree | null; head: BuiltTree };
