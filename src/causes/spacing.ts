import { diffArrays } from 'diff';
import type { LineMap } from '../compare/line-map.ts';
import type { FileChange, Position, TreeDiff } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';

/** The code of a line in a normal form: without comment and indentation, with single spaces. */
export function codeOf(text: string): string {
  return text
    .replace(/(?:^|\s)\/\/(?!go:).*$/u, '')
    .trim()
    .replaceAll(/\s+/gu, ' ');
}

/** Whether a line is too common to identify anything. */
const isTrivial = (code: string): boolean => /^[(){}[\],;\s]*$/u.test(code);

/** The maximum number of edits in a hunk. A hunk with more is new code, and comparing it would take too long. */
const MAX_EDITS = 2000;

/**
 * Pairs head's lines that one hunk only indented or aligned differently with base's lines, both from 1. It is a longest
 * common subsequence (Myers 1986), so a line without a partner does not separate the pairs around it.
 */
function pairHunk(
  { base, head }: FileChange['hunks'][number],
  before: readonly string[],
  after: readonly string[],
): [number, number][] {
  const old = before.slice(base.start - 1, base.start - 1 + base.lines).map(codeOf);
  const young = after.slice(head.start - 1, head.start - 1 + head.lines).map(codeOf);
  const pairs: [number, number][] = [];
  let [baseLine, headLine] = [base.start, head.start];
  for (const { added, removed, value } of diffArrays(old, young, { maxEditLength: MAX_EDITS }) ?? []) {
    if (!added && !removed) {
      for (const [index, code] of value.entries())
        if (!isTrivial(code)) pairs.push([headLine + index, baseLine + index]);
    }
    if (!added) baseLine += value.length;
    if (!removed) headLine += value.length;
  }
  return pairs;
}

/**
 * The same map, but lines with changes only in indentation, alignment or comments count as unchanged: gofmt realigns a
 * whole struct if one field gets a longer name.
 */
export function ignoreSpacing(map: LineMap, diff: TreeDiff, sources: Sources): LineMap {
  const byHead = new Map(diff.map((change) => [change.headPath, change]));
  const known = new Map<string, Map<number, number>>();
  const pairsOf = (file: string): Map<number, number> => {
    const found = known.get(file);
    if (found) return found;
    const hunks = (byHead.get(file)?.hunks ?? []).filter(
      ({ base, head }) => base.lines > 0 && head.lines > 0,
    );
    const before = hunks.length > 0 ? (sources.baseOf(file)?.lines ?? []) : [];
    const after = before.length > 0 ? (sources.head(file)?.lines ?? []) : [];
    const pairs = new Map(hunks.flatMap((hunk) => pairHunk(hunk, before, after)));
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
