import type { DeclaredFunction } from './functions.ts';
import { findChangedFunction } from './inline-cost.ts';
import { linesOf } from './inlining.ts';
import { lineAbout, lineText } from './lines.ts';
import { handovers, parameterAt } from './parameters.ts';
import type { Case, ChangeFacts, Explain } from './types.ts';

/** Code without qualifiers: inlined elsewhere, `kept = &n` is `lib.kept = &lib.n`. */
const withoutQualifiers = (code: string): string =>
  code.replaceAll(/(?<![\p{L}\p{N}_.])[\p{L}\p{N}_]+\.(?=[\p{L}_])/gu, '');

/** The changed line of an inlined function that the compiler quotes in the value's flow: `from kept = p (assign)`. */
function quotedLine(
  facts: ChangeFacts,
  { decision }: Case,
  file: string,
  lines: readonly number[],
): number | null {
  const quoted = (decision?.flow ?? [])
    .filter(({ text }) => /[=(]/u.test(text))
    .map(({ text }) => withoutQualifiers(text));
  const isQuoted = (code: string): boolean => quoted.some((text) => withoutQualifiers(code).includes(text));
  return lines.find((line) => isQuoted(lineText(facts, file, line))) ?? null;
}

const contains = ({ file, firstLine, lastLine }: DeclaredFunction, { stack }: Case): boolean =>
  stack.some((at) => at.file === file && firstLine <= at.line && at.line <= lastLine);

/** A function changed that was inlined on the value's way, or that got the value as an argument. */
export const explainCallee: Explain<'function'> = (facts, effect) => {
  const inlined = linesOf(effect).flatMap(({ file, line }) =>
    facts.decisions
      .at(file, line, 'inlining-call')
      .map(({ expression }) => ({ called: expression, near: { file, line }, argument: null })),
  );
  const handed = (effect.decision ? handovers(effect.decision) : []).map(({ called, step, argument }) => ({
    called,
    argument,
    near: step.position ?? effect.position,
  }));
  for (const { called, near, argument } of [...inlined, ...handed]) {
    for (const declared of facts.functions.named(called, near)) {
      // Of a function around the place, `explainFunction` knows better which of its lines counts.
      if (contains(declared, effect)) continue;
      const changed = findChangedFunction(facts, declared);
      if (!changed) continue;
      const { file, name } = changed.declared;
      const parameter = parameterAt(facts, declared, argument);
      const line =
        parameter === null
          ? quotedLine(facts, effect, file, changed.lines)
          : lineAbout(facts, file, changed.lines, [parameter]);
      return { kind: 'function', file, line: line ?? changed.line, text: name, via: changed.via };
    }
  }
  return null;
};
