import type { InliningDiff } from '../compare/escape-diff.ts';
import { allocatingDecisions, byWriting } from '../compare/allocating.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Cause } from '../compare/cause.ts';
import type {
  Decision,
  FlowStep,
  PlacedSite,
  Position,
  SiteChange,
  TestSite,
  TreeDiff,
} from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import { placeSite } from './allocating-line.ts';
import { explainArgument } from './arguments.ts';
import { explainCallee } from './callees.ts';
import { explainCaller, explainFunction } from './callers.ts';
import { explainCapture } from './captures.ts';
import { createChangedLines } from './changed-lines.ts';
import { type DecisionIndex, indexDecisions } from './decision-index.ts';
import { explainDataFile } from './data-files.ts';
import { explainDependency, explainLanguage, explainFolder } from './dependency.ts';
import { explainDevirtualization } from './devirtualization.ts';
import { explainFunctionValue } from './function-values.ts';
import { explainForeignCode } from './foreign-code.ts';
import { createFunctions } from './functions.ts';
import type { GoModChange } from './go-mod.ts';
import { explainInlining } from './inlining.ts';
import { createNames } from './names.ts';
import { createPackages } from './packages.ts';
import { explainInterface } from './interfaces.ts';
import { findNewCall } from './new-functions.ts';
import { explainLeak } from './parameters.ts';
import { explainReplaced, explainReuse } from './reuse.ts';
import { explainGrownType, explainSize } from './sizes.ts';
import { explainTag } from './struct-tags.ts';
import { placeTestSite } from './test-lines.ts';
import { explainValue } from './values.ts';
import { explainVendored } from './vendored.ts';
import type { Case, Effect, Explain, ChangeFacts } from './types.ts';

export type AttributionInput = {
  /** All decisions about changed packages on both sides. */
  base: readonly Decision[];
  head: readonly Decision[];
  inlining: InliningDiff;
  diff: TreeDiff;
  /** The diff's map for which lines that were only indented differently are unchanged. */
  map: LineMap;
  sources: Sources;
  /** The Go files of a directory of head, as paths in the tree. */
  filesIn: (dir: string) => string[];
  goMod: GoModChange;
};

/**
 * A step of the compiler's data flow is on a changed line. Where base said the same of the line, its value escaped
 * before, too, and no step explains why there are more of them.
 */
const explainFlow: Explain<'flow'> = ({ changes }, { decision, isNew }) => {
  if (!isNew) return null;
  const isChanged = ({ position }: FlowStep): boolean =>
    position !== null && changes.isChanged(position.file, position.line);
  const step = decision?.flow.find(isChanged);
  if (!step?.position) return null;
  return { kind: 'flow', file: step.position.file, line: step.position.line, text: step.text, via: [] };
};

/**
 * The explanations in order, from those that the compiler proves to those that are merely plausible. The first one that
 * holds is the cause.
 */
const explanations = [
  explainCapture,
  explainFlow,
  explainInlining,
  explainDevirtualization,
  explainInterface,
  explainLeak,
  explainSize,
  explainReuse,
  explainArgument,
  explainCaller,
  explainFunctionValue,
  explainReplaced,
  explainGrownType,
  explainDependency,
  explainCallee,
  explainFunction,
  explainVendored,
  explainTag,
  explainValue,
  explainForeignCode,
  explainDataFile,
  explainFolder,
  explainLanguage,
] as const;

/** The kinds of causes that have an explanation. If one is missing, attribution.test.ts does not compile. */
export type ExplainedKind = NonNullable<ReturnType<(typeof explanations)[number]>>['kind'];

/** A key for each effect: the same line can be reached on several ways. */
function effectKey({ position: { file, line }, decision, site }: Effect): string {
  const way = (site?.callers ?? []).map(({ position }) => position && `${position.file}:${position.line}`);
  return JSON.stringify([file, line, decision?.kind, decision?.expression, way]);
}

/**
 * The decision at a place, preferably a new one. Tests have no escape changes, but the place can be a line of a
 * benchmark.
 */
function allocationAt({ decisions, sources }: ChangeFacts, { file, line }: Position): Decision | null {
  const text = sources.head(file)?.lines[line - 1] ?? '';
  const found = byWriting(allocatingDecisions(decisions.at(file, line)), text);
  return found.find(decisions.isNew) ?? found[0] ?? null;
}

/** The destination of a flow that is not the heap itself: `{storage for func literal} ← &got`. */
const CONTAINER = /^\{storage for (?<what>.+)\} ← /su;
const MAX_CONTAINERS = 4;

