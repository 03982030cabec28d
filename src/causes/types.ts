import type { InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Cause, CauseKind, Decision, Frame, Position, SiteChange } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import type { ChangedLines } from './changed-lines.ts';
import type { DecisionIndex } from './decision-index.ts';
import type { Functions } from './functions.ts';
import type { GoModChange } from './go-mod.ts';
import type { Names } from './names.ts';
import type { Packages } from './packages.ts';

/** A place in head whose cause is asked for. */
export type Effect = {
  position: Position;
  /** The compiler's decision at the place, with the flow that led to it. */
  decision: Decision | null;
  /** What the profile says of the place; null where no profile was taken. */
  site: SiteChange | null;
};

/** An effect with what every explanation looks at. */
export type Case = Effect & {
  /** Stack frames above the place, innermost first. */
  callers: readonly Frame[];
  /** The place and the calling lines of the repository, innermost first. */
  stack: readonly Position[];
  /** The compiler decides otherwise than for base: the decision is new. */
  isNew: boolean;
};

/** Everything that is known about the change. */
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
};

/** One way to explain an allocation: a cause of the kinds `K` if it holds for the case, else null. */
export type Explain<K extends CauseKind> = (facts: ChangeFacts, effect: Case) => CauseOf<K> | null;

export type CauseOf<K extends CauseKind> = Cause & { kind: K };
