import { addedCharacters } from './changed-lines.ts';
import { codeOf } from './spacing.ts';
import type { ChangeFacts } from './types.ts';

/** The code of a line without its comment. */
export function lineText({ sources }: Pick<ChangeFacts, 'sources'>, file: string, line: number): string {
  const text = sources.head(file)?.lines[line - 1] ?? '';
  return text.replace(/(?:^|\s)\/\/(?!go:).*$/u, '').trim();
}

/** The code of a changed line. For the line below a deletion, the deleted code. */
export function changedText(facts: ChangeFacts, file: string, line: number): string {
  const edits = facts.changes.isChanged(file, line) ? [] : facts.changes.edits(file, line - 1, line);
  const gone = edits.find(({ at, lines }) => at === line && lines.length === 0)?.base.texts ?? [];
  const said = gone.map(codeOf).find((code) => /[\p{L}\p{N}]/u.test(code));
  return said === undefined ? lineText(facts, file, line) : `without ${said}`;
}

const word = (name: string): string => `(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`;

export function mentions(text: string, name: string): boolean {
  return new RegExp(word(name), 'u').test(text);
}

/** Whether a line assigns to a name: `x = 1`, `x.f += 1`, `var x T`, `x: 1`, `x, err := f()`. */
export function assigns(text: string, name: string): boolean {
  const target = `${word(name)}(?:\\.[\\p{L}\\p{N}_.]+|\\[[^\\]]*\\])*`;
  const assignment = `${target}(?:\\s*,[^=:()!<>;]*)?\\s*(?:[-+*/%&|^]|<<|>>|:)?=(?!=)`;
  return new RegExp(
    `${assignment}|${word(name)}:(?!=)|\\bvar\\s+${word(name)}|${target}(?:\\+\\+|--)`,
    'u',
  ).test(text);
}

/** The line with the best score, the first of equal ones; undefined without lines. */
export function bestLine(lines: readonly number[], score: (line: number) => number): number | undefined {
  const scored = lines.map((line) => ({ line, points: score(line) }));
  return scored.sort((a, b) => b.points - a.points || a.line - b.line)[0]?.line;
}

/** The changed line that is most relevant for some names: it assigns to one of them, or at least mentions it. */
export function lineAbout(
  facts: ChangeFacts,
  file: string,
  lines: readonly number[],
  names: readonly string[],
): number | undefined {
  return bestLine(lines, (line) => {
    const text = lineText(facts, file, line);
    const points = names.map((name) => (assigns(text, name) ? 3 : mentions(text, name) ? 1 : 0));
    return points.reduce<number>((sum, one) => sum + one, 0);
  });
}

/** The first of the changed lines in the hunk that added most code. */
export function mostGrown(facts: ChangeFacts, file: string, lines: readonly number[]): number | undefined {
  const [first, last] = [lines[0] ?? 0, lines.at(-1) ?? 0];
  const edits = facts.changes.edits(file, first, last);
  return bestLine(lines, (line) => {
    const edit = edits.find((one) => one.lines.includes(line));
    return edit ? addedCharacters(edit, facts.sources) : Number.NEGATIVE_INFINITY;
  });
}