/** Appends the flows of the values that contain this one: it is on the heap because they are. */
function withContainers(decision: Decision, decisions: DecisionIndex): FlowStep[] {
  const flow = [...decision.flow];
  const { file } = decision.position;
  let from = 0;
  for (let depth = 0; depth < MAX_CONTAINERS; depth += 1) {
    const steps = flow.slice(from);
    const last = steps.findLastIndex(({ reason }) => reason === null);
    const what = CONTAINER.exec(steps[last]?.text ?? '')?.groups?.['what'];
    const places = steps.slice(last).flatMap(({ position }) => position ?? []);
    const holder = places
      .flatMap(({ line }) => nearest(decisions, file, line))
      .find((one) => one.expression === what && one.function === decision.function);
    if (!holder || holder === decision || what === undefined) break;
    from = flow.length;
    flow.push(...holder.flow);
  }
  return flow;
}

/**
 * The decisions at or above a line, the nearest first: a literal of several lines begins above the lines of its
 * elements.
 */
function nearest(decisions: DecisionIndex, file: string, line: number): Decision[] {
  return decisions
    .between(file, line - 100, line, 'escapes-to-heap')
    .toSorted((a, b) => b.position.line - a.position.line);
}

/** Whether base had the same decision about the same function, on any of its lines. */
function wasSaid(decision: Decision, decisions: DecisionIndex): boolean {
  const { kind, package: importPath, function: name } = decision;
  return name === null || !decisions.newIn(kind, importPath, name).includes(decision);
}

/**
 * Whether a value only escapes by being returned: it is on the heap only if its function is not inlined, or if the
 * caller lets it escape.
 */
function isOnlyReturned({ flow }: Decision): boolean {
  const targets = flow.flatMap(({ text, reason }) => (reason === null ? [text] : []));
  return (
    targets.some((text) => /^~r\d+ ← /u.test(text)) && !targets.some((text) => text.startsWith('{heap}'))
  );
}

export type Attribution = {
  /**
   * The changed line that caused an allocation elsewhere. Null if nothing explains it, or if the place itself is a
   * changed line, unless its value would not be allocated if its function were still inlined.
   */
  causeOf: (effect: Effect) => Cause | null;
  /** The changed line that newly calls the added function that a place is in; see `findNewCall`. */
  newCallOf: (effect: Effect) => Cause | null;
  /** A site of the profile, moved to the line that the compiler reports for it. */
  placeSite: (site: SiteChange) => SiteChange;
  /** A line of base's benchmark that head does not have, at the changed line that led to its allocation; null: none did. */
  placeTestSite: (site: TestSite) => PlacedSite | null;
};

/** Reads the whole change once, and then explains single allocations. */
export function createAttribution(input: AttributionInput): Attribution {
  const { base, head, inlining, diff, map, sources, filesIn, goMod } = input;
  const changes = createChangedLines(map, diff, sources);
  const decisions = indexDecisions(base, head, map);
  const packages = createPackages([...base, ...head], sources, filesIn);
  const functions = createFunctions(head, sources, changes, packages);
  const names = createNames(sources, changes, filesIn, packages);
  const facts: ChangeFacts = {
    map,
    decisions,
    inlining,
    changes,
    functions,
    names,
    packages,
    sources,
    goMod,
    filesIn,
  };
  const known = new Map<string, Cause | null>();

  const explain = ({ position, decision: given, site }: Effect): Cause | null => {
    const isChanged = changes.isChanged(position.file, position.line);
    const own = given ?? allocationAt(facts, position);
    const callers = site?.callers ?? [];
    // A changed line causes the new allocations on it and in its calls. Lost inlining can only explain a value that
    // base made there, too, on its caller's stack.
    const isMadeByCall = (site?.callees ?? []).some((calls) => calls.length > 0);
    if (isChanged && !(own && !isMadeByCall && isOnlyReturned(own) && wasSaid(own, decisions))) return null;
    const decision = own && { ...own, flow: withContainers(own, decisions) };
    const stack = [position, ...callers.flatMap((frame) => frame.position ?? [])];
    const isNew = own !== null && decisions.isNew(own);
    const effect: Case = { position, decision, site, callers, stack, isNew };
    if (isChanged) return explainInlining(facts, { ...effect, isNew: false });
    for (const one of explanations) {
      const cause = one(facts, effect);
      if (cause) return cause;
    }
    return null;
  };
  const causeOf: Attribution['causeOf'] = (effect) => {
    const key = effectKey(effect);
    const cause = known.get(key) ?? explain(effect);
    known.set(key, cause);
    return cause;
  };
  return {
    causeOf,
    newCallOf: (effect) => findNewCall(facts, effect),
    placeSite: (site) => placeSite(facts, site),
    placeTestSite: (site) => placeTestSite(facts, site),
  };
}
