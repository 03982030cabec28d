import { firstLineOf } from '../compare/line-map.ts';
import { compareText } from '../compare/order.ts';
import type { FileChange, TreeDiff } from '../compare/types.ts';

/** One change of the diff, which can be taken back separately. */
export type Hunk = Pick<FileChange, 'basePath' | 'headPath'> & FileChange['hunks'][number];

/** The lines of a change at head. `deleted`: the change only deleted lines, which were below the line `first`. */
export type TakenLines = { file: string; first: number; last: number; deleted: boolean };

const pathOf = ({ basePath, headPath }: Pick<Hunk, 'basePath' | 'headPath'>): string =>
  headPath ?? basePath ?? '';

/** Only Go code outside tests is taken back: head is tried with its own tests. */
const isTried = (file: string): boolean => file.endsWith('.go') && !file.endsWith('_test.go');

/** Every change of Go code outside tests, sorted by file and line. */
export function listHunks(diff: TreeDiff): Hunk[] {
  return diff
    .filter((change) => !change.binary && isTried(pathOf(change)))
    .flatMap(({ basePath, headPath, hunks }) => hunks.map((hunk) => ({ basePath, headPath, ...hunk })))
    .sort((a, b) => compareText(pathOf(a), pathOf(b)) || a.head.start - b.head.start);
}

/** The change that wrote a line of head, or deleted the lines directly above it. */
export function hunkAt(hunks: readonly Hunk[], file: string, line: number): Hunk | null {
  const own = hunks.filter(({ headPath }) => headPath === file);
  const holds = ({ head }: Hunk): boolean => head.start <= line && line < head.start + head.lines;
  return own.find(holds) ?? own.find(({ head }) => head.lines === 0 && head.start + 1 === line) ?? null;
}

/** The changes that touch some lines of a file of head. */
export function hunksWithin(hunks: readonly Hunk[], file: string, first: number, last: number): Hunk[] {
  return hunks.filter(
    ({ headPath, head }) =>
      headPath === file && firstLineOf(head) <= last && firstLineOf(head) + Math.max(head.lines, 1) > first,
  );
}

/** A key that identifies a set of changes. */
export const hunksKey = (hunks: readonly Hunk[]): string =>
  hunks
    .map((hunk) => `${pathOf(hunk)}:${hunk.head.start},${hunk.head.lines}`)
    .sort()
    .join(' ');

/** A whole file, or one side of it. */
type Texts = { base: string | null; head: string | null };

/** Splits a text into lines with their line ends, so that joining them gives the same text. */
const linesOf = (text: string | null): string[] => (text === null ? [] : text.split(/(?<=\n)/u));

/** The text of a file without some of its changes; null: the file does not exist then. */
function takeBackIn({ base, head }: Texts, hunks: readonly Hunk[]): string | null {
  if (base === null || head === null) return base;
  const [before, after] = [linesOf(base), linesOf(head)];
  const result: string[] = [];
  let at = 0;
  for (const hunk of hunks.toSorted((a, b) => firstLineOf(a.head) - firstLineOf(b.head))) {
    const start = firstLineOf(hunk.head) - 1;
    result.push(...after.slice(at, start));
    const from = firstLineOf(hunk.base) - 1;
    result.push(...before.slice(from, from + hunk.base.lines));
    at = start + hunk.head.lines;
  }
  return [...result, ...after.slice(at)].join('');
}

/** The files of head that differ without some changes; null: the file does not exist then. */
export function takeBack(
  hunks: readonly Hunk[],
  read: { base: (file: string) => string | null; head: (file: string) => string | null },
): Map<string, string | null> {
  const texts = new Map<string, string | null>();
  for (const [path, own] of Map.groupBy(hunks, pathOf)) {
    const [first] = own;
    const side = (file: string | null | undefined, from: (file: string) => string | null) =>
      typeof file === 'string' ? from(file) : null;
    const both = { base: side(first?.basePath, read.base), head: side(first?.headPath, read.head) };
    texts.set(path, takeBackIn(both, own));
  }
  return texts;
}

/** The lines of changes at head, sorted by file and line. */
export function describeLines(hunks: readonly Hunk[]): TakenLines[] {
  return hunks
    .map((hunk): TakenLines => {
      const { lines } = hunk.head;
      const first = lines === 0 ? hunk.head.start : firstLineOf(hunk.head);
      return { file: pathOf(hunk), first, last: first + Math.max(lines, 1) - 1, deleted: lines === 0 };
    })
    .sort((a, b) => compareText(a.file, b.file) || a.first - b.first);
}
