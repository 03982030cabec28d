import type { InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Decision, Delta, EscapeChange, TreeDiff } from '../compare/types.ts';
import type { BytesThreshold } from '../compare/verdict.ts';
import type { Selection } from '../go/discovery.ts';
import type { GoModule } from '../go/modules.ts';
import type { Warning } from '../report/model/review.ts';
import type { Progress } from '../report/words/progress.ts';
import type { BuildTools, BuiltTree } from './build.ts';
import type { ChangedCode } from './changed-types.ts';
import type { Trees } from './types.ts';

/** One module of the reviewed trees; null: it does not exist on that side. */
export type ModuleTask = {
  base: GoModule | null;
  head: GoModule;
  /** Module paths of all modules in either tree. */
  modulePaths: readonly string[];
};

/** What compiling one side takes. */
export type CompileOptions = {
  tools: BuildTools;
  trees: Trees;
  /** Packages as the go command has them. */
  patterns: readonly string[];
  onProgress: (progress: Progress) => void;
};

export type ModuleOptions = CompileOptions & {
  /** Where cross trees go. */
  crossDir: string;
  selection: Selection;
  threshold: BytesThreshold;
  /** Minutes of measuring. */
  budget: number;
  diff: TreeDiff;
  map: LineMap;
};

export type ModuleReview = {
  deltas: Delta[];
  escapes: EscapeChange[];
  /** The decisions on changed packages, and what became of inlining: what causes are found with. */
  baseDecisions: Decision[];
  headDecisions: Decision[];
  inlining: InliningDiff;
  /** The functions that are not the same on both sides, and what else is not. */
  changed: ChangedCode;
  buildErrors: string[];
  /** Whether anything that the go command builds differs. */
  isAffected: boolean;
  /** Packages with benchmarks in head, measured or not. */
  benchmarkPackages: number;
  /** Packages whose test binaries cannot behave differently. */
  unchanged: string[];
  warnings: Warning[];
};

/** One module, compiled on both sides; base null: it does not exist there, or the go command refuses it. */
export type Sides = { base: BuiltTree | null; head: BuiltTree };
