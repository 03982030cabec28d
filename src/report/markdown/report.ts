import { compareText } from '../../compare/order.ts';
import { fold, takeEntries, toList, toTable } from '../model/body-limits.ts';
import { benchmarkId, dropBenchmark } from '../../compare/benchmark-id.ts';
import { toMarkdownCode, toMarkdownFence } from '../model/escape.ts';
import { toCell } from './finding.ts';
import { type CodeLinks, findByBenchmark, linkFinding } from './links.ts';
import { describeSandbox, describeSides, describeTiming, isChanged } from '../words/headline.ts';
import { verdictOrder } from '../words/page.ts';
import { describeReason, describeWarnings } from '../words/warnings.ts';
import { describeRunners } from '../words/reach.ts';
import { count, say, toMarkdown } from '../model/prose.ts';
import type { Report, ReportBenchmark } from '../model/schema.ts';
import type { Review } from '../model/review.ts';

/** Writes a benchmark's name as code. */
export type NameBenchmark = (benchmark: { package: string; name: string }) => string;

/**
 * Returns the shortest clear name of a benchmark: `pkg.X` for `BenchmarkX`, or the full path if two packages have the
 * same last element.
 */
export function nameBenchmarks(report: Report): NameBenchmark {
  const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const byLast = Map.groupBy(new Set(report.benchmarks.map((benchmark) => benchmark.package)), last);
  return (benchmark) => {
    const short = last(benchmark.package);
    const prefix = byLast.get(short)?.length === 1 ? short : benchmark.package;
    return toMarkdownCode(`${prefix}.${dropBenchmark(benchmark.name)}`);
  };
}

/** The benchmarks that changed. The most important come first, so that they remain if a table must be cut. */
const listChanged = (report: Report): ReportBenchmark[] =>
  report.benchmarks
    .filter(isChanged)
    .sort((a, b) => verdictOrder.indexOf(a.verdict) - verdictOrder.indexOf(b.verdict));

/** A symbol for each verdict: red is worse, green is better. */
const symbols: Record<ReportBenchmark['verdict'], string> = {
  regression: '🔴',
  improvement: '🟢',
  'benchmark-changed': '🟡',
  noisy: '🟡',
  removed: '⚪',
  'below-threshold': '🟡',
  new: '🔵',
  unchanged: '⚪',
};

/**
 * A row for each benchmark that changed. A phone shows only the first columns, so the verdict and the count are first.
 * The name is linked to the line of the benchmark's finding.
 */
export function writeBenchmarks(
  report: Report,
  name: NameBenchmark,
  limit: number,
  links: CodeLinks | null,
): string {
  const findings = findByBenchmark(report.findings);
  return toTable(['verdict', 'allocs/op', 'benchmark', 'B/op'], listChanged(report), limit, (b) => {
    const finding = findings.get(benchmarkId(b));
    return [
      `${symbols[b.verdict]} ${b.verdict}`,
      toCell(b.allocsPerOp),
      finding ? linkFinding(name(b), finding, links) : name(b),
      toCell(b.bytesPerOp),
    ];
  });
}

/** The reasons for verdicts that the numbers alone do not explain. */
export function writeReasons(review: Review, name: NameBenchmark, limit: number): string {
  const notes = review.deltas
    .flatMap(({ package: path, name, reason }) => (reason === null ? [] : [{ package: path, name, reason }]))
    .sort((a, b) => compareText(benchmarkId(a), benchmarkId(b)));
  if (notes.length === 0) return '';
  return `**Notes**\n\n${toList(notes, limit, (note) => `${name(note)}: ${toMarkdown(describeReason(note.reason))}`)}`;
}

/** The warnings of a review. */
export function writeWarnings(review: Review, limit: number): string {
  const warnings = describeWarnings(review.warnings, 'pull-request').map(toMarkdown);
  if (warnings.length === 0) return '';
  return `**Warnings**\n\n${toList(warnings, limit, (warning) => warning)}`;
}

/** The values of each run of each changed benchmark, so that a reader can check the verdict. */
function writeSamples(report: Report, name: NameBenchmark, limit: number): string {
  const show = (sample: Record<string, number[]>): string =>
    (sample['allocs/op'] ?? []).slice(0, 20).join(' ') || '–';
  return toTable(['benchmark', 'allocs/op of base, by run', 'of head'], listChanged(report), limit, (b) => [
    name(b),
    show(b.samples.base),
    show(b.samples.head),
  ]);
}

/** Each function that changed, and the benchmarks that run it. */
function writeReach({ changedFunctions = [] }: Report, limit: number): string {
  if (changedFunctions.length === 0) return '';
  const list = toList(changedFunctions, limit, (one) =>
    toMarkdown(say`${one.name} in ${`${one.file}:${one.line}`}: ${describeRunners(one)}`),
  );
  return `Changed functions, and the benchmarks that run them:\n\n${list}`;
}

/** The folded section about how the report was measured. */
export function writeMeasurement(report: Report, name: NameBenchmark, limit: number): string {
  const { packages } = report.skipped;
  const skipped = toList(packages, limit, toMarkdownCode);
  return fold('How it was measured', [
    `Compared ${describeSides(report)}. Took ${describeTiming(report.timing)}, ${describeSandbox(report.sandbox)}.`,
    writeSamples(report, name, limit),
    writeReach(report, limit),
    skipped === '' ? '' : `Not run, because nothing changed:\n\n${skipped}`,
  ]);
}

/** The compiler's errors. A shortened list keeps the first ones, because later ones often follow from them. */
export function writeBuildErrors(report: Report, limit: number): string {
  if (report.buildErrors.length === 0) return '';
  const cut = (line: string): string => line.slice(0, 500);
  const writeMore = (dropped: number): string => `… and ${count(dropped, 'more line')}`;
  return `Compiler errors:\n\n${toMarkdownFence(takeEntries(report.buildErrors, limit, cut, writeMore))}`;
}
