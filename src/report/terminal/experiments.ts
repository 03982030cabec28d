import { toLogLine, shortLine } from '../model/escape.ts';
import { toPlain } from '../model/prose.ts';
import type { Report } from '../model/schema.ts';
import { describeExperiment, describeUntried } from '../words/experiments.ts';

/** What trying the causes gave, for below a report that is printed already. Ends with a newline. */
export function renderExperiments({ findings }: Report): string {
  const tried = findings.filter(({ experiment }) => experiment !== undefined);
  const lines = tried.flatMap((finding) => [
    `${shortLine(finding.file)}:${finding.line}  ${shortLine(finding.rule)}`,
    `  ${toPlain(describeExperiment(finding)).trim()}`,
  ]);
  return `${['', describeUntried(findings), ...lines].map((line) => toLogLine(line)).join('\n')}\n`;
}
