import { compareText } from '../compare/order.ts';
import type { Config } from '../config/schema.ts';
import { toLogLine, toMarkdownCode, toMarkdownFence, toMarkdownUrl } from './escape.ts';
import { describeFinding, formatChange, formatSigned } from './finding-text.ts';
import { benchmarkId } from './gate.ts';
import {
  describeRest,
  describeSides,
  describeSandbox,
  describeTiming,
  describeVerdict,
  isChanged,
} from './headline.ts';
import { describeReason, describeWarnings } from './messages.ts';
import { placeFindings } from './placement.ts';
import type { Anchor, PlacedComment } from './placement.ts';
import { count, toMarkdown } from './prose.ts';
import type { Report, ReportBenchmark, ReportFinding } from './schema.ts';
import type { Review } from './types.ts';

/** What a pull request gets. Bodies are Markdown of at most 65,535 characters. */
export type Comments = {
  summary: string;
  /** Whether the config wants the summary posted: `changes` keeps silent when nothing changed. */
  postSummary: boolean;
  /** `ids`: the fingerprints of the findings that the comment tells of. */
  inline: { anchor: Anchor; ids: string[]; body: string }[];
};

const bodyLimit = 65_535;
/** How many entries each list of a body may have, from all to one, until it fits. */
const listLimits = [Number.POSITIVE_INFINITY, 500, 200, 100, 50, 20, 10, 5, 2, 1];
/** Folded lists are for the curious; they must not push out what everybody reads. */
const foldedLimit = 50;

/** The body with the longest lists that fit. Foreign strings are short, so with single entries every body does. */
function fitBody(write: (limit: number) => string): string {
  let body = '';
  for (const limit of listLimits) {
    body = write(limit);
    if (body.length <= bodyLimit) break;
  }
  return body;
}

/** The first entries written out, and a last one that says how many were dropped. */
function takeEntries<T>(
  entries: readonly T[],
  limit: number,
  write: (entry: T) => string,
  tell: (dropped: number) => string,
): string[] {
  const taken = entries.slice(0, limit).map(write);
  return entries.length <= limit ? taken : [...taken, tell(entries.length - limit)];
}

function toList<T>(entries: readonly T[], limit: number, write: (entry: T) => string): string {
  return takeEntries(
    entries,
    limit,
    (entry) => `- ${write(entry)}`,
    (dropped) => `- … and ${dropped} more`,
  ).join('\n');
}

/** A table; nothing for no rows. Columns of numbers stand right. */
function toTable<T>(
  header: readonly string[],
  entries: readonly T[],
  limit: number,
  write: (entry: T) => string[],
): string {
  if (entries.length === 0) return '';
  const toRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((title) => (/^(?:benchmark|verdict)$/u.test(title) ? '---' : '---:'));
  const rows = takeEntries(
    entries,
    limit,
    (entry) => toRow(write(entry)),
    (dropped) => toRow([`… and ${dropped} more`, ...header.slice(1).map(() => '')]),
  );
  return [toRow(header), toRow(rule), ...rows].join('\n');
}

/** Paragraphs with an empty line between them; empty ones vanish. */
const joinBlocks = (blocks: readonly string[]): string => blocks.filter((block) => block !== '').join('\n\n');

const fold = (title: string, blocks: readonly string[]): string =>
  joinBlocks([`<details><summary>${title}</summary>`, ...blocks, '</details>']);

const marker = (id: string): string => `<!-- allocgate:${id.replace(/[^\w-]/gu, '')} -->`;

/** The hidden marker of the one summary comment of a pull request. */
const summaryMarker = marker('summary');

type NameBenchmark = (benchmark: { package: string; name: string }) => string;

/** Names benchmarks as briefly as is clear: `pkg.BenchmarkX`, or with the whole path where two packages end alike. */
function nameBenchmarks(report: Report): NameBenchmark {
  const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const byLast = Map.groupBy(new Set(report.benchmarks.map((benchmark) => benchmark.package)), last);
  return (benchmark) => {
    const short = last(benchmark.package);
    const prefix = byLast.get(short)?.length === 1 ? short : benchmark.package;
    return toMarkdownCode(`${prefix}.${benchmark.name}`);
  };
}

