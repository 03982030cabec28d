import { cleanLine, toLogLine, shortLine } from '../model/escape.ts';
import { toPlain } from '../model/prose.ts';
import { describeFinding } from '../words/finding.ts';
import type { Report, ReportFinding } from '../model/schema.ts';
import { describeOwnBenchmark } from '../words/own-benchmarks.ts';
import { describeSuggestion } from '../words/suggestions.ts';
import { indentCode, indentPatch } from './patch.ts';
import { describeExperiment, describeUntried } from '../words/experiments.ts';

/** The text of a finding that tests showed only after the report was printed. */
function describeTestedFinding(finding: ReportFinding): string[] {
  const { cost, why, cause } = describeFinding(finding);
  return [cost, why, cause].map((one) => `  ${toPlain(one)}`);
}

function describeOwn(own: NonNullable<ReportFinding['ownBenchmark']>): string[] {
  return [`  ${toPlain(describeOwnBenchmark(own))}`, ...('problem' in own ? [] : indentCode(own.code))];
}

/**
 * The results of experiments with causes and fixes, and what could not be tried, to be printed below the report. Ends with a
 * newline.
 * @param shown the warnings that the report above already shows
 */
export function renderExperiments({ findings, warnings }: Report, shown: readonly string[]): string {
  const tried = findings.filter(
    ({ experiment, suggestion, tested, quietTests, ownBenchmark }) =>
      experiment ?? suggestion ?? tested ?? quietTests ?? ownBenchmark,
  );
  const lines = tried.flatMap((finding) => [
    `${shortLine(finding.file)}:${finding.line}  ${shortLine(finding.rule)}`,
    ...(finding.tested ? describeTestedFinding(finding) : []),
    ...(finding.quietTests ? [`  ${toPlain(describeFinding(finding).cost)}`] : []),
    ...(finding.experiment ? [`  ${toPlain(describeExperiment(finding)).trim()}`] : []),
    ...(finding.suggestion
      ? [`  ${toPlain(describeSuggestion(finding.suggestion))}`, ...indentPatch(finding.suggestion.patch)]
      : []),
    ...(finding.ownBenchmark ? describeOwn(finding.ownBenchmark) : []),
  ]);
  const left = warnings.filter((one) => !shown.includes(one));
  const told =
    left.length === 0 ? [] : [`Warnings: ${left.length}`, ...left.map((one) => `  - ${cleanLine(one)}`)];
  const all = ['', describeUntried(findings), ...lines, ...told];
  return `${all.map((line) => toLogLine(line)).join('\n')}\n`;
}
