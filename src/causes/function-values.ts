import path from 'node:path';
import type { ChangedLines } from './changed-lines.ts';
import { splitFrame } from './functions.ts';
import { lineText } from './lines.ts';
import type { Case, ChangeFacts, Explain } from './types.ts';

/** Changed lines outside tests, without blank lines and comments. */
const changedLinesOf = (changes: ChangedLines, { sources }: ChangeFacts): { file: string; line: number }[] =>
  changes.files
    .filter((file) => /(?<!_test)\.go$/u.test(file))
    .flatMap((file) =>
      changes.within(file, 1, sources.head(file)?.lines.length ?? 0).map((line) => ({ file, line })),
    );

/**
 * Functions on the way to the place that are called through a field, a variable or a parameter instead of by their
 * name.
 */
function indirectlyCalled(facts: ChangeFacts, { site, callers }: Case): { name: string; folder: string }[] {
  const frames = [site?.function ?? '', ...callers.map((frame) => frame.function)];
  return frames.flatMap((frame, index) => {
    const position = callers[index]?.position;
    const declared = facts.functions.ofFrame(frame);
    const name = splitFrame(frame).name.replace(/^.*\./su, '');
    if (!position || !declared || name === '') return [];
    const isNamed = new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?:\\[[^\\]]*\\])?\\(`, 'u');
    const isDirect = isNamed.test(lineText(facts, position.file, position.line));
    return isDirect ? [] : [{ name, folder: path.posix.dirname(declared.file) }];
  });
}

/** A changed line newly passes on a function: `s.read = slow`, `New(t.Fresh)`. */
export const explainFunctionValue: Explain<'call-count'> = (facts, effect) => {
  for (const { name, folder } of indirectlyCalled(facts, effect)) {
    const asValue = new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_(:])`, 'u');
    const isDeclaration = new RegExp(`^func\\s+(?:\\([^)]*\\)\\s*)?${name}(?![\\p{L}\\p{N}_])`, 'u');
    for (const { file, line } of changedLinesOf(facts.changes, facts)) {
      const text = lineText(facts, file, line);
      if (!asValue.test(text) || isDeclaration.test(text)) continue;
      const isNear = path.posix.dirname(file) === folder || facts.packages.reachable(file).includes(folder);
      const before = facts.changes.edits(file, line, line).flatMap(({ base }) => base.texts);
      if (!isNear || before.some((old) => asValue.test(old))) continue;
      const via = [{ file: effect.position.file, line: effect.position.line, text: name }];
      return { kind: 'call-count', file, line, text, via };
    }
  }
  return null;
};
