import type { RuleWithExercise } from '../../rules/parse-rule.ts';
import { bodyLimit, joinBlocks } from '../model/body-limits.ts';
import { toMarkdownCode } from '../model/escape.ts';
import { describeFinding } from '../words/finding.ts';
import { toMarkdown } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';

/** Blocks of code, whose lines may look like headings. */
const codeBlocks = /(^(?:```|~~~)[^]*?^(?:```|~~~)[^\n]*$)/mu;

/** In a comment a page's title is no larger than allocgate's other headings. */
function demoteHeadings(markdown: string): string {
  return markdown
    .split(codeBlocks)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/^#(?=#* )/gmu, '###')))
    .join('');
}

/** The finding that somebody asked about, in brief. */
function writeFindingLine(finding: ReportFinding): string {
  const { cost, why } = describeFinding(finding);
  const place = toMarkdownCode(`${finding.file}:${finding.line}`);
  return `About ${place}: ${toMarkdown(cost)} ${toMarkdown(why)}`;
}

/** A rule's exercise page as a comment. The page is allocgate's own, and Markdown already. */
export function writeExplanation(rule: RuleWithExercise, finding: ReportFinding | null): string {
  const page = joinBlocks([
    finding === null ? '' : writeFindingLine(finding),
    demoteHeadings(rule.exercise.trim()),
    `<sub>Rule ${rule.id}, ${toMarkdownCode(rule.slug)}</sub>`,
  ]);
  // Room for the marker before it.
  return page.slice(0, bodyLimit - 200).toWellFormed();
}
