import type { InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Decision, Delta, EscapeChange, TreeDiff } from '../compare/types.ts';
import type { BytesThreshold } from '../compare/verdict.ts';
import type { Selection } from '../go/discovery.ts';
import type { GoModule } from '../go/modules.ts';
import type { Warning } from '../report/model/review.ts';
import type { Progress } from '../report/words/progress.ts';
import type { BuildTools, BuiltTree } from './build.ts';
import type { Renames } from './moves.ts';
import type { ChangedCode, FunctionReach } from './changed-types.ts';
import type { StopSwitch, Trees } from './types.ts';
import type { KeepProfile } from './keep-profiles.ts';

/** One module of the reviewed trees; null: it does not exist on that side. */
export type ModuleTask = {
  base: GoModule | null;
  head: GoModule;
  /** The module paths of all modules in both trees. */
  modulePaths: readonly string[];
  /** The path at head of every module of base. */
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
  /** Where cross trees are made, beside those of both sides. */
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
  escapes: EscapeChange[];
  /** The decisions about changed packages and the changes of inlining, from which causes are found. */
  baseDecisions: Decision[];
  headDecisions: Decision[];
  inlining: InliningDiff;
  /** The functions and other code that differ between the sides. */
  changed: ChangedCode;
  /** Whether benchmarks run the functions of head among them. */
  reach: FunctionReach[];
  /** Benchmarks that were not measured because they run no changed code. */
  unreached: { package: string; name: string }[];
  buildErrors: string[];
  /** Whether the change affects anything that the go command builds. */
  isAffected: boolean;
  /** The number of packages with benchmarks at head, measured or not. */
  benchmarkPackages: number;
  /** Packages whose test binaries cannot behave differently. */
  unchanged: string[];
  warnings: Warning[];
};

/** One module, compiled on both sides; base null: it does not exist there, or the go command refuses it. */
export type Sides = { base: BuiltTree | null; head: BuiltTree };
