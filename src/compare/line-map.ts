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

/**
 * Walks the hunks up to `line`; returns its line on the other side, or null inside a hunk.
 * git writes a span of 0 lines with the line *before* it as its start (`@@ -3,0 +4,2 @@`).
 */
function mapLine(hunks: { from: LineSpan; to: LineSpan }[], line: number): number | null {
  let shift = 0;
  for (const { from, to } of hunks) {
    const first = from.lines === 0 ? from.start + 1 : from.start;
    if (line < first) break;
    if (line < first + from.lines) return null;
    shift += to.lines - from.lines;
  }
  return line + shift;
}

export function buildLineMap(diff: TreeDiff): LineMap {
  const byBase = new Map<string, FileChange>();
  const byHead = new Map<string, FileChange>();
  for (const change of diff) {
    if (change.basePath !== null) byBase.set(change.basePath, change);
    if (change.headPath !== null) byHead.set(change.headPath, change);
  }
  const toHead = (position: Position): Position | null => {
    const change = byBase.get(position.file);
    if (!change) return position;
    if (change.headPath === null || change.binary) return null;
    const line = mapLine(
      change.hunks.map((h) => ({ from: h.base, to: h.head })),
      position.line,
    );
    return line === null ? null : { ...position, file: change.headPath, line };
  };
  const toBase = (position: Position): Position | null => {
    const change = byHead.get(position.file);
    if (!change) return position;
    if (change.basePath === null || change.binary) return null;
    const line = mapLine(
      change.hunks.map((h) => ({ from: h.head, to: h.base })),
      position.line,
    );
    return line === null ? null : { ...position, file: change.basePath, line };
  };
  return {
    toHead,
    toBase,
    isChangedInHead: (file, line) => toBase({ file, line, column: 0 }) === null,
    isChangedInBase: (file, line) => toHead({ file, line, column: 0 }) === null,
  };
}
