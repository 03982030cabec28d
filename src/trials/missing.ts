import { hunksKey, type Hunk } from './hunks.ts';

/** The subject of one line of the compiler. */
type Complaint = { file: string | null; line: number; names: string[] };

/** `./sub/x.go:6:12: undefined: size`; the column is optional. */
const POSITIONED = /^(?:.*\/)?(?<file>[^/:]+\.go):(?<line>\d+)(?::\d+)?: (?<words>.*)$/u;

/**
 * Patterns for the names that the compiler (cmd/compile/internal/types2) reports as missing or unused, the most
 * specific first: `undefined: x`, `p.F undefined (type p has no field or method F)`, `"fmt" imported and not used`,
 * `declared and not used: x`, `not enough arguments in call to f`, `missing method M`, `x redeclared in this block`.
 */
const patterns: readonly RegExp[] = [
  /^undefined: (?:[\w.]+\.)?(\w+)/u,
  /has no field or method (\w+)/u,
  /^"(?:[^"]*\/)?([\w-]+)" imported (?:as \w+ )?and not used/u,
  /^declared and not used: (\w+)/u,
  /arguments? in call to (?:[\w.()*]+\.)?(\w+)/u,
  /missing method (\w+)/u,
  /^(\w+) redeclared/u,
  /method [\w*.()]*?(\w+) already declared/u,
  /unknown field (\w+)/u,
  /cannot use (?:[\w.]+\.)?(\w+)/u,
  /assignment mismatch: .* (?:[\w.]+\.)?(\w+)(?:\(.*\))? returns/u,
  /^label (\w+) defined and not used/u,
];

function readComplaint(text: string): Complaint | null {
  const { file, line, words = '' } = POSITIONED.exec(text.trim())?.groups ?? {};
  if (file === undefined) return null;
  const names = patterns.flatMap((pattern) => pattern.exec(words)?.[1] ?? []);
  return { file, line: Number(line), names };
}

const mentions = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${name}(?![\\p{L}\\p{N}_])`, 'u').test(text);

/** Whether lines declare a name at the top level, as a field or method, or as a variable. */
const declares = (text: string, name: string): boolean =>
  new RegExp(
    `(?:^|\\n)\\s*(?:func\\s*(?:\\([^)]*\\)\\s*)?|type\\s+|var\\s+|const\\s+)?${name}\\b|\\b${name}\\b[\\w, ]*:=|"(?:[^"\\n]*/)?${name}"`,
    'u',
  ).test(text);

/** The texts of the lines of a change. */
export type HunkTexts = (hunk: Hunk) => { base: string; head: string };

const baseName = (file: string | null): string => (file ?? '').replace(/^.*\//su, '');

/** The nearest change of a file to a line of the tried tree, whose lines can have moved. */
function nearest(hunks: readonly Hunk[], { file, line }: Complaint): Hunk[] {
  const own = hunks.filter(({ headPath }) => baseName(headPath) === file);
  const distance = ({ head }: Hunk): number => Math.abs(head.start - line);
  return own.toSorted((a, b) => distance(a) - distance(b)).slice(0, 1);
}

/**
 * Finds the changes that must also be taken back if a set of them does not compile. For each complaint these are the
 * changes that declare the name on either side, else those that mention it, else the nearest one in the file. Empty if
 * the compiler names nothing that a change could fix.
 */
export function findMissing(
  errors: readonly string[],
  taken: readonly Hunk[],
  all: readonly Hunk[],
  textsOf: HunkTexts,
): Hunk[] {
  const has = new Set(taken.map((hunk) => hunksKey([hunk])));
  const left = all.filter((hunk) => !has.has(hunksKey([hunk])));
  const found = errors.flatMap((error) => {
    const complaint = readComplaint(error);
    if (!complaint) return [];
    const choose = (fits: (text: string, name: string) => boolean): Hunk[] =>
      left.filter((hunk) => {
        const { base, head } = textsOf(hunk);
        return complaint.names.some((name) => fits(base, name) || fits(head, name));
      });
    const declaring = choose(declares);
    if (declaring.length > 0) return declaring;
    const mentioning = choose(mentions);
    return mentioning.length > 0 ? mentioning : nearest(left, complaint);
  });
  return [...new Map(found.map((hunk) => [hunksKey([hunk]), hunk])).values()];
}