/** What a reader looks for first comes first; also when a table has to be cut. */
const rowOrder: Record<ReportBenchmark['verdict'], number> = {
  regression: 0,
  improvement: 1,
  'benchmark-changed': 2,
  noisy: 3,
  new: 4,
  removed: 5,
  unchanged: 6,
};

const listChanged = (report: Report): ReportBenchmark[] =>
  report.benchmarks.filter(isChanged).sort((a, b) => rowOrder[a.verdict] - rowOrder[b.verdict]);

function toCell(amount: ReportBenchmark['allocsPerOp']): string {
  const { delta } = amount;
  const difference = delta === null || delta === 0 ? '' : ` (**${formatSigned(delta)}**)`;
  return `${formatChange(amount)}${difference}`;
}

function writeBenchmarks(report: Report, name: NameBenchmark, limit: number): string {
  return toTable(['benchmark', 'allocs/op', 'B/op', 'verdict'], listChanged(report), limit, (b) => [
    name(b),
    toCell(b.allocsPerOp),
    toCell(b.bytesPerOp),
    b.verdict,
  ]);
}

/** Why verdicts are what they are, where the numbers do not say. */
function writeReasons(review: Review, name: NameBenchmark, limit: number): string {
  const notes = review.deltas
    .flatMap(({ package: path, name, reason }) => (reason === null ? [] : [{ package: path, name, reason }]))
    .sort((a, b) => compareText(benchmarkId(a), benchmarkId(b)));
  if (notes.length === 0) return '';
  return `**Notes**\n\n${toList(notes, limit, (note) => `${name(note)}: ${toMarkdown(describeReason(note.reason))}`)}`;
}

function writeExercise(text: ReturnType<typeof describeFinding>): string {
  const url = text.url === null ? null : toMarkdownUrl(text.url);
  return `**Exercise:** ${url === null ? text.exercise : `[${text.exercise}](${url})`}`;
}

function writeFindingDetails(finding: ReportFinding, limit: number): string {
  const evidence =
    finding.evidence === 'proven'
      ? 'Proven: a benchmark allocates more, and the heap profile shows it here.'
      : 'Possible: seen in the code and in what the compiler says; no benchmark proves a cost.';
  const others = finding.costs.length > 1 ? finding.costs : [];
  const alternatives = finding.alternatives.slice(0, 10).map(toMarkdownCode).join(', ');
  return fold(`Details: ${finding.rule}`, [
    evidence + (finding.gates ? ' It gates the merge.' : ''),
    toTable(['benchmark', 'allocs/op', 'B/op'], others, Math.min(limit, foldedLimit), (cost) => [
      toMarkdownCode(benchmarkId(cost)),
      toCell(cost.allocsPerOp),
      toCell(cost.bytesPerOp),
    ]),
    finding.flow.length > 0
      ? `The compiler's steps:\n\n${toList(finding.flow, Math.min(limit, foldedLimit), toMarkdownCode)}`
      : '',
    alternatives === '' ? '' : `Other rules that fit here: ${alternatives}`,
  ]);
}

/** What one finding says, wherever it stands: cost, place and reason, what to do, the exercise, details folded. */
function writeFinding(finding: ReportFinding, limit: number): string {
  const text = describeFinding(finding);
  return joinBlocks([
    `**${toMarkdown(text.cost)}**`,
    `${toMarkdown(text.why)} ${toMarkdown(text.cause)}`,
    `**What to do:** ${text.advice}`,
    writeExercise(text),
    writeFindingDetails(finding, limit),
  ]);
}

function writeInline({ findings }: PlacedComment): string {
  const markers = findings.map(({ id }) => marker(id)).join('\n');
  const tell = (dropped: number): string => `… and ${count(dropped, 'more finding')} here`;
  return fitBody((limit) => {
    const texts = takeEntries(findings, limit, (finding) => writeFinding(finding, limit), tell);
    return joinBlocks([markers, texts.join('\n\n---\n\n')]);
  });
}

/** Findings that no line or file of the diff can carry. */
function writeUnplaced(findings: readonly ReportFinding[], limit: number): string {
  if (findings.length === 0) return '';
  const write = (finding: ReportFinding): string =>
    joinBlocks([`#### ${toMarkdownCode(`${finding.file}:${finding.line}`)}`, writeFinding(finding, limit)]);
  const tell = (dropped: number): string => `… and ${count(dropped, 'more finding')}`;
  return joinBlocks(['### Findings outside the diff', ...takeEntries(findings, limit, write, tell)]);
}

