import type { InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Cause, CauseKind } from '../compare/cause.ts';
import type { Decision, Frame, Position, SiteChange } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import type { ChangedLines } from './changed-lines.ts';
import type { DecisionIndex } from './decision-index.ts';
import type { Functions } from './functions.ts';
import type { GoModChange } from './go-mod.ts';
import type { Names } from './names.ts';
import type { Packages } from './packages.ts';

/** A place at head whose cause is to be found. */
export type Effect = {
  position: Position;
  /** The compiler's decision at the place, with the flow that led to it. */
  decision: Decision | null;
  /** The profile's site at the place; null if there is no profile. */
  site: SiteChange | null;
};

/** An effect with the facts that every explanation needs. */
export type Case = Effect & {
  /** Stack frames above the place, innermost first. */
  callers: readonly Frame[];
  /** The place and the calling lines of the repository, innermost first. */
  stack: readonly Position[];
  /** Whether the compiler's decision is new: base did not have it. */
  isNew: boolean;
};

/** All facts about the change. */
export type ChangeFacts = {
  map: LineMap;
  decisions: DecisionIndex;
  inlining: InliningDiff;
  changes: ChangedLines;
  functions: Functions;
  names: Names;
  packages: Packages;
  sources: Sources;
  goMod: GoModChange;
  /** The Go files of a directory of head, without tests, as paths in the tree. */
  filesIn: (dir: string) => string[];
};

/** One way to explain an allocation: a cause of the kinds `K` if it holds for the case, else null. */
export type Explain<K extends CauseKind> = (facts: ChangeFacts, effect: Case) => CauseOf<K> | null;

export type CauseOf<K extends CauseKind> = Cause & { kind: K };
