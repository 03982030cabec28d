import type { FileChange, Position, TreeDiff } from './types.ts';

/** Maps lines between base and head. Built once per review from the diff. */
export type LineMap = {
  /** The position of a base line at head, or null if head changed or deleted the line. */
  toHead: (position: Position) => Position | null;
  /** The position of a head line at base, or null if head added or changed the line. */
  toBase: (position: Position) => Position | null;
  /** Whether head added or changed this line of a head file. */
  isChangedInHead: (file: string, line: number) => boolean;
  /** Whether head deleted or changed this line of a base file. */
  isChangedInBase: (file: string, line: number) => boolean;
};

export type LineSpan = FileChange['hunks'][number]['head'];

/** The first line of a span. git gives a span of 0 lines the line before it as its start (`@@ -3,0 +4,2 @@`). */
export const firstLineOf = ({ start, lines }: LineSpan): number => (lines === 0 ? start + 1 : start);

/** A run of lines of one side: its first line, the first line after it, and the line on the other side minus the line here. */
type Run = { first: number; end: number; shift: number };

/** The hunks of a file as runs of lines that have no partner, with the shift of the lines after each, in order. */
function listRuns(hunks: readonly { from: LineSpan; to: LineSpan }[]): Run[] {
  let shift = 0;
  return hunks.map(({ from, to }) => {
    const first = firstLineOf(from);
    shift += to.lines - from.lines;
    return { first, end: first + from.lines, shift };
  });
}

/** The line on the other side; null in a hunk. */
function mapLine(runs: readonly Run[], line: number): number | null {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((runs[middle]?.first ?? Infinity) <= line) low = middle + 1;
    else high = middle;
  }
  const last = runs[low - 1];
  if (!last) return line;
  return line < last.end ? null : line + last.shift;
}

/** The other version of a file. `path`: null if there is none, or if the file is binary. */
type OtherSide = { path: string | null; runs: Run[] };

function mapPosition(files: ReadonlyMap<string, OtherSide>, position: Position): Position | null {
  const other = files.get(position.file);
  if (!other) return position;
  if (other.path === null) return null;
  const line = mapLine(other.runs, position.line);
  return line === null ? null : { ...position, file: other.path, line };
}

export function buildLineMap(diff: TreeDiff): LineMap {
  const byBase = new Map<string, OtherSide>();
  const byHead = new Map<string, OtherSide>();
  for (const { basePath, headPath, binary, hunks } of diff) {
    const toHead = listRuns(hunks.map(({ base, head }) => ({ from: base, to: head })));
    const toBase = listRuns(hunks.map(({ base, head }) => ({ from: head, to: base })));
    if (basePath !== null) byBase.set(basePath, { path: binary ? null : headPath, runs: toHead });
    if (headPath !== null) byHead.set(headPath, { path: binary ? null : basePath, runs: toBase });
  }
  const toHead = (position: Position): Position | null => mapPosition(byBase, position);
  const toBase = (position: Position): Position | null => mapPosition(byHead, position);
  return {
    toHead,
    toBase,
    isChangedInHead: (file, line) => toBase({ file, line, column: 0 }) === null,
    isChangedInBase: (file, line) => toHead({ file, line, column: 0 }) === null,
  };
}
