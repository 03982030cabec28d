import { describeAcceptance, describeSubject } from '../words/acceptance.ts';
import type { JudgedAcceptance } from '../decide/acceptances.ts';
import { fitBody, FOLDED_LIMIT, joinMarkdown, takeEntries, toList } from '../model/body-limits.ts';
import { toMarkdownCode } from '../model/escape.ts';
import { writeFinding } from './finding.ts';
import { type CodeLinks, linkFinding } from './links.ts';
import { describeRest, describeVerdict } from '../words/headline.ts';
import { describeReach } from '../words/reach.ts';
import { summaryMarker } from '../model/markers.ts';
import type { PlannedReview } from '../decide/planned.ts';
import { count, say, toMarkdown } from '../model/prose.ts';
import {
  nameBenchmarks,
  writeBenchmarks,
  writeBuildErrors,
  writeMeasurement,
  writeReasons,
  writeWarnings,
} from './report.ts';
import type { Report, ReportFinding } from '../model/schema.ts';

/** Whether a review found something: a changed benchmark, a finding or a build error. */
export function hasFoundSomething(report: Report): boolean {
  const changed = report.benchmarks.some((b) => b.verdict === 'regression' || b.verdict === 'improvement');
  return changed || report.findings.length > 0 || report.buildErrors.length > 0;
}

/** The result of a review in one or two sentences. */
export const writeHeadline = ({ report, judged }: Pick<PlannedReview, 'report' | 'judged'>): string =>
  describeVerdict(report, judged.filter(({ holds }) => holds).length);

/** The acceptances, and which of them are void. Empty if there are none. */
export function writeAccepted(
  { report, judged }: Pick<PlannedReview, 'report' | 'judged'>,
  limit: number,
): string {
  if (judged.length === 0) return '';
  const write = (one: JudgedAcceptance): string =>
    toMarkdown(say`${describeSubject(one.acceptance.subject, report)}: ${describeAcceptance(one)}`);
  return `**Accepted regressions**\n\n${toList(judged, limit, write)}`;
}

/** A finding under a heading with its place, which is linked to the line and to the finding's comment. */
export function writePlacedFinding(
  finding: ReportFinding,
  judged: readonly JudgedAcceptance[],
  limit: number,
  links: CodeLinks | null,
): string {
  const place = linkFinding(toMarkdownCode(`${finding.file}:${finding.line}`), finding, links);
  return joinMarkdown([`#### ${place}`, writeFinding(finding, judged, limit)]);
}

/**
 * The findings without a comment of their own: they do not gate, the diff does not contain their line or file, or there
 * are too many.
 */
function writeUnplaced({ placement, judged }: PlannedReview, limit: number, links: CodeLinks | null): string {
  const findings = placement.summary;
  if (findings.length === 0) return '';
  const write = (finding: ReportFinding): string => writePlacedFinding(finding, judged, limit, links);
  const writeMore = (dropped: number): string => `… and ${count(dropped, 'more finding')}`;
  const heading = placement.inline.length === 0 ? '### Findings' : '### Other findings';
  return joinMarkdown([heading, ...takeEntries(findings, limit, write, writeMore)]);
}

function describeInline(comments: number): string {
  if (comments === 0) return '';
  return comments === 1
    ? 'The finding that gates has a comment of its own.'
    : `${comments} findings that gate have comments of their own.`;
}

/** The body of the summary comment. `news`: the first paragraph, or empty. */
export function writeSummary(planned: PlannedReview, news: string, links: CodeLinks | null): string {
  const { report, review, placement } = planned;
  const name = nameBenchmarks(report);
  return fitBody((limit) =>
    joinMarkdown([
      summaryMarker,
      `### allocgate: ${report.verdict}`,
      news,
      writeHeadline(planned),
      writeBuildErrors(report, limit),
      writeBenchmarks(report, name, limit, links),
      describeRest(report),
      toMarkdown(describeReach(report)),
      writeAccepted(planned, limit),
      writeReasons(review, name, limit),
      describeInline(placement.inline.length),
      writeUnplaced(planned, limit, links),
      writeWarnings(review, limit),
      writeMeasurement(report, name, Math.min(limit, FOLDED_LIMIT)),
    ]),
  );
}
