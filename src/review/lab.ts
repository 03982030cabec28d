import type { LineMap } from '../compare/line-map.ts';
import type { Delta, TreeDiff } from '../compare/types.ts';
import type { Review } from '../report/model/review.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Grammar } from '../rules/syntax.ts';
import type { Finding } from '../rules/types.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import type { BuildTools } from './build.ts';
import type { ModuleTask } from './module-types.ts';
import type { Trees } from './types.ts';

/**
 * A function, and consecutive lines of it at head that no benchmark runs. `isKnown` false: benchmarks run the function, but
 * of these lines, all that changed, it is not known.
 */
type PartlyRun = { function: ChangedFunction; lines: ReadonlySet<number>; isKnown: boolean };

/** The parts of a review that experiments with head use. They exist until the review's sandbox closes. */
export type Lab = {
  tools: BuildTools;
  trees: Trees;
  /** A folder for builds, which is removed with the review. */
  dir: string;
  tasks: readonly ModuleTask[];
  /** The absolute path of the reviewed work tree; null: there is none. */
  toplevel: string | null;
  /** The functions with different source or compiler decisions, without those that a benchmark runs. */
  unrun: readonly ChangedFunction[];
  /** Those of `unrun` that benchmarks run in their set-up only, which is not measured. */
  setUp: ReadonlySet<ChangedFunction>;
  /** All functions with different source or compiler decisions. */
  changed: readonly ChangedFunction[];
  /** Branches with changed lines that no benchmark is known to run, of functions that benchmarks run. */
  partlyRun: readonly PartlyRun[];
  map: LineMap;
  /** Finds the lines, causes and rules for deltas that an experiment measured. */
  explain: (deltas: readonly Delta[]) => Finding[];
  diff: TreeDiff;
  grammar: Grammar;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/** Called with the review while base and head still exist. Its result replaces the review. */
export type Extend = (review: Review, lab: Lab) => Promise<Review>;
