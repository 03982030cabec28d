import { cleanLine, shortLine, toLogLine } from '../model/escape.ts';
import { evidenceKinds } from '../../rules/types.ts';
import { describeOwnBenchmark } from '../words/own-benchmarks.ts';
import { describeSuggestion } from '../words/suggestions.ts';
import { indentCode, indentPatch } from './patch.ts';
import { evidenceWords } from '../words/evidence.ts';
import { describeFinding, MAX_OTHERS } from '../words/finding.ts';
import {
  describeRest,
  describeSides,
  describeSandbox,
  describeTiming,
  describeVerdict,
} from '../words/headline.ts';
import { describeReach } from '../words/reach.ts';
import { toPlain } from '../model/prose.ts';
import type { Report, ReportFinding } from '../model/schema.ts';
import { renderBenchmarks } from './benchmarks.ts';
import {
  indent,
  layoutParagraph,
  layoutParts,
  paint,
  plain,
  type Page,
  type Span,
  type StyleName,
} from './layout.ts';

const verdictWords: Record<Report['verdict'], { word: string; styles: StyleName[] }> = {
  pass: { word: 'PASS', styles: ['bold', 'green'] },
  fail: { word: 'FAIL', styles: ['bold', 'red'] },
  neutral: { word: 'NEUTRAL', styles: ['bold', 'yellow'] },
  error: { word: 'ERROR', styles: ['bold', 'red'] },
};

/** One finding: place, then cost, reason, advice and exercise under it. */
function renderFinding(finding: ReportFinding, page: Page): string[] {
  const text = describeFinding(finding);
  const { label } = evidenceWords[finding.evidence];
  const isMeasured = finding.evidence === 'proven' || finding.evidence === 'broken';
  const evidence: Span = { text: label, styles: ['bold', isMeasured ? 'red' : 'yellow'] };
  const gate: Span[] = finding.gates ? [{ text: ' gates', styles: ['red'] }] : [];
  const place: Span = { text: `${shortLine(finding.file)}:${finding.line}`, styles: ['bold'] };
  const entry = (name: string, words: string): string[] =>
    layoutParagraph([plain(words.replaceAll('\n', ' '))], page, `  ${name.padEnd(8)} `, ' '.repeat(11));
  return [
    ...layoutParts([[evidence, ...gate], [place], [plain(cleanLine(finding.rule))]], page, '  '),
    ...entry('cost', toPlain(text.cost)),
    ...entry('why', toPlain(text.why)),
    ...entry('cause', toPlain(text.cause)),
    ...entry('do', text.advice),
    ...renderSuggestion(finding, entry),
    ...renderOwnBenchmark(finding, entry),
    ...entry('exercise', `${text.exercise}: allocgate rules ${text.page}`),
    ...entry('source', `${text.source}${text.url === null ? '' : ` ${text.url}`}`),
    ...entry('related', text.others.slice(0, MAX_OTHERS).join('; ')),
  ].filter((line) => line !== '');
}

/** The fix that was tried, with its patch. */
function renderSuggestion(
  { suggestion }: ReportFinding,
  entry: (name: string, words: string) => string[],
): string[] {
  if (!suggestion) return [];
  return [...entry('fix', toPlain(describeSuggestion(suggestion))), ...indentPatch(suggestion.patch)];
}

/** The benchmark that was written for the function, with its code. */
function renderOwnBenchmark(
  { ownBenchmark }: ReportFinding,
  entry: (name: string, words: string) => string[],
): string[] {
  if (!ownBenchmark) return [];
  const code = 'problem' in ownBenchmark ? [] : indentCode(ownBenchmark.code);
  return [...entry('bench', toPlain(describeOwnBenchmark(ownBenchmark))), ...code];
}

function renderFindings(report: Report, page: Page): string[] {
  return report.findings.flatMap((finding, index) => [
    ...(index === 0 ? [] : ['']),
    ...renderFinding(finding, page),
  ]);
}

/** A block under its heading, with an empty line before it; nothing for an empty block. */
function section(title: string, lines: readonly string[], { colour }: Page): string[] {
  return lines.length === 0 ? [] : ['', paint({ text: title, styles: ['bold'] }, colour), ...lines];
}

function countFindings(report: Report): string {
  const counts = evidenceKinds.flatMap((kind) => {
    const { length } = report.findings.filter(({ evidence }) => evidence === kind);
    return length === 0 ? [] : [`${length} ${evidenceWords[kind].counted}`];
  });
  return `Findings: ${counts.join(', ')}`;
}

/**
 * A report for a terminal: the verdict first, then what changed, the findings, the warnings, and the verdict again with
 * the time it took. `width` is not a strict limit: names are never broken. Ends with a newline.
 */
export function renderText(report: Report, page: Page): string {
  const { word, styles } = verdictWords[report.verdict];
  const verdict: Span = { text: word, styles };
  const dim = (text: string): string[] =>
    layoutParagraph([{ text: cleanLine(text), styles: ['dim'] }], page, '', '  ');
  const rest = [describeRest(report), toPlain(describeReach(report))].filter((text) => text !== '').join(' ');
  const lines = [
    ...layoutParagraph([verdict, plain(`: ${describeVerdict(report)}`)], page, '', '  '),
    ...dim(describeSides(report)),
    ...dim(`run ${describeSandbox(report.sandbox)}`),
    // The compiler's lines are not wrapped, because people and editors search them for FILE:LINE.
    ...section('Compiler errors', indent(report.buildErrors.map(shortLine), '  '), page),
    ...section('Benchmarks that changed', renderBenchmarks(report.benchmarks, page), page),
    ...(rest === '' ? [] : ['', ...layoutParagraph([plain(rest)], page)]),
    ...section(countFindings(report), renderFindings(report, page), page),
    ...section(
      `Warnings: ${report.warnings.length}`,
      report.warnings.flatMap((warning) =>
        layoutParagraph([plain(cleanLine(warning))], page, '  - ', '    '),
      ),
      page,
    ),
    '',
    ...layoutParagraph([verdict, plain(` after ${describeTiming(report.timing)}.`)], page, '', '  '),
  ];
  return `${lines.map((line) => toLogLine(line.trimEnd())).join('\n')}\n`;
}
