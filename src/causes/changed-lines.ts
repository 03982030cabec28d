import { firstLineOf, type LineMap } from '../compare/line-map.ts';
import type { FileChange, TreeDiff } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';
import { codeOf } from './spacing.ts';

/** One hunk of the diff: lines of head, and the lines of base that they replaced. */
export type Edit = {
  file: string;
  /** Added or edited lines of head that are not blank or comments; empty for a deletion. */
  lines: number[];
  /** The line where a reader finds the edit: its first line, or the line below a deletion. */
  at: number;
  base: { file: string; firstLine: number; count: number; texts: string[] };
};

/** The lines of head that the change touched, without blank lines and comments. */
export type ChangedLines = {
  isChanged: (file: string, line: number) => boolean;
  /**
   * The changed lines of head from `first` to `last`, without blank lines and comments. A deletion is represented by
   * the line below it.
   */
  within: (file: string, first: number, last: number) => number[];
  /** The hunks that touch the lines from `first` to `last`. */
  edits: (file: string, first: number, last: number) => Edit[];
  /** Paths of head that differ. */
  files: string[];
  /** The first changed line of each file of head with another content, also of files that are not code. */
  firstLines: ReadonlyMap<string, number>;
  /** Paths of base that head does not have, and where the file is now; null: it was deleted. */
  gone: ReadonlyMap<string, string | null>;
};

/** Lines that cannot make code allocate by themselves: blank, comments, closing brackets. */
const SILENT_LINE = /^\s*(?:$|\/\/(?!go:)|\/\*|\*\/|[)\]}]+[,;]?\s*(?:\/\/.*)?$)/u;

/** A file that only moved has no changed line. */
function findFirstLine({ headPath, binary, hunks }: FileChange): [string, number][] {
  const [first] = hunks;
  if (headPath === null || (!binary && !first)) return [];
  return [[headPath, first ? Math.max(1, firstLineOf(first.head)) : 1]];
}

export function createChangedLines(map: LineMap, diff: TreeDiff, sources: Sources): ChangedLines {
  const byHead = new Map(diff.map((change) => [change.headPath, change]));
  const isSilent = (file: string, line: number): boolean =>
    SILENT_LINE.test(sources.head(file)?.lines[line - 1] ?? '.');
  const speaks = (file: string, line: number): boolean =>
    map.isChangedInHead(file, line) && !isSilent(file, line);

  const toEdit = (file: string, change: FileChange, { base, head }: FileChange['hunks'][number]): Edit => {
    const baseLines = sources.baseOf(file)?.lines ?? [];
    const lines = Array.from({ length: head.lines }, (_, index) => head.start + index);
    // For a span of 0 lines, git reports the line before it as its start.
    const at = firstLineOf(head);
    const firstLine = firstLineOf(base);
    const texts = baseLines.slice(firstLine - 1, firstLine - 1 + base.lines);
    const said = lines.filter((line) => speaks(file, line));
    return {
      file,
      lines: said,
      at: said[0] ?? at,
      base: { file: change.basePath ?? file, firstLine, count: base.lines, texts },
    };
  };
  const edits: ChangedLines['edits'] = (file, first, last) => {
    const change = byHead.get(file);
    if (!change || change.binary) return [];
    return change.hunks
      .filter(({ head }) =>
        head.lines === 0
          ? head.start >= first && head.start < last
          : head.start <= last && head.start + head.lines > first,
      )
      .map((hunk) => toEdit(file, change, hunk));
  };
  /** Deleted comments do not count either. If base's text is unknown, every deletion counts. */
  const isDeletion = ({ lines, base }: Edit): boolean =>
    lines.length === 0 && (base.texts.length === 0 || base.texts.some((text) => !SILENT_LINE.test(text)));

  const within: ChangedLines['within'] = (file, first, last) => {
    if (!byHead.has(file)) return [];
    const lines: number[] = [];
    for (let line = first; line <= last; line += 1) if (speaks(file, line)) lines.push(line);
    if (lines.length > 0) return lines;
    const deleted = (byHead.get(file)?.hunks ?? []).some(({ head }) => head.lines === 0);
    return deleted ? edits(file, first, last).flatMap((edit) => (isDeletion(edit) ? edit.at : [])) : [];
  };
  return {
    isChanged: map.isChangedInHead,
    within,
    edits,
    files: diff.flatMap(({ headPath }) => headPath ?? []),
    firstLines: new Map(diff.flatMap(findFirstLine)),
    gone: new Map(
      diff.flatMap(({ basePath, headPath }) =>
        basePath !== null && basePath !== headPath ? [[basePath, headPath]] : [],
      ),
    ),
  };
}

/** How much code an edit added, in characters. */
export function addedCharacters({ file, lines, base }: Edit, sources: Sources): number {
  const size = (texts: readonly string[]): number =>
    texts.reduce((sum, text) => sum + codeOf(text).replaceAll(/\s/gu, '').length, 0);
  return size(lines.map((line) => sources.head(file)?.lines[line - 1] ?? '')) - size(base.texts);
}

/** Formats lines in ascending order: `12`, `12–15`, `12, 14–16`. */
export function formatLines(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
}