function writeWarnings(review: Review, limit: number): string {
  const warnings = describeWarnings(review.warnings).map(toMarkdown);
  if (warnings.length === 0) return '';
  return `**Warnings**\n\n${toList(warnings, limit, (warning) => warning)}`;
}

/** One row of values per changed benchmark, so that a reader can judge the verdict. */
function writeSamples(report: Report, name: NameBenchmark, limit: number): string {
  const show = (sample: Record<string, number[]>): string =>
    (sample['allocs/op'] ?? []).slice(0, 20).join(' ') || '–';
  return toTable(['benchmark', 'allocs/op of base, by run', 'of head'], listChanged(report), limit, (b) => [
    name(b),
    show(b.samples.base),
    show(b.samples.head),
  ]);
}

function writeMeasurement(report: Report, name: NameBenchmark, limit: number): string {
  const { packages } = report.skipped;
  const skipped = toList(packages, limit, toMarkdownCode);
  return fold('How it was measured', [
    `Compared ${describeSides(report)}. Took ${describeTiming(report.timing)}, ${describeSandbox(report.sandbox)}.`,
    writeSamples(report, name, limit),
    skipped === '' ? '' : `Not run, because nothing changed:\n\n${skipped}`,
  ]);
}

/** A shortened list of compiler lines keeps the first ones: the later often follow from them. */
function writeBuildErrors(report: Report, limit: number): string {
  if (report.buildErrors.length === 0) return '';
  const cut = (line: string): string => line.slice(0, 500);
  const tell = (dropped: number): string => `… and ${count(dropped, 'more line')}`;
  return `The compiler says:\n\n${toMarkdownFence(takeEntries(report.buildErrors, limit, cut, tell))}`;
}

function describeInline(inline: readonly PlacedComment[]): string {
  const findings = inline.flatMap((comment) => comment.findings).length;
  if (findings === 0) return '';
  return findings === 1
    ? 'One finding has a comment of its own.'
    : `${findings} findings have comments of their own.`;
}

/** Something that people would want to know of happened. */
function isWorthTelling(report: Report): boolean {
  const changed = report.benchmarks.some((b) => b.verdict === 'regression' || b.verdict === 'improvement');
  return changed || report.findings.length > 0 || report.buildErrors.length > 0;
}

/** Writes all that a pull request would get for a report and the review it was planned from. */
export function planComments(report: Report, review: Review, config: Config): Comments {
  const placement = placeFindings(report.findings, review.diff, config.comments);
  const name = nameBenchmarks(report);
  const summary = fitBody((limit) =>
    joinBlocks([
      summaryMarker,
      `### allocgate: ${report.verdict}`,
      describeVerdict(report),
      writeBuildErrors(report, limit),
      writeBenchmarks(report, name, limit),
      describeRest(report),
      writeReasons(review, name, limit),
      describeInline(placement.inline),
      writeUnplaced(placement.summary, limit),
      writeWarnings(review, limit),
      writeMeasurement(report, name, Math.min(limit, foldedLimit)),
    ]),
  );
  const wish = config.comments.summary;
  return {
    summary,
    postSummary: wish === 'always' || (wish === 'changes' && isWorthTelling(report)),
    inline: placement.inline.map((comment) => ({
      anchor: comment.anchor,
      ids: comment.findings.map(({ id }) => id),
      body: writeInline(comment),
    })),
  };
}

/** The heading of an inline comment where there is no diff to hang it on. */
function nameAnchor({ file, line, side }: Anchor): string {
  return line === null ? `${toMarkdownCode(file)} (file)` : `${toMarkdownCode(`${file}:${line}`)} (${side})`;
}

/** The pull request's comments as one document: the summary, then each inline comment under its anchor. */
export function renderMarkdown(comments: Comments): string {
  const inline = comments.inline.map(({ anchor, body }) => joinBlocks([`### ${nameAnchor(anchor)}`, body]));
  const heading = inline.length === 0 ? '' : '## Inline comments';
  const text = joinBlocks([comments.summary, heading, ...inline]);
  return `${text.split('\n').map(toLogLine).join('\n')}\n`;
}
