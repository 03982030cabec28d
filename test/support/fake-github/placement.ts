import type { FileDiff, Hunk } from './diffs.ts';
import type { Side } from './state-types.ts';

/** The hunk of a file's diff that shows a line; null: none does. */
export function findLine(file: FileDiff, side: Side, line: number): Hunk | null {
  const key = side === 'LEFT' ? 'old' : 'new';
  return file.hunks.find((hunk) => hunk.lines.some((one) => one[key] === line)) ?? null;
}

/** The part of a hunk that GitHub shows above a comment: from its header down to the line. */
export function cutHunk(hunk: Hunk, side: Side, line: number): string {
  const key = side === 'LEFT' ? 'old' : 'new';
  const end = hunk.lines.findIndex((one) => one[key] === line);
  return [hunk.header, ...hunk.text.slice(0, end + 1)].join('\n');
}

/** The line at a position: lines below the first hunk's header, the headers of later hunks included. */
export function findPosition(file: FileDiff, position: number): { side: Side; line: number } | null {
  let at = 0;
  for (const hunk of file.hunks) {
    if (hunk !== file.hunks[0]) at += 1;
    for (const line of hunk.lines) {
      at += 1;
      if (at !== position) continue;
      const side: Side = line.kind === '-' ? 'LEFT' : 'RIGHT';
      return { side, line: (side === 'LEFT' ? line.old : line.new) ?? 0 };
    }
  }
  return null;
}
