import type { CauseStep } from '../compare/cause.ts';
import type { Frame, Position } from '../compare/types.ts';
import { callsOn } from './calls.ts';
import type { Edit } from './changed-lines.ts';
import { findChangedControl, findLostGuard } from './control-flow.ts';
import { changedText, lineAbout, lineText } from './lines.ts';
import { namesIn } from './names.ts';
import { splitFrame } from './functions.ts';
import type { Case, Explain, ChangeFacts } from './types.ts';

/** Whether the same site is reached more often, and the compiler's decision did not change. */
function isHitMoreOften({ site, isNew }: Case): boolean {
  return (
    site !== null && !isNew && site.objectsPerOp.base > 0 && site.objectsPerOp.head > site.objectsPerOp.base
  );
}

/** Stack frames, innermost first, as steps from the outermost one. */
export function toSteps(frames: readonly Frame[]): CauseStep[] {
  return frames
    .flatMap(({ function: name, position }) =>
      position ? [{ file: position.file, line: position.line, text: name }] : [],
    )
    .toReversed();
}

const nameKind = <K extends 'caller' | 'function'>(effect: Case, other: K): K | 'call-count' =>
  isHitMoreOften(effect) ? 'call-count' : other;

/** Lines of tests are no cause: both sides run the same ones. */
const isTest = ({ file }: Position): boolean => file.endsWith('_test.go');

/** Whether base had the same code but no call of it came so far. */
const neverRan = ({ site, isNew }: Case): boolean => site !== null && !isNew && site.objectsPerOp.base === 0;

const linesOfBase = ({ base: { firstLine, count } }: Edit): number[] =>
  Array.from({ length: count }, (_, index) => firstLine + index);

/** Whether the lines that a changed calling line replaced contained the same call as often. */
function hadCall(facts: ChangeFacts, { site, callers }: Case, index: number): boolean {
  const position = callers[index]?.position;
  const called = index === 0 ? (site?.function ?? '') : (callers[index - 1]?.function ?? '');
  const name = splitFrame(called).name.replace(/^.*\./su, '');
  if (!position || name === '') return false;
  const { file, line } = position;
  const edits = facts.changes.edits(file, line, line);
  const [head, base] = [facts.sources.head(file), facts.sources.baseOf(file)];
  const headLines = edits.flatMap(({ lines }) => lines);
  const now = head ? callsOn(head, headLines, name) : [];
  const before = base ? callsOn(base, edits.flatMap(linesOfBase), name) : [];
  return (
    now.length > 0 &&
    now.every((call) => before.splice(before.indexOf(call), before.includes(call) ? 1 : 0).length > 0)
  );
}

/**
 * The cause is the innermost changed calling line, or a changed loop or condition around the place or a calling line.
 */
export const explainCaller: Explain<'caller' | 'call-count'> = (facts, effect) => {
  const { callers } = effect;
  const isNewlyRun = neverRan(effect);
  const around =
    findChangedControl(facts, effect.position) ?? findLostGuard(facts, effect.position, isNewlyRun);
  if (around) return around;
  for (const [index, { function: name, position }] of callers.entries()) {
    if (!position || isTest(position)) continue;
    const { file, line } = position;
    const via = toSteps(callers.slice(0, index));
    if (facts.changes.isChanged(file, line) && !(isHitMoreOften(effect) && hadCall(facts, effect, index))) {
      const text = isHitMoreOften(effect) ? changedText(facts, file, line) : name;
      return { kind: nameKind(effect, 'caller'), file, line, text, via };
    }
    const control = findChangedControl(facts, position) ?? findLostGuard(facts, position, isNewlyRun);
    if (control) return { ...control, via: [...control.via, ...toSteps(callers.slice(0, index + 1))] };
  }
  return null;
};

/** The names in the value's flow and on the line in the function. */
function namesAround(facts: ChangeFacts, { decision }: Case, { file, line }: Position): string[] {
  const flow = (decision?.flow ?? []).flatMap(({ text }) => namesIn(text));
  return [...new Set([...namesIn(lineText(facts, file, line)), ...flow])];
}

/** The function of the place changed, or a function that calls it. */
export const explainFunction: Explain<'function' | 'call-count'> = (facts, effect) => {
  for (const [index, position] of effect.stack.entries()) {
    if (isTest(position)) continue;
    const declared = facts.functions.at(position.file, position.line);
    const lines = declared ? facts.functions.changedLines(declared) : [];
    const line = lineAbout(facts, position.file, lines, namesAround(facts, effect, position));
    if (!declared || line === undefined) continue;
    const via = toSteps(effect.callers.slice(0, Math.max(0, index - 1)));
    const { file } = position;
    const text = isHitMoreOften(effect) ? changedText(facts, file, line) : declared.name;
    return { kind: nameKind(effect, 'function'), file, line, text, via };
  }
  return null;
};
