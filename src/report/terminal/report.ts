import { styleText } from 'node:util';
import { cleanLine, shortLine, toLogLine } from '../model/escape.ts';
import { evidenceKinds } from '../../rules/types.ts';
import { evidenceWords } from '../words/evidence.ts';
import { describeFinding, formatChange, formatSigned } from '../words/finding.ts';
import {
  describeRest,
  describeSides,
  describeSandbox,
  describeTiming,
  describeVerdict,
  isChanged,
} from '../words/headline.ts';
import { toPlain } from '../model/prose.ts';
import type { Report, ReportBenchmark, ReportFinding } from '../model/schema.ts';

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;
type Page = { paint: Paint; width: number };

const verdictWords: Record<Report['verdict'], { word: string; style: Style }> = {
  pass: { word: 'PASS', style: ['bold', 'green'] },
  fail: { word: 'FAIL', style: ['bold', 'red'] },
  neutral: { word: 'NEUTRAL', style: ['bold', 'yellow'] },
  error: { word: 'ERROR', style: ['bold', 'red'] },
};

const rowStyles: Record<ReportBenchmark['verdict'], Style> = {
  regression: 'red',
  improvement: 'green',
  'below-threshold': 'yellow',
  unchanged: 'reset',
  noisy: 'yellow',
  new: 'cyan',
  removed: 'cyan',
  'benchmark-changed': 'yellow',
};

/** Breaks a text at its spaces; a word longer than the line keeps its own line, unbroken. */
function wrap(text: string, width: number, first: string, next: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ').filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return empty ? lines : [...lines, line];
}

/** Cells of a benchmark's row: before and after, and the difference, for allocations and bytes. */
function cellsOf(benchmark: ReportBenchmark): string[] {
  return [benchmark.allocsPerOp, benchmark.bytesPerOp].flatMap((amount) => [
    formatChange(amount),
    amount.delta === null || amount.delta === 0 ? '' : formatSigned(amount.delta),
  ]);
}

/** Changed benchmarks by package, in columns that line up over all packages. */
function renderBenchmarks(report: Report, { paint, width }: Page): string[] {
  const changed = report.benchmarks.filter(isChanged);
  if (changed.length === 0) return [];
  const names = changed.map((benchmark) => shortLine(benchmark.name));
  const rows = changed.map(cellsOf);
  // One very long name must not push every row out of the window: it gets a line of its own.
  const room = Math.max(24, width - 52);
  const nameWidth = Math.max(9, ...names.map((name) => name.length).filter((length) => length <= room));
  const [changeWidth = 0, deltaWidth = 0, bytesWidth = 0, bytesDeltaWidth = 0] = [0, 1, 2, 3].map((column) =>
    Math.max(column % 2 === 0 ? 9 : 2, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const widths = [changeWidth, deltaWidth, bytesWidth, bytesDeltaWidth];
  const title = [
    'benchmark'.padEnd(nameWidth),
    'allocs/op'.padStart(changeWidth),
    ''.padStart(deltaWidth),
    'B/op'.padStart(bytesWidth),
  ].join('  ');
  const lines = [paint('dim', `  ${title}`)];
  for (const [index, benchmark] of changed.entries()) {
    if (benchmark.package !== changed[index - 1]?.package) lines.push(`  ${shortLine(benchmark.package)}`);
    const cells = widths.map((cellWidth, column) => (rows[index]?.[column] ?? '').padStart(cellWidth));
    const name = names[index] ?? '';
    const style = rowStyles[benchmark.verdict];
    if (name.length > nameWidth) lines.push(paint(style, `  ${name}`));
    const row = [(name.length > nameWidth ? '' : name).padEnd(nameWidth), ...cells].join('  ');
    lines.push(paint(style, `  ${row}  ${benchmark.verdict}`));
    if (benchmark.reason !== null) {
      lines.push(...wrap(benchmark.reason, width, '      ', '      ').map((line) => paint('dim', line)));
    }
  }
  return lines;
}

/** One finding: place, then cost, reason, advice and exercise under it. */
function renderFinding(finding: ReportFinding, { paint, width }: Page): string[] {
  const text = describeFinding(finding);
  const evidence = evidenceWords[finding.evidence].label;
  const style: Style = finding.evidence === 'proven' ? ['bold', 'red'] : ['bold', 'yellow'];
  const gate = finding.gates ? paint('red', ' gates') : '';
  const place = paint('bold', `${shortLine(finding.file)}:${finding.line}`);
  const entry = (label: string, words: string): string[] =>
    wrap(words.replaceAll('\n', ' '), width, `  ${label.padEnd(8)} `, ' '.repeat(11));
  return [
    `${paint(style, evidence)}${gate}  ${place}  ${cleanLine(finding.rule)}`,
    ...entry('cost', toPlain(text.cost)),
    ...entry('why', toPlain(text.why)),
    ...entry('cause', toPlain(text.cause)),
    ...entry('do', text.advice),
    ...entry('exercise', `${text.exercise}${text.url === null ? '' : ` ${text.url}`}`),
  ];
}

function renderFindings(report: Report, page: Page): string[] {
  return report.findings.flatMap((finding, index) => [
    ...(index === 0 ? [] : ['']),
    ...renderFinding(finding, page),
  ]);
}

/** A block under its heading, with an empty line before it; nothing for an empty block. */
function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ['', paint('bold', title), ...lines];
}

function countFindings(report: Report): string {
  const counts = evidenceKinds.flatMap((kind) => {
    const { length } = report.findings.filter(({ evidence }) => evidence === kind);
    return length === 0 ? [] : [`${length} ${evidenceWords[kind].counted}`];
  });
  return `Findings: ${counts.join(', ')}`;
}

/**
 * A report for a terminal: the verdict first, then what changed, the findings, the warnings, and the verdict again
 * with the time it took. `width` is a wish: names are never broken. Ends with a newline.
 */
export function renderText(report: Report, { colour, width }: { colour: boolean; width: number }): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const page: Page = { paint, width };
  const { word, style } = verdictWords[report.verdict];
  const rest = describeRest(report);
  const { warnings } = report;
  const lines = [
    ...wrap(`${word}: ${describeVerdict(report)}`, width, '', '  ').map((line, index) =>
      index === 0 ? line.replace(word, paint(style, word)) : line,
    ),
    paint('dim', cleanLine(describeSides(report))),
    paint('dim', `run ${describeSandbox(report.sandbox)}`),
    ...section(
      'The compiler says',
      report.buildErrors.map((line) => `  ${shortLine(line)}`),
      paint,
    ),
    ...section('Benchmarks that changed', renderBenchmarks(report, page), paint),
    ...(rest === '' ? [] : ['', ...wrap(rest, width, '', '')]),
    ...section(countFindings(report), renderFindings(report, page), paint),
    ...section(
      `Warnings: ${warnings.length}`,
      warnings.flatMap((warning) => wrap(cleanLine(warning), width, '  - ', '    ')),
      paint,
    ),
    '',
    `${paint(style, word)} after ${describeTiming(report.timing)}.`,
  ];
  return `${lines.map((line) => toLogLine(line.trimEnd())).join('\n')}\n`;
}
