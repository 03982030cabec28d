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

type LineSpan = { start: number; lines: number };

/** A run of lines of one side: its first line, the first line after it, and the line on the other side minus the line here. */
type Run = { first: number; end: number; shift: number };

/**
 * The hunks of a file as runs of lines that have no partner, with the shift of the lines after each, in order.
 * git writes a span of 0 lines with the line *before* it as its start (`@@ -3,0 +4,2 @@`).
 */
function listRuns(hunks: readonly { from: LineSpan; to: LineSpan }[]): Run[] {
  let shift = 0;
  return hunks.map(({ from, to }) => {
    const first = from.lines === 0 ? from.start + 1 : from.start;
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

/** Calls `make` once for each change. */
function oncePer(make: (change: FileChange) => Run[]): (change: FileChange) => Run[] {
  const made = new Map<FileChange, Run[]>();
  return (change) => {
    const runs = made.get(change) ?? make(change);
    made.set(change, runs);
    return runs;
  };
}

export function buildLineMap(diff: TreeDiff): LineMap {
  const byBase = new Map<string, FileChange>();
  const byHead = new Map<string, FileChange>();
  for (const change of diff) {
    if (change.basePath !== null) byBase.set(change.basePath, change);
    if (change.headPath !== null) byHead.set(change.headPath, change);
  }
  const runsOfBase = oncePer(({ hunks }) =>
    listRuns(hunks.map(({ base, head }) => ({ from: base, to: head }))),
  );
  const runsOfHead = oncePer(({ hunks }) =>
    listRuns(hunks.map(({ base, head }) => ({ from: head, to: base }))),
  );
  const toHead = (position: Position): Position | null => {
    const change = byBase.get(position.file);
    if (!change) return position;
    if (change.headPath === null || change.binary) return null;
    const line = mapLine(runsOfBase(change), position.line);
    return line === null ? null : { ...position, file: change.headPath, line };
  };
  const toBase = (position: Position): Position | null => {
    const change = byHead.get(position.file);
    if (!change) return position;
    if (change.basePath === null || change.binary) return null;
    const line = mapLine(runsOfHead(change), position.line);
    return line === null ? null : { ...position, file: change.basePath, line };
  };
  return {
    toHead,
    toBase,
    isChangedInHead: (file, line) => toBase({ file, line, column: 0 }) === null,
    isChangedInBase: (file, line) => toHead({ file, line, column: 0 }) === null,
  };
}
