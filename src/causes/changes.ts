import type { LineMap } from '../compare/line-map.ts';
import type { TreeDiff } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';

/** Which lines of head the change touched, as far as they say anything. */
export type Changes = {
  isChanged: (file: string, line: number) => boolean;
  /**
   * The changed lines of head from `first` to `last`, without blank lines and comments. Where nothing was added or
   * edited, the line below a deletion stands for it.
   */
  within: (file: string, first: number, last: number) => number[];
  /** Paths of head that differ. */
  files: string[];
};

/** Lines that cannot make code allocate by themselves. */
const silentLine = /^\s*(?:$|\/\/(?!go:)|\/\*|\*\/)/u;

export function createChanges(map: LineMap, diff: TreeDiff, sources: Sources): Changes {
  const byHead = new Map(diff.map((change) => [change.headPath, change]));
  const isSilent = (file: string, line: number): boolean =>
    silentLine.test(sources.head(file)?.lines[line - 1] ?? '.');

  const deletionsIn = (file: string, first: number, last: number): number[] =>
    (byHead.get(file)?.hunks ?? [])
      .filter(({ head }) => head.lines === 0)
      // git gives a span of 0 lines the line before it as its start.
      .map(({ head }) => Math.min(head.start + 1, last))
      .filter((line) => line > first && line <= last);

  const within = (file: string, first: number, last: number): number[] => {
    if (!byHead.has(file)) return [];
    const lines: number[] = [];
    for (let line = first; line <= last; line += 1) {
      if (map.isChangedInHead(file, line) && !isSilent(file, line)) lines.push(line);
    }
    return lines.length > 0 ? lines : deletionsIn(file, first, last);
  };
  return {
    isChanged: map.isChangedInHead,
    within,
    files: diff.flatMap(({ headPath }) => headPath ?? []),
  };
}

/** `12`, `12–15`, `12, 14–16`: lines in ascending order, as a reader names them. */
export function formatLines(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ');
}
