import type { BenchmarkRow } from './types.ts';

/**
 * Names as the testing package prints them. They contain no spaces, and `Benchmark` followed by a lower-case letter is
 * not one.
 */
export const NAME_PATTERN = String.raw`Benchmark(?!\p{Ll})\S*`;

/** A number as `fmt` prints a float. `b.ReportMetric` accepts Inf and NaN, too. */
const NUMBER = String.raw`[-+]?(?:[\d.]\S*|Inf|NaN)`;
const RESULT_ROW = new RegExp(String.raw`^(${NAME_PATTERN})\s+(\d+)((?:\s+${NUMBER}\s+\S+)+)\s*$`, 'u');
/**
 * The units that the testing package prints with `-test.benchmem`, each once, whatever units the benchmark reports
 * itself.
 */
const memoryUnits = ['B/op', 'allocs/op'];
const OWN_UNIT = /(?:^|\s)(?:ns|B|allocs)\/op/u;
/** The rest of a row whose name was cut off, because another line was printed in between. */
const HEADLESS = /^\s*\d+\s+[-+]?[\d.]\S* \S+\s.*\sallocs\/op\s*$/u;
const MAX_FIELDS = 200;

/** A line in the form of a result. `printed` is the name as printed, with its suffix. */
export type PrintedRow = Pick<BenchmarkRow, 'iterations' | 'values'> & {
  printed: string;
  /** Whether the testing package could have printed these values: each of its units once, as a number of 0 or more. */
  isSound: boolean;
};

/** Reads a line that is a result and nothing else; null for any other. */
export function readPrintedRow(text: string): PrintedRow | null {
  const [, printed, iterations, rest = ''] = RESULT_ROW.exec(text) ?? [];
  if (printed === undefined || iterations === undefined) return null;
  const fields = rest.trim().split(/\s+/u, MAX_FIELDS);
  const pairs = fields.flatMap((field, index): [string, number][] =>
    index % 2 === 0 ? [[fields[index + 1] ?? '', Number(field)]] : [],
  );
  return {
    printed,
    iterations: Number(iterations),
    values: Object.fromEntries(pairs.filter(([, value]) => Number.isFinite(value))),
    isSound: memoryUnits.every((unit) => isPrintedOnce(pairs, unit)) && isTimeSound(pairs),
  };
}

/** `b.ReportMetric(0, "ns/op")` suppresses the time, as the documentation of package testing says. */
const isTimeSound = (pairs: readonly [string, number][]): boolean =>
  pairs.every(([unit]) => unit !== 'ns/op') || isPrintedOnce(pairs, 'ns/op');

function isPrintedOnce(pairs: readonly [string, number][], unit: string): boolean {
  const values = pairs.filter(([name]) => name === unit).map(([, value]) => value);
  return values.length === 1 && values.every((value) => value >= 0 && value <= Number.MAX_SAFE_INTEGER);
}

/** Whether a text mentions a unit of a result. A text to which a row is appended must not. */
export const mentionsResult = (text: string): boolean => OWN_UNIT.test(text);

/** Whether a line is a result without its name. */
export const isHeadlessRow = (text: string): boolean => HEADLESS.test(text);
