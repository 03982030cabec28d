import type { Cause, CauseStep, Frame } from '../compare/types.ts';
import { calledFunction } from './functions.ts';
import { findChangedFunction, linesOf } from './inlining.ts';
import { namesIn } from './names.ts';
import { lineText } from './parameters.ts';
import type { Case, Explain } from './types.ts';

/** The same site as before, hit more often, and the compiler decides as before. */
function isHitMoreOften({ site, isNew }: Case): boolean {
  return (
    site !== null && !isNew && site.objectsPerOp.base > 0 && site.objectsPerOp.head > site.objectsPerOp.base
  );
}

function toSteps(frames: readonly Frame[]): CauseStep[] {
  return frames
    .flatMap(({ function: name, position }) =>
      position ? [{ file: position.file, line: position.line, text: name }] : [],
    )
    .toReversed();
}

const nameKind = (effect: Case, other: 'caller' | 'function'): Cause['kind'] =>
  isHitMoreOften(effect) ? 'call-count' : other;

/** The innermost calling line that changed. */
export const explainCaller: Explain = ({ changes }, effect) => {
  const { callers } = effect;
  const index = callers.findIndex(
    ({ position }) => position && changes.isChanged(position.file, position.line),
  );
  const frame = callers[index];
  if (!frame?.position) return null;
  const { file, line } = frame.position;
  const kind = nameKind(effect, 'caller');
  return { kind, file, line, text: frame.function, via: toSteps(callers.slice(0, index)) };
};

/** A change in a function that was inlined on the value's way, or that the value was handed to. */
export const explainCallee: Explain = (facts, effect) => {
  const inlined = linesOf(effect).flatMap(({ file, line }) =>
    facts.decisions.at(file, line, 'inlining-call').map(({ expression }) => expression),
  );
  const called = (effect.decision?.flow ?? []).flatMap(({ reason, text }) =>
    reason === 'call parameter' ? (calledFunction(text) ?? []) : [],
  );
  for (const declared of [...new Set([...inlined, ...called])].flatMap((name) =>
    facts.functions.named(name),
  )) {
    const changed = findChangedFunction(facts, declared);
    const [line] = changed?.lines ?? [];
    if (!changed || line === undefined) continue;
    const { file, name } = changed.declared;
    return { kind: 'function', file, line, text: name, via: changed.via };
  }
  return null;
};

/** A change in the function of the place or in one that calls it. */
export const explainFunction: Explain = (facts, effect) => {
  for (const [index, { file, line }] of effect.stack.entries()) {
    const declared = facts.functions.at(file, line);
    const [changed] = declared ? facts.functions.changedLines(declared) : [];
    if (!declared || changed === undefined) continue;
    const via = toSteps(effect.callers.slice(0, Math.max(0, index - 1)));
    return { kind: nameKind(effect, 'function'), file, line: changed, text: declared.name, via };
  }
  return null;
};

/** A changed constant or variable that the function of the place, or one that calls it, reads: a loop's bound, a limit. */
export const explainValue: Explain = (facts, effect) => {
  for (const { file, line } of effect.stack) {
    const declared = facts.functions.at(file, line);
    if (!declared) continue;
    const { firstLine, lastLine } = declared;
    const body =
      facts.sources
        .head(file)
        ?.lines.slice(firstLine - 1, lastLine)
        .join('\n') ?? '';
    const changed = facts.names.findChanged(namesIn(body), file, ['constant', 'variable']);
    if (!changed) continue;
    const { declaration, line: at } = changed;
    const text = lineText(facts, declaration.file, at);
    const via = [{ file, line, text: declared.name }];
    return { kind: nameKind(effect, 'function'), file: declaration.file, line: at, text, via };
  }
  return null;
};
