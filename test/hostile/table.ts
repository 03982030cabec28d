import { plain, wrapSpans } from '../../src/report/terminal/layout.ts';
import { buildCases } from './build-cases.ts';
import { probeCases } from './probe-cases.ts';
import { wordCases } from './words-cases.ts';

// Prints each attack, the measure that stops it, and how its test was seen to fail.

/** Columns of a terminal. */
const WIDTHS = [29, 46, 36, 56];

function formatRow(cells: readonly string[]): string {
  const columns = cells.map((cell, at) =>
    wrapSpans([plain(cell)], { colour: false, width: WIDTHS[at] ?? 0 }),
  );
  const height = Math.max(...columns.map((lines) => lines.length));
  const lines = Array.from({ length: height }, (_, line) =>
    columns.map((column, at) => (column[line]?.text ?? '').padEnd(WIDTHS[at] ?? 0)).join('  '),
  );
  return lines.map((line) => line.trimEnd()).join('\n');
}

const parts = [
  { title: 'Processes', cases: probeCases },
  { title: 'Builds, caches and repositories', cases: buildCases },
  { title: 'Words, numbers and positions', cases: wordCases },
];

console.log(formatRow(['name', 'attack', 'measure', 'seen to fail']));
for (const { title, cases } of parts) {
  console.log(`\n${title}`);
  for (const one of cases) console.log(formatRow([one.name, one.attack, one.measure, one.seenToFail]));
}
console.log(`\n${parts.reduce((sum, { cases }) => sum + cases.length, 0)} cases`);
