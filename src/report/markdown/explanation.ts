import type { RulePage } from '../../rules/parse-rule.ts';
import { BODY_LIMIT, joinMarkdown } from '../model/body-limits.ts';
import { toMarkdownCode } from '../model/escape.ts';
import { describeFinding } from '../words/finding.ts';
import { toMarkdown } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';

/** Code blocks, whose lines can look like headings. */
const CODE_BLOCKS = /(^(?:```|~~~)[^]*?^(?:```|~~~)[^\n]*$)/mu;

/** Lowers all headings by two levels, so that a page's title is as small as other headings in a comment. */
function demoteHeadings(markdown: string): string {
  return markdown
    .split(CODE_BLOCKS)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/^#(?=#* )/gmu, '###')))
    .join('');
}

/** A short description of the finding that the command named. */
function writeFindingLine(finding: ReportFinding): string {
  const { cost, why } = describeFinding(finding);
  const place = toMarkdownCode(`${finding.file}:${finding.line}`);
  return `About ${place}: ${toMarkdown(cost)} ${toMarkdown(why)}`;
}

/** Writes a rule's exercise page as a comment. The page is part of allocgate and already Markdown. */
export function writeExplanation(rule: RulePage, finding: ReportFinding | null): string {
  const page = joinMarkdown([
    finding === null ? '' : writeFindingLine(finding),
    demoteHeadings(rule.exercise.trim()),
    rule.id === rule.slug ? '' : `<sub>Rule ${rule.id}, ${toMarkdownCode(rule.slug)}</sub>`,
  ]);
  // The rest is room for the marker before the page.
  return page.slice(0, BODY_LIMIT - 200).toWellFormed();
}
