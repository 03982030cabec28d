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

/** What a review leaves for those who try changes of head: it is there until the review's sandbox closes. */
export type Lab = {
  tools: BuildTools;
  trees: Trees;
  /** A folder of the review's own, for what is built. */
  dir: string;
  tasks: readonly ModuleTask[];
  /** The work tree that is reviewed, absolute; null: there is none. */
  toplevel: string | null;
  /**
   * The functions that differ, in their source or in the compiler's decisions, without those that a benchmark is known to
   * run.
   */
  unrun: readonly ChangedFunction[];
  map: LineMap;
  /** Names the findings of deltas that were measured otherwise, with line, cause and rule. */
  explain: (deltas: readonly Delta[]) => Finding[];
  diff: TreeDiff;
  grammar: Grammar;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/** Called with what was found while all of it is still there; what it gives is the review. */
export type Extend = (review: Review, lab: Lab) => Promise<Review>;
