import path from 'node:path';
import type { Cause, CauseStep, Frame, Position } from '../compare/types.ts';
import { findControl } from './control.ts';
import type { DeclaredFunction } from './functions.ts';
import { findChangedFunction } from './growth.ts';
import { linesOf } from './inlining.ts';
import { assigns, lineAbout, lineText, mentions } from './lines.ts';
import { namesIn } from './names.ts';
import { handovers, parameterAt } from './parameters.ts';
import type { Case, Explain, Facts } from './types.ts';

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

/** The innermost calling line that changed, or loop or condition around the place or a calling line. */
export const explainCaller: Explain = (facts, effect) => {
  const { callers } = effect;
  const around = findControl(facts, effect.position);
  if (around) return around;
  for (const [index, { function: name, position }] of callers.entries()) {
    if (!position) continue;
    const { file, line } = position;
    const via = toSteps(callers.slice(0, index));
    if (facts.changes.isChanged(file, line)) {
      const text = isHitMoreOften(effect) ? lineText(facts, file, line) : name;
      return { kind: nameKind(effect, 'caller'), file, line, text, via };
    }
    const control = findControl(facts, position);
    if (control) return { ...control, via: [...control.via, ...toSteps(callers.slice(0, index + 1))] };
  }
  return null;
};

/** A change in a function that was inlined on the value's way, or that the value was handed to. */
export const explainCallee: Explain = (facts, effect) => {
  const inlined = linesOf(effect).flatMap(({ file, line }) =>
    facts.decisions
      .at(file, line, 'inlining-call')
      .map(({ expression }) => ({ called: expression, file, argument: null })),
  );
  const handed = (effect.decision ? handovers(effect.decision) : []).map(({ called, step, argument }) => ({
    called,
    argument,
    file: step.position?.file ?? effect.position.file,
  }));
  for (const { called, file: near, argument } of [...inlined, ...handed]) {
    for (const declared of facts.functions.named(called, near)) {
      const changed = findChangedFunction(facts, declared);
      if (!changed) continue;
      const { file, name } = changed.declared;
      const parameter = parameterAt(facts, declared, argument);
      const line = parameter === null ? changed.line : lineAbout(facts, file, changed.lines, [parameter]);
      return { kind: 'function', file, line: line ?? changed.line, text: name, via: changed.via };
    }
  }
  return null;
};

/** What the value's flow, and the line in the function, speak of. */
function namesAround(facts: Facts, { decision }: Case, { file, line }: Position): string[] {
  const flow = (decision?.flow ?? []).flatMap(({ text }) => namesIn(text));
  return [...new Set([...namesIn(lineText(facts, file, line)), ...flow])];
}

/** A change in the function of the place or in one that calls it. */
export const explainFunction: Explain = (facts, effect) => {
  for (const [index, position] of effect.stack.entries()) {
    const declared = facts.functions.at(position.file, position.line);
    const lines = declared ? facts.functions.changedLines(declared) : [];
    const line = lineAbout(facts, position.file, lines, namesAround(facts, effect, position));
    if (!declared || line === undefined) continue;
    const via = toSteps(effect.callers.slice(0, Math.max(0, index - 1)));
    const { file } = position;
    const text = isHitMoreOften(effect) ? lineText(facts, file, line) : declared.name;
    return { kind: nameKind(effect, 'function'), file, line, text, via };
  }
  return null;
};

function bodyOf(facts: Facts, { file, firstLine, lastLine }: DeclaredFunction): string {
  const lines = facts.sources.head(file)?.lines.slice(firstLine - 1, lastLine);
  return (lines ?? []).join('\n');
}

/** A changed line of the package that sets one of the fields which a text reads. */
function findField(facts: Facts, text: string, near: string): Position | null {
  const read = new Set(
    text.match(/(?<=[\p{L}\p{N}_\])]\.)[\p{L}_][\p{L}\p{N}_]*(?![\p{L}\p{N}_]|\()/gu) ?? [],
  );
  const folder = path.posix.dirname(near);
  const isOwn = (file: string): boolean =>
    path.posix.dirname(file) === folder && /(?<!_test)\.go$/u.test(file);
  for (const file of facts.changes.files.filter(isOwn)) {
    const last = facts.sources.head(file)?.lines.length ?? 0;
    const line = facts.changes.within(file, 1, last).find((at) => {
      const code = lineText(facts, file, at);
      return [...read].some((name) => mentions(code, name) && assigns(code, name));
    });
    if (line !== undefined) return { file, line, column: 0 };
  }
  return null;
}

/**
 * A changed constant or variable that the function of the place, or one that calls it, reads: a loop's bound, a limit; or
 * a field that it reads and a changed line of the package sets.
 */
export const explainValue: Explain = (facts, effect) => {
  const readers = effect.stack.flatMap(({ file, line }) => facts.functions.at(file, line) ?? []);
  for (const declared of readers) {
    const { file, firstLine, name } = declared;
    const body = bodyOf(facts, declared);
    const kinds = ['constant', 'variable'] as const;
    const changed = facts.names.findChanged(namesIn(body), file, { kinds });
    const at = changed && { file: changed.declaration.file, line: changed.line };
    const found = at ?? findField(facts, body, file);
    if (!found) continue;
    const text = lineText(facts, found.file, found.line);
    const via = [{ file, line: firstLine, text: name }];
    return { kind: 'call-count', file: found.file, line: found.line, text, via };
  }
  return null;
};
