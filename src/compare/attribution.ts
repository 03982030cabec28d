import type { InliningDiff } from './escape-diff.ts';
import type { LineMap } from './line-map.ts';
import type { Cause, Decision, Frame, Position } from './types.ts';

/** A place in head whose cause is asked for. */
export type Effect = {
  position: Position;
  /** The compiler's decision at the place, with the flow that led to it. */
  decision: Decision | null;
  /** Stack frames above the place, innermost first; empty where no profile was taken. */
  callers: readonly Frame[];
};

type FunctionStart = { name: string; line: number };

/** Where each function of a file starts, in order: the compiler says of every function whether it can be inlined. */
function indexFunctions(decisions: readonly Decision[]): Map<string, FunctionStart[]> {
  const starts = new Map<string, FunctionStart[]>();
  for (const decision of decisions) {
    if (decision.kind !== 'can-inline' && decision.kind !== 'cannot-inline') continue;
    const { file, line } = decision.position;
    const list = starts.get(file) ?? [];
    list.push({ name: decision.expression, line });
    starts.set(file, list);
  }
  for (const list of starts.values()) list.sort((a, b) => a.line - b.line);
  return starts;
}

const placeKey = (file: string, line: number): string => `${file}:${line}`;

/** The functions that the compiler inlined at each line, by placeKey. */
function indexInlinedCalls(decisions: readonly Decision[]): Map<string, string[]> {
  const calls = new Map<string, string[]>();
  for (const { kind, position, expression } of decisions) {
    if (kind !== 'inlining-call') continue;
    const key = placeKey(position.file, position.line);
    const list = calls.get(key);
    if (!list) calls.set(key, [expression]);
    else if (!list.includes(expression)) list.push(expression);
  }
  return calls;
}

/** How far below a function's first line its changed lines are looked for when it is the file's last. */
const LONGEST_FUNCTION = 500;

/** Closures start inside their function: the next start that is not one of its own ends it. */
function isPartOf(name: string, inner: string): boolean {
  return inner.startsWith(`${name}.`);
}

/**
 * Finds the changed line that made an allocation elsewhere. `decisions` are all of head's decisions on changed
 * packages. The first explanation that holds is taken: an inlining that was lost on the way to the place, a step of
 * the compiler's own flow on a changed line, a changed line of a calling frame, a change in a function that was inlined
 * there (the compiler and the profile then blame the line of the call) or that took the value, in the same function, in a
 * calling function. Null when the place itself is a changed line, or nothing explains it.
 */
