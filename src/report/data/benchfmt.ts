import type { Delta, Side } from '../../compare/types.ts';
import { shortLine } from '../model/escape.ts';
import type { Review } from '../model/review.ts';

/** The units of the testing package, in the order in which it prints them. Other units follow. */
const unitOrder = ['ns/op', 'B/op', 'allocs/op'];

function sortUnits(units: readonly string[]): string[] {
  const known = unitOrder.filter((unit) => units.includes(unit));
  return [...known, ...units.filter((unit) => !known.includes(unit))];
}

/** Makes a name or unit a single field of a line, without spaces. */
const toField = (text: string): string => shortLine(text).replaceAll(/\s/gu, '_');

/** One line for each run of a benchmark on one side. */
function writeRuns(benchmark: Delta, side: Side): string[] {
  const sample = benchmark.samples[side];
  const units = sortUnits(Object.keys(sample));
  const runs = Math.max(0, ...units.map((unit) => sample[unit]?.length ?? 0));
  return Array.from({ length: runs }, (_, run) => {
    const values = units.flatMap((unit) => {
      const value = sample[unit]?.[run];
      return value === undefined ? [] : [`${value} ${toField(unit)}`];
    });
    return [toField(benchmark.name), benchmark.iterations?.[side] ?? 1, ...values].join('\t');
  });
}

/**
 * Both sides in Go's benchmark format (golang.org/design/14313-benchmark-format), distinguished by the key `side`:
 * `benchstat -col side FILE` compares them. No other key differs between the sides, because benchstat makes a table of
 * its own for each value of every other key. A benchmark without a value on a side has no line for it.
 */
export function renderBenchfmt({ toolchain, deltas }: Review): string {
  const packages = Map.groupBy(deltas, (benchmark) => benchmark.package);
  const lines = (['base', 'head'] as const).flatMap((side) => [
    `side: ${side}`,
    ...[...packages].flatMap(([name, own]) => {
      const runs = own.flatMap((benchmark) => writeRuns(benchmark, side));
      return runs.length === 0 ? [] : [`pkg: ${shortLine(name)}`, ...runs];
    }),
  ]);
  const setting = [`goos: ${toolchain.goos}`, `goarch: ${toolchain.goarch}`, `toolchain: ${toolchain.go}`];
  return `${[...setting, ...lines].join('\n')}\n`;
}
