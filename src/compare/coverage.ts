/** A block of a coverage profile: lines of one file, from 1, and how often they were run. */
type CoveredBlock = { firstLine: number; lastLine: number; count: number };

/** The blocks of each file, by the name that the profile gives it: `import/path/file.go`. */
export type Coverage = ReadonlyMap<string, readonly CoveredBlock[]>;

/** `name.go:line.column,line.column statements count` (golang.org/x/tools/cover). */
const BLOCK_LINE = /^(?<file>.+):(?<first>\d+)\.\d+,(?<last>\d+)\.\d+ \d+ (?<count>\d+)$/u;

/** Reads a profile of `-test.coverprofile`; null if it is invalid or incomplete. */
export function parseCoverage(text: string): Coverage | null {
  const [mode = '', ...lines] = text.split('\n');
  if (!mode.startsWith('mode: ') || lines.pop() !== '') return null;
  const files = new Map<string, CoveredBlock[]>();
  for (const line of lines) {
    const { file, first, last, count } = BLOCK_LINE.exec(line)?.groups ?? {};
    if (file === undefined) return null;
    const blocks = files.get(file) ?? [];
    files.set(file, blocks);
    blocks.push({ firstLine: Number(first), lastLine: Number(last), count: Number(count) });
  }
  return files;
}

function blocksWithin(
  coverage: Coverage,
  file: string,
  { firstLine, lastLine }: { firstLine: number; lastLine: number },
): CoveredBlock[] {
  return (coverage.get(file) ?? []).filter(
    (block) => firstLine <= block.firstLine && block.lastLine <= lastLine,
  );
}

/** Whether one of the blocks between two lines was run; null if there is no block. */
export function wasRun(
  coverage: Coverage,
  file: string,
  place: { firstLine: number; lastLine: number },
): boolean | null {
  const blocks = blocksWithin(coverage, file, place);
  return blocks.length === 0 ? null : blocks.some(({ count }) => count > 0);
}

/**
 * The lines of a function that have a counter, and whether they were run. A line with the end of one block and the
 * start of another was run if one of the two was.
 */
export function readLines(
  coverage: Coverage,
  file: string,
  place: { firstLine: number; lastLine: number },
): Map<number, boolean> {
  const lines = new Map<number, boolean>();
  for (const { firstLine, lastLine, count } of blocksWithin(coverage, file, place)) {
    for (let line = firstLine; line <= lastLine; line += 1)
      lines.set(line, count > 0 || lines.get(line) === true);
  }
  return lines;
}

/**
 * Whether one of the blocks between two lines ran more often in a longer run of the same benchmarks. What only their
 * set-up runs does not.
 */
export function hasGrown(
  shorter: Coverage,
  longer: Coverage,
  file: string,
  place: { firstLine: number; lastLine: number },
): boolean {
  const before = blocksWithin(shorter, file, place);
  // Both are profiles of one binary, which lists its blocks in the same order.
  return blocksWithin(longer, file, place).some(({ count }, at) => count > (before[at]?.count ?? 0));
}