export function createAttribution(
  decisions: readonly Decision[],
  inlining: InliningDiff,
  map: LineMap,
): (effect: Effect) => Cause | null {
  const functions = indexFunctions(decisions);
  const inlinedAt = indexInlinedCalls(decisions);
  const startsOf = (name: string): { file: string; line: number }[] =>
    [...functions].flatMap(([file, starts]) =>
      starts.filter((start) => isSameFunction(start.name, name)).map(({ line }) => ({ file, line })),
    );

  /** Decisions on tests are no escape changes, but a benchmark's line may be the place. */
  const allocationAt = ({ file, line }: Position): Decision | null =>
    decisions.find(
      ({ kind, position }) =>
        position.file === file &&
        position.line === line &&
        (kind === 'moved-to-heap' || kind === 'escapes-to-heap'),
    ) ?? null;

  const changedLineFrom = (file: string, first: number, last: number): number | null => {
    for (let line = first; line <= last; line += 1) if (map.isChangedInHead(file, line)) return line;
    return null;
  };
  /** The first changed line of the function that starts at or above `line`. */
  const changedLineOfFunction = (file: string, line: number): { line: number; name: string } | null => {
    const starts = functions.get(file) ?? [];
    const own = starts.findLast((start) => start.line <= line && !/\.func\d|\.\d+$/u.test(start.name));
    if (!own) return null;
    const next = starts.find((start) => start.line > own.line && !isPartOf(own.name, start.name));
    const changed = changedLineFrom(file, own.line, next ? next.line - 1 : own.line + LONGEST_FUNCTION);
    return changed === null ? null : { line: changed, name: own.name };
  };

  const lostInlining = (lines: readonly Position[]): Cause | null => {
    for (const at of lines) {
      const calls = inlining.lostCalls.filter(
        ({ position }) => position.file === at.file && position.line === at.line,
      );
      for (const call of calls) {
        const lost = inlining.functions.find(
          ({ change, head }) => change === 'lost' && isSameFunction(head.expression, call.expression),
        );
        if (!lost) continue;
        const { file, line } = lost.head.position;
        const changed = changedLineOfFunction(file, line);
        return {
          kind: 'inlining-lost',
          file,
          line: changed?.line ?? line,
          text: describeLoss(lost.base, lost.head),
        };
      }
    }
    return null;
  };

  const flowStep = (decision: Decision | null): Cause | null => {
    const step = decision?.flow.find(
      ({ position }) => position && map.isChangedInHead(position.file, position.line),
    );
    if (!step?.position) return null;
    return { kind: 'flow', file: step.position.file, line: step.position.line, text: step.text };
  };

  const changedCaller = (callers: readonly Frame[]): Cause | null => {
    const frame = callers.find(
      ({ position }) => position && map.isChangedInHead(position.file, position.line),
    );
    if (!frame?.position) return null;
    return { kind: 'caller', file: frame.position.file, line: frame.position.line, text: frame.function };
  };

  /** A change in a function that was inlined at the place or on the value's way, or that the value was handed to. */
  const changedCallee = (position: Position, decision: Decision | null): Cause | null => {
    const steps = decision?.flow ?? [];
    const lines = [position, ...steps.flatMap((step) => step.position ?? [])];
    const inlined = lines.flatMap(({ file, line }) => inlinedAt.get(placeKey(file, line)) ?? []);
    const called = steps.flatMap((step) =>
      step.reason === 'call parameter' ? calledFunction(step.text) : [],
    );
    for (const start of [...inlined, ...called].flatMap(startsOf)) {
      const changed = changedLineOfFunction(start.file, start.line);
      if (changed) return { kind: 'function', file: start.file, line: changed.line, text: changed.name };
    }
    return null;
  };

  const changedFunction = (positions: readonly Position[]): Cause | null => {
    for (const { file, line } of positions) {
      const changed = changedLineOfFunction(file, line);
      if (changed) return { kind: 'function', file, line: changed.line, text: changed.name };
    }
    return null;
  };

  return ({ position, decision: given, callers }) => {
    if (map.isChangedInHead(position.file, position.line)) return null;
    const frames = callers.flatMap((frame) => (frame.position ? [frame.position] : []));
    const stack = [position, ...frames];
    const decision = given ?? allocationAt(position);
    return (
      lostInlining(stack) ??
      flowStep(decision) ??
      changedCaller(callers) ??
      changedCallee(position, decision) ??
      changedFunction(stack)
    );
  };
}

/** The function in a `call parameter` step: `pkg.F(x)`, `(*pkg.T).M(t, x)`. */
function calledFunction(text: string): string[] {
  const name = /^(?:\(\*?[^()]+\)\.\w+|[\w./]+)(?=\()/u.exec(text)?.[0];
  return name === undefined ? [] : [name];
}

/** `inlining call to pkg.F` names a function of another package with its package, `can inline F` never does. */
function isSameFunction(declared: string, called: string): boolean {
  return called === declared || called.endsWith(`.${declared}`);
}

/** `inlineMaxBudget` of cmd/compile/internal/inline: a function of a greater cost is not inlined. */
const INLINE_BUDGET = 80;

/** The compiler's two statements, the old one last: `cannot inline F: cost 119 exceeds budget 80, was 77`. */
function describeLoss(base: Decision, head: Decision): string {
  const isOver = head.cost !== null && head.cost > INLINE_BUDGET;
  const reason = isOver ? `cost ${head.cost} exceeds budget ${INLINE_BUDGET}` : (head.reason ?? '');
  const before = base.cost === null ? '' : `, was ${isOver ? '' : 'inlined at cost '}${base.cost}`;
  return `cannot inline ${head.expression}${reason === '' ? '' : `: ${reason}`}${before}`;
}
