import { diffArrays } from 'diff';
import { firstLineOf, type LineMap } from '../compare/line-map.ts';
import type { FileChange, Position, TreeDiff } from '../compare/types.ts';
import { listTexts } from '../syntax/texts.ts';

/** The code of a line in a normal form: without comment and indentation, with single spaces. */
export function codeOf(text: string): string {
  return text
    .replace(/(?:^|\s)\/\/(?!go:).*$/u, '')
    .trim()
    .replaceAll(/\s+/gu, ' ');
}

/** Whether a line is too common to identify anything. */
const isTrivial = (code: string): boolean => /^[(){}[\],;\s]*$/u.test(code);

/** The maximum number of edits in a group of hunks. One with more is new code, and comparing it would take too long. */
const MAX_EDITS = 2000;

type Hunk = FileChange['hunks'][number];
type Lines = readonly string[];

const listLines = ({ start, lines }: Hunk['head']): number[] =>
  Array.from({ length: lines }, (_, index) => start + index);

/**
 * Joins hunks with only brackets between them: where a block was put around code that ends with one, git takes the bracket
 * of the one for that of the other, and the lines around it are in different hunks.
 */
function groupHunks(hunks: readonly Hunk[], after: Lines): Hunk[][] {
  const groups: Hunk[][] = [];
  let end = 1;
  for (const hunk of hunks) {
    const between = after.slice(end - 1, firstLineOf(hunk.head) - 1);
    const last = groups.at(-1);
    if (last && between.every((line) => isTrivial(codeOf(line)))) last.push(hunk);
    else groups.push([hunk]);
    end = firstLineOf(hunk.head) + hunk.head.lines;
  }
  return groups;
}

/**
 * Pairs head's lines that a change only indented or aligned differently with base's lines, both from 1. It is a longest
 * common subsequence (Myers 1986), so a line without a partner does not separate the pairs around it.
 */
function pairGroup(hunks: readonly Hunk[], before: Lines, after: Lines): [number, number][] {
  const base = hunks.flatMap((hunk) => listLines(hunk.base));
  const head = hunks.flatMap((hunk) => listLines(hunk.head));
  if (base.length === 0 || head.length === 0) return [];
  const codesOf = (numbers: readonly number[], lines: Lines): string[] =>
    numbers.map((line) => codeOf(lines[line - 1] ?? ''));
  const [old, young] = [codesOf(base, before), codesOf(head, after)];
  const pairs: [number, number][] = [];
  let [baseAt, headAt] = [0, 0];
  for (const { added, removed, value } of diffArrays(old, young, { maxEditLength: MAX_EDITS }) ?? []) {
    if (!added && !removed) {
      for (const [index, code] of value.entries())
        if (!isTrivial(code)) pairs.push([head[headAt + index] ?? 0, base[baseAt + index] ?? 0]);
    }
    if (!added) baseAt += value.length;
    if (!removed) headAt += value.length;
  }
  return pairs;
}

/** The ends of lines of a file, and its curly brackets outside comments, strings and runes, in order. */
function* listMarks(text: string): Generator<string> {
  let at = 0;
  for (const { start, end } of listTexts(text)) {
    yield* text.slice(at, start).match(/[{}\n]/gu) ?? [];
    yield* text.slice(start, end).match(/\n/gu) ?? [];
    at = end;
  }
  yield* text.slice(at).match(/[{}\n]/gu) ?? [];
}

/**
 * A number for each line that tells which curly brackets are open at its beginning. `nameOf`: the line of base that an
 * opening line of this side is; null: the other side does not have it, so its bracket does not count. `known` gives the same
 * numbers for both sides.
 */
function readBlocks(
  lines: Lines,
  nameOf: (line: number) => number | null,
  known: Map<string, number>,
): number[] {
  const open = [0];
  const blocks = [0];
  const enter = (name: number | null): number => {
    const around = open.at(-1) ?? 0;
    if (name === null) return around;
    const key = `${around} ${name}`;
    const block = known.get(key) ?? known.size + 1;
    known.set(key, block);
    return block;
  };
  for (const mark of listMarks(lines.join('\n'))) {
    if (mark === '\n') blocks.push(open.at(-1) ?? 0);
    else if (mark === '{') open.push(enter(nameOf(blocks.length)));
    else if (open.length > 1) open.pop();
  }
  return blocks;
}

/** The lines of head outside the hunks, and the lines of base that they are. */
function pairUnchanged(hunks: readonly Hunk[], after: Lines): Map<number, number> {
  const pairs = new Map<number, number>();
  let [line, base] = [1, 1];
  for (const hunk of hunks) {
    for (; line < firstLineOf(hunk.head); line += 1, base += 1) pairs.set(line, base);
    line += hunk.head.lines;
    base += hunk.base.lines;
  }
  for (; line <= after.length; line += 1, base += 1) pairs.set(line, base);
  return pairs;
}

/** The pairs of one file. A line that moved into a block that base has, or out of one that head has, has no partner. */
function pairFile(hunks: readonly Hunk[], before: Lines, after: Lines): Map<number, number> {
  const pairs = groupHunks(hunks, after).flatMap((group) => pairGroup(group, before, after));
  if (pairs.length === 0) return new Map();
  const toBase = pairUnchanged(hunks, after);
  for (const [line, base] of pairs) toBase.set(line, base);
  const inBoth = new Set(toBase.values());
  const known = new Map<string, number>();
  const young = readBlocks(after, (line) => toBase.get(line) ?? null, known);
  const old = readBlocks(before, (line) => (inBoth.has(line) ? line : null), known);
  return new Map(pairs.filter(([line, base]) => young[line - 1] === old[base - 1]));
}

/** The lines of files of head, and those of base's versions of them; null: it has none. */
export type ReadLines = Record<'head' | 'baseOf', (headFile: string) => { lines: Lines } | null>;

/**
 * The same map, but lines with changes only in indentation, alignment or comments count as unchanged: gofmt realigns a
 * whole struct if one field gets a longer name.
 */
export function ignoreSpacing(map: LineMap, diff: TreeDiff, sources: ReadLines): LineMap {
  const byHead = new Map(diff.map((change) => [change.headPath, change]));
  const known = new Map<string, Map<number, number>>();
  const pairsOf = (file: string): Map<number, number> => {
    const found = known.get(file);
    if (found) return found;
    const { hunks = [] } = byHead.get(file) ?? {};
    const before = hunks.length > 0 ? (sources.baseOf(file)?.lines ?? []) : [];
    const after = before.length > 0 ? (sources.head(file)?.lines ?? []) : [];
    const pairs = pairFile(after.length > 0 ? hunks : [], before, after);
    known.set(file, pairs);
    return pairs;
  };
  const toBase = (position: Position): Position | null => {
    const old = map.toBase(position);
    if (old) return old;
    const line = pairsOf(position.file).get(position.line);
    const file = byHead.get(position.file)?.basePath ?? null;
    return line === undefined || file === null ? null : { ...position, file, line };
  };
  return {
    ...map,
    toBase,
    isChangedInHead: (file, line) => toBase({ file, line, column: 0 }) === null,
  };
}
