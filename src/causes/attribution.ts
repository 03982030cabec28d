import type { InliningDiff } from '../compare/escape-diff.ts';
import { buildLineMap } from '../compare/line-map.ts';
import type { Cause, Decision, FlowStep, Position, TreeDiff } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import { explainCallee, explainCaller, explainFunction, explainValue } from './calls.ts';
import { explainCapture } from './captures.ts';
import { createChanges } from './changes.ts';
import { type DecisionIndex, indexDecisions } from './decision-index.ts';
import { explainDependency, explainLanguage } from './dependency.ts';
import { explainDevirtualization } from './devirtualization.ts';
import { createFunctions } from './functions.ts';
import type { GoModChange } from './go-mod.ts';
import { explainInlining } from './inlining.ts';
import { createNames } from './names.ts';
import { explainInterface, explainLeak } from './parameters.ts';
import { explainReuse } from './reuse.ts';
import { explainSize } from './sizes.ts';
import type { Case, Effect, Explain, Facts } from './types.ts';

export type AttributionInput = {
  /** All decisions on changed packages of the two sides. */
  base: readonly Decision[];
  head: readonly Decision[];
  inlining: InliningDiff;
  diff: TreeDiff;
  sources: Sources;
  /** The Go files of a directory of head, as paths in the tree. */
  filesIn: (dir: string) => string[];
  goMod: GoModChange;
};

/** A step of the compiler's own flow on a changed line. */
const explainFlow: Explain = ({ changes }, { decision }) => {
  const isChanged = ({ position }: FlowStep): boolean =>
    position !== null && changes.isChanged(position.file, position.line);
  const step = decision?.flow.find(isChanged);
  if (!step?.position) return null;
  return { kind: 'flow', file: step.position.file, line: step.position.line, text: step.text, via: [] };
};

/** In this order, from what the compiler proves to what is merely near: the first that holds is the cause. */
const explanations: readonly Explain[] = [
  explainCapture,
  explainFlow,
  explainInlining,
  explainDevirtualization,
  explainInterface,
  explainLeak,
  explainSize,
  explainCaller,
  explainReuse,
  explainDependency,
  explainCallee,
  explainFunction,
  explainValue,
  explainLanguage,
];

const placeKey = ({ file, line }: Position, decision: Decision | null): string =>
  `${file}:${line} ${decision?.kind ?? ''} ${decision?.expression ?? ''}`;

/** Decisions on tests are no escape changes, but a benchmark's line may be the place. */
function allocationAt(decisions: DecisionIndex, { file, line }: Position): Decision | null {
  return decisions.at(file, line, 'moved-to-heap', 'escapes-to-heap')[0] ?? null;
}

/**
 * Finds the changed line that made an allocation elsewhere. Null when the place itself is a changed line, or when
 * nothing explains it.
 */
export function createAttribution(input: AttributionInput): (effect: Effect) => Cause | null {
  const { base, head, inlining, diff, sources, filesIn, goMod } = input;
  const map = buildLineMap(diff);
  const changes = createChanges(map, diff, sources);
  const decisions = indexDecisions(base, head, map);
  const functions = createFunctions(head, sources, changes);
  const names = createNames(sources, changes, filesIn);
  const facts: Facts = { map, decisions, inlining, changes, functions, names, sources, goMod };
  const known = new Map<string, Cause | null>();

  const explain = ({ position, decision: given, site }: Effect): Cause | null => {
    if (changes.isChanged(position.file, position.line)) return null;
    const decision = given ?? allocationAt(decisions, position);
    const callers = site?.callers ?? [];
    const stack = [position, ...callers.flatMap((frame) => frame.position ?? [])];
    const isNew = decision !== null && decisions.isNew(decision);
    const effect: Case = { position, decision, site, callers, stack, isNew };
    for (const one of explanations) {
      const cause = one(facts, effect);
      if (cause) return cause;
    }
    return null;
  };
  return (effect) => {
    const key = placeKey(effect.position, effect.decision);
    const cause = known.get(key) ?? explain(effect);
    known.set(key, cause);
    return cause;
  };
}
