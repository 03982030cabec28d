import type { InliningChange, LostCall } from '../compare/escape-diff.ts';
import type { CauseStep } from '../compare/cause.ts';
import { withoutTypeArguments } from '../compare/type-arguments.ts';
import type { Decision, Position } from '../compare/types.ts';
import { formatLines } from './changed-lines.ts';
import { calledFunction, isNameOf } from './functions.ts';
import { type FunctionChange, findGrownFunction } from './inline-cost.ts';
import type { Case, CauseOf, ChangeFacts, Explain } from './types.ts';

/** `inlineMaxBudget` of cmd/compile/internal/inline: a function with a greater cost is not inlined. */
const INLINE_BUDGET = 80;

/** The lines on the way of a value: its place, the calls above it, and the steps of its flow. */
export function linesOf({ stack, decision }: Case): Position[] {
  return [...stack, ...(decision?.flow ?? []).flatMap(({ position }) => position ?? [])];
}

/**
 * The compiler's two decisions in one text, the old one last: `cannot inline F: cost 119 exceeds budget 80, was 77`.
 */
function describeLoss(base: Decision, head: Decision): string {
  const isOver = head.cost !== null && head.cost > INLINE_BUDGET;
  const reason = isOver ? `cost ${head.cost} exceeds budget ${INLINE_BUDGET}` : (head.reason ?? '');
  const before = base.cost === null ? '' : `, was ${isOver ? '' : 'inlined at cost '}${base.cost}`;
  return `cannot inline ${head.expression}${reason === '' ? '' : `: ${reason}`}${before}`;
}

/** Calls that base inlined in lines that head replaced, and that head's line still contains. */
function lostInEdit({ changes, decisions, sources }: ChangeFacts, at: Position): LostCall[] {
  const text = sources.head(at.file)?.lines[at.line - 1] ?? '';
  const now = new Set(decisions.at(at.file, at.line, 'inlining-call').map(({ expression }) => expression));
  return changes.edits(at.file, at.line, at.line).flatMap(({ base }) =>
    decisions
      .beforeBetween(base.file, base.firstLine, base.firstLine + base.count - 1, 'inlining-call')
      .filter(({ expression }) => !now.has(expression) && text.includes(`${bareName(expression)}(`))
      .map((old) => ({ position: at, expression: old.expression, base: old })),
  );
}

/** `keep.(*T).M[...]` → `M`. */
function bareName(called: string): string {
  return withoutTypeArguments(called).replace(/^.*\./su, '');
}

export function lostCallsAt(facts: ChangeFacts, at: Position): LostCall[] {
  const standing = facts.inlining.lostCalls.filter(
    ({ position }) => position.file === at.file && position.line === at.line,
  );
  return standing.length > 0 ? standing : lostInEdit(facts, at);
}

/** The function of a lost call, if head can no longer inline it. */
export function lostFunction(
  { inlining, functions }: ChangeFacts,
  call: Pick<LostCall, 'expression' | 'position'>,
): InliningChange | null {
  const declared = functions.named(call.expression, call.position);
  const isIt = ({ change, head: { position, expression } }: InliningChange): boolean =>
    change === 'lost' &&
    (declared.length === 0
      ? isNameOf(call.expression, expression)
      : declared.some((one) => one.file === position.file && one.firstLine === position.line));
  return inlining.functions.find(isIt) ?? null;
}

/** The changed function and line that made a function too costly or otherwise impossible to inline. */
export function whereLost(facts: ChangeFacts, lost: InliningChange): FunctionChange | null {
  const { file, line } = lost.head.position;
  const declared = facts.functions.at(file, line);
  return declared && findGrownFunction(facts, declared);
}

function explainLoss(
  facts: ChangeFacts,
  lost: InliningChange,
  calls: CauseStep[] = [],
): CauseOf<'inlining-lost'> {
  const { file, line } = lost.head.position;
  const changed = whereLost(facts, lost);
  const where = changed
    ? {
        file: changed.declared.file,
        line: changed.line,
        lines: `; changed ${changed.lines.length === 1 ? 'line' : 'lines'} ${formatLines(changed.lines)}`,
      }
    : { file, line, lines: '' };
  return {
    kind: 'inlining-lost',
    file: where.file,
    line: where.line,
    text: `${describeLoss(lost.base, lost.head)}${where.lines}`,
    via: [...(changed?.via ?? []), ...calls],
  };
}

const toStep = ({ position, expression }: LostCall): CauseStep => ({
  file: position.file,
  line: position.line,
  text: `${expression} is called`,
});

/** Head can no longer inline a function that is called in a test, whose lines head need not have. */
export function explainLostCall(
  facts: ChangeFacts,
  called: string,
  position: Position,
): CauseOf<'inlining-lost'> | null {
  const lost = lostFunction(facts, { expression: called, position });
  return lost && explainLoss(facts, lost);
}

/** Whether base sent the same value to the heap: it is not there because a call is no longer inlined. */
function wasOnHeap({ decision, isNew }: Case): boolean {
  return !isNew && (decision?.flow ?? []).some(({ text }) => text.startsWith('{heap} ← '));
}

/**
 * Lost calls on the lines on a value's way. If the value is passed to a function, only calls of that function count.
 */
function lostOnTheWay(facts: ChangeFacts, effect: Case): LostCall[] {
  if (wasOnHeap(effect)) return [];
  const { position, decision } = effect;
  const steps = (decision?.flow ?? []).flatMap(({ position: at, reason, text }) => {
    const called = reason === 'call parameter' ? calledFunction(text) : null;
    return at ? [{ at, called }] : [];
  });
  return [{ at: position, called: null }, ...steps].flatMap(({ at, called }) =>
    lostCallsAt(facts, at).filter(({ expression }) => called === null || isNameOf(called, expression)),
  );
}

/**
 * Lost calls of the function of the place, and of the functions that it is inlined into. Calls above one that base did
 * not inline either do not count. If head's decision about the place itself is different, none of them counts.
 */
function lostAbove(facts: ChangeFacts, { callers, decision, site, isNew }: Case): LostCall[] {
  // An allocation in a function of another module, without a decision, is not one of the values that the line makes.
  const isCalled = (site?.callees ?? []).some((calls) => calls.length > 0) && site?.inlines !== true;
  const isElsewhere = decision === null && isCalled;
  let below = isNew || isElsewhere ? '' : (site?.function ?? '');
  for (const { function: name, position, inlines } of below === '' ? [] : callers) {
    if (!position) return [];
    const callee = below;
    const lost = lostCallsAt(facts, position).filter(({ expression }) =>
      facts.functions.isCallOf(expression, position, callee),
    );
    if (lost.length > 0) return lost;
    if (!inlines || facts.changes.isChanged(position.file, position.line)) return [];
    below = name;
  }
  return [];
}

/** Base inlined a call on the value's way, and head can no longer inline that function. */
export const explainInlining: Explain<'inlining-lost'> = (facts, effect) => {
  for (const call of [...lostOnTheWay(facts, effect), ...lostAbove(facts, effect)]) {
    const lost = lostFunction(facts, call);
    if (lost) return explainLoss(facts, lost, [toStep(call)]);
  }
  return null;
};
