import { shortLine } from '../model/escape.ts';
import type { ReportBenchmark } from '../model/schema.ts';
import { formatChange, formatSigned } from '../words/numbers.ts';
import { isChanged } from '../words/headline.ts';
import {
  columnsOf,
  indent,
  layoutParagraph,
  layoutParts,
  layoutRows,
  paint,
  tableWidth,
  type Page,
  type Span,
  type StyleName,
  type Table,
} from './layout.ts';

/** The fewest columns for names beside their numbers. In a narrower window the numbers are below the names. */
const MIN_NAME = 24;
const INDENT = '  ';

const rowStyles: Record<ReportBenchmark['verdict'], StyleName[]> = {
  regression: ['red'],
  improvement: ['green'],
  'below-threshold': ['yellow'],
  unchanged: [],
  noisy: ['yellow'],
  new: ['cyan'],
  removed: ['cyan'],
  'benchmark-changed': ['yellow'],
};

type Amount = ReportBenchmark['allocsPerOp'];

/** Two cells: base and head, and their difference. */
function cellsOf(amount: Amount): [string, string] {
  return [
    formatChange(amount),
    amount.delta === null || amount.delta === 0 ? '' : formatSigned(amount.delta),
  ];
}

/** A heading, and a row for each benchmark: allocations, bytes, and the verdict. */
function numbersTable(benchmarks: readonly ReportBenchmark[]): Table {
  const heading = ['allocs/op', '', 'B/op', '', ''].map((text): Span[] => [{ text, styles: ['dim'] }]);
  const rows = benchmarks.map(({ allocsPerOp, bytesPerOp, verdict }) =>
    [...cellsOf(allocsPerOp), ...cellsOf(bytesPerOp), verdict].map((text): Span[] => [
      { text, styles: rowStyles[verdict] },
    ]),
  );
  return { rows: [heading, ...rows], aligns: ['right', 'right', 'right', 'right', 'left'] };
}

function layoutReason({ reason }: ReportBenchmark, page: Page): string[] {
  return reason === null ? [] : layoutParagraph([{ text: reason, styles: ['dim'] }], page, '    ');
}

/**
 * One line for each benchmark. A very long name gets a line of its own, so that it does not move all numbers to the
 * right.
 */
function renderWide(benchmarks: readonly ReportBenchmark[], room: number, page: Page): string[][] {
  const fits = ({ name }: ReportBenchmark): boolean => columnsOf(shortLine(name)) <= room;
  const nameCell = (one: ReportBenchmark): Span[] =>
    fits(one) ? [{ text: shortLine(one.name), styles: rowStyles[one.verdict] }] : [];
  const names: Span[][] = [[{ text: 'benchmark', styles: ['dim'] }], ...benchmarks.map(nameCell)];
  const { rows, aligns } = numbersTable(benchmarks);
  const table: Table = {
    rows: rows.map((row, index) => [names[index] ?? [], ...row]),
    aligns: ['left', ...aligns],
  };
  const [heading = [], ...lines] = layoutRows(table, { ...page, width: Infinity });
  const blocks = benchmarks.map((one, index) => [
    ...(fits(one) ? [] : [paint({ text: shortLine(one.name), styles: rowStyles[one.verdict] }, page.colour)]),
    ...(lines[index] ?? []),
  ]);
  return [heading, ...blocks];
}

/** For a narrow window: name and verdict, then allocations and bytes on lines of their own. */
function renderNarrow(benchmarks: readonly ReportBenchmark[], page: Page): string[][] {
  const rows = benchmarks.flatMap(({ allocsPerOp, bytesPerOp, verdict }) =>
    [
      ['allocs/op', ...cellsOf(allocsPerOp)],
      ['B/op', ...cellsOf(bytesPerOp)],
    ].map((row) => row.map((text): Span[] => [{ text, styles: rowStyles[verdict] }])),
  );
  const lines = layoutRows({ rows, aligns: ['left', 'right', 'right'] }, { ...page, width: Infinity }).flat();
  const blocks = benchmarks.map(({ name, verdict }, index) => {
    const styles = rowStyles[verdict];
    const title = [[{ text: shortLine(name), styles }], [{ text: verdict, styles }]];
    return [...layoutParts(title, page, INDENT), ...indent(lines.slice(2 * index, 2 * index + 2), INDENT)];
  });
  return [[], ...blocks];
}

/** The changed benchmarks by package, in columns that are aligned across packages. */
export function renderBenchmarks(all: readonly ReportBenchmark[], page: Page): string[] {
  const changed = all.filter(isChanged);
  if (changed.length === 0) return [];
  const inner = { ...page, width: page.width - INDENT.length };
  const room = inner.width - INDENT.length - tableWidth(numbersTable(changed));
  const longest = Math.max(...changed.map(({ name }) => columnsOf(shortLine(name))));
  const isWide = room >= Math.min(longest, MIN_NAME);
  const [heading = [], ...blocks] = isWide ? renderWide(changed, room, inner) : renderNarrow(changed, inner);
  const lines = [...heading];
  for (const [index, benchmark] of changed.entries()) {
    if (benchmark.package !== changed[index - 1]?.package) lines.push(shortLine(benchmark.package));
    lines.push(...(blocks[index] ?? []));
    lines.push(...layoutReason(benchmark, inner));
  }
  return indent(lines, INDENT);
}
