import type { InliningChange, LostCall } from '../compare/escape-diff.ts';
import type { Cause, CauseStep, Decision, Position } from '../compare/types.ts';
import { formatLines } from './changes.ts';
import { type DeclaredFunction, splitName } from './functions.ts';
import type { Case, Explain, Facts } from './types.ts';

/** `inlineMaxBudget` of cmd/compile/internal/inline: a function of a greater cost is not inlined. */
const INLINE_BUDGET = 80;
/** Callees of callees: a cost can grow far down. */
const maxDepth = 3;

/** The lines on the way of a value: its place, the calls above it, the steps of its flow. */
export function linesOf({ stack, decision }: Case): Position[] {
  return [...stack, ...(decision?.flow ?? []).flatMap(({ position }) => position ?? [])];
}

/** Above a changed call, what is inlined where has no say in the allocation: the call itself is new. */
function withoutCallersOfChanges({ changes }: Facts, effect: Case): Case {
  const changed = effect.stack.findIndex(({ file, line }) => changes.isChanged(file, line));
  return changed < 0 ? effect : { ...effect, stack: effect.stack.slice(0, changed) };
}

/** The compiler's two statements, the old one last: `cannot inline F: cost 119 exceeds budget 80, was 77`. */
function describeLoss(base: Decision, head: Decision): string {
  const isOver = head.cost !== null && head.cost > INLINE_BUDGET;
  const reason = isOver ? `cost ${head.cost} exceeds budget ${INLINE_BUDGET}` : (head.reason ?? '');
  const before = base.cost === null ? '' : `, was ${isOver ? '' : 'inlined at cost '}${base.cost}`;
  return `cannot inline ${head.expression}${reason === '' ? '' : `: ${reason}`}${before}`;
}

/** The functions that are inlined into a function of head, or that it calls by name. */
function calleesOf({ decisions, functions }: Facts, caller: DeclaredFunction): DeclaredFunction[] {
  const { file, firstLine, lastLine } = caller;
  const inlined = decisions.between(file, firstLine, lastLine, 'inlining-call');
  return [...new Set(inlined.map(({ expression }) => expression))].flatMap((name) => functions.named(name));
}

export type ChangedFunction = { declared: DeclaredFunction; lines: number[]; via: CauseStep[] };

/** The function itself if its lines changed, else the nearest changed one among those that were inlined into it. */
export function findChangedFunction(facts: Facts, declared: DeclaredFunction): ChangedFunction | null {
  const seen = new Set<string>();
  let front: ChangedFunction[] = [{ declared, lines: facts.functions.changedLines(declared), via: [] }];
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const changed = front.find(({ lines }) => lines.length > 0);
    if (changed) return changed;
    front = front.flatMap(({ declared: caller, via }) => {
      const step = { file: caller.file, line: caller.firstLine, text: caller.name };
      return calleesOf(facts, caller)
        .filter(({ file, firstLine }) => !seen.has(`${file}:${firstLine}`))
        .map((callee) => {
          seen.add(`${callee.file}:${callee.firstLine}`);
          return { declared: callee, lines: facts.functions.changedLines(callee), via: [step, ...via] };
        });
    });
  }
  return null;
}

const isSameCallee = (called: string, lost: InliningChange): boolean => {
  const name = lost.head.expression.replaceAll(/\[[^\]]*\]/gu, '');
  return splitName(called).name === name || called === name;
};

function explainLoss(facts: Facts, call: LostCall, lost: InliningChange): Cause {
  const { file, line } = lost.head.position;
  const declared = facts.functions.at(file, line);
  const changed = declared && findChangedFunction(facts, declared);
  const [first] = changed?.lines ?? [];
  const where =
    changed && first !== undefined
      ? { file: changed.declared.file, line: first, lines: `; changed: ${formatLines(changed.lines)}` }
      : { file, line, lines: '' };
  return {
    kind: 'inlining-lost',
    file: where.file,
    line: where.line,
    text: `${describeLoss(lost.base, lost.head)}${where.lines}`,
    via: [
      ...(changed?.via ?? []),
      { file: call.position.file, line: call.position.line, text: `${call.expression} is called` },
    ],
  };
}

/** A call on the way that base inlined, of a function that head cannot inline any more. */
export const explainInlining: Explain = (facts, effect) => {
  for (const at of linesOf(withoutCallersOfChanges(facts, effect))) {
    for (const call of lostCallsAt(facts, at)) {
      const lost = facts.inlining.functions.find(
        (one) => one.change === 'lost' && isSameCallee(call.expression, one),
      );
      if (lost) return explainLoss(facts, call, lost);
    }
  }
  return null;
};

export function lostCallsAt({ inlining }: Facts, at: Position): LostCall[] {
  return inlining.lostCalls.filter(({ position }) => position.file === at.file && position.line === at.line);
}
