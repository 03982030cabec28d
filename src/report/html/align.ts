import { diffArrays, diffWordsWithSpace } from 'diff';
import type { SourceExcerpt } from '../model/review.ts';

/** One row of a side-by-side diff: the index of its line in the excerpt of each side; null: no line on that side. */
export type AlignedRow = { base: number | null; head: number | null; isSame: boolean };

/** A piece of a line. `isChanged`: it differs from the other side. */
export type Piece = { text: string; isChanged: boolean };

/** The most edits that are looked for. Files that differ more are not aligned, because that would take seconds. */
const MAX_EDITS = 2000;

/** How far changed rows beside a chosen row are included, in rows. */
const MAX_RUN = 30;

/** Puts deleted lines next to the lines that replaced them. */
function pairUp(gone: readonly number[], added: readonly number[]): AlignedRow[] {
  return Array.from({ length: Math.max(gone.length, added.length) }, (_, index) => ({
    base: gone[index] ?? null,
    head: added[index] ?? null,
    isSame: false,
  }));
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** Aligns the lines of both sides. Lines that head replaced stand next to their replacements. */
export function alignLines({ base, head }: SourceExcerpt): AlignedRow[] {
  const changes = diffArrays(base.lines, head.lines, { maxEditLength: MAX_EDITS });
  if (!changes) return pairUp(range(0, base.lines.length), range(0, head.lines.length));
  const rows: AlignedRow[] = [];
  let [atBase, atHead] = [0, 0];
  let gone: number[] = [];
  let added: number[] = [];
  const flush = (): void => {
    rows.push(...pairUp(gone, added));
    [gone, added] = [[], []];
  };
  for (const { value, added: isAdded, removed: isGone } of changes) {
    const count = value.length;
    if (isGone) gone.push(...range(atBase, count));
    else if (isAdded) added.push(...range(atHead, count));
    else {
      flush();
      const [fromBase, fromHead] = [atBase, atHead];
      rows.push(...range(0, count).map((i) => ({ base: fromBase + i, head: fromHead + i, isSame: true })));
    }
    if (!isAdded) atBase += count;
    if (!isGone) atHead += count;
  }
  flush();
  return rows;
}

/** The differences within a changed line; null: less than half of the longer line is common to both. */
export function compareWords(base: string, head: string): { base: Piece[]; head: Piece[] } | null {
  const changes = diffWordsWithSpace(base, head);
  const common = changes.reduce(
    (sum, { value, added, removed }) => sum + (added || removed ? 0 : value.trim().length),
    0,
  );
  if (common * 2 < Math.max(base.trim().length, head.trim().length)) return null;
  return {
    base: changes
      .filter(({ added }) => !added)
      .map(({ value, removed }) => ({ text: value, isChanged: removed })),
    head: changes
      .filter(({ removed }) => !removed)
      .map(({ value, added }) => ({ text: value, isChanged: added })),
  };
}

/**
 * Chooses the rows to show: those that `isWanted`, `context` rows around each, and the changed rows next to it, up to
 * 30 in each direction. Returns them as runs without gaps, in their order.
 */
export function chooseRows(
  rows: readonly AlignedRow[],
  isWanted: (row: AlignedRow) => boolean,
  context: number,
): AlignedRow[][] {
  const shown = new Set<number>();
  for (const [index, row] of rows.entries()) {
    if (!isWanted(row)) continue;
    for (let at = index - context; at <= index + context; at += 1) if (rows[at]) shown.add(at);
    for (const step of [-1, 1])
      for (
        let at = index;
        Math.abs(at - index) < MAX_RUN && rows[at] && (at === index || !rows[at]?.isSame);
        at += step
      )
        shown.add(at);
  }
  const runs: AlignedRow[][] = [];
  let before = -2;
  for (const index of [...shown].sort((a, b) => a - b)) {
    const row = rows[index];
    if (!row) continue;
    if (index === before + 1) runs.at(-1)?.push(row);
    else runs.push([row]);
    before = index;
  }
  return runs;
}
