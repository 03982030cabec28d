import type { JudgedAcceptance } from '../decide/acceptances.ts';
import { fitBody, joinMarkdown } from '../model/body-limits.ts';
import { toLogLine, toMarkdownCode } from '../model/escape.ts';
import { writeFinding } from '../markdown/finding.ts';
import type { CodeLinks } from '../markdown/links.ts';
import { writeMarker } from '../model/markers.ts';
import { gateOf, isGateOff } from '../decide/gate.ts';
import type { PlacedComment } from '../decide/placement.ts';
import type { CommentAnchor, CommentUpdate, PlannedComment } from '../model/pull-request.ts';
import type { Report, ReportFinding } from '../model/schema.ts';
import { hasFoundSomething, writeSummary } from '../markdown/summary.ts';
import type { PlannedReview } from '../decide/planned.ts';

/** The comments on a pull request. Bodies are Markdown of at most 65,535 characters. */
export type Comments = {
  summary: string;
  /** Whether the config wants a new summary comment: with `changes`, only if the review found something. */
  postSummary: boolean;
  inline: PlannedComment[];
  updates: CommentUpdate[];
};

/**
 * The most existing comments that are updated for findings in the summary. The most important findings come first, so
 * accepted ones, whose comments name who accepted them, are among them.
 */
const MAX_UPDATES = 100;

/** The findings in the summary whose existing comments are updated: none if the config wants no comments. */
const listUpdated = ({ placement, config }: PlannedReview): ReportFinding[] =>
  config.comments.inline
    ? placement.summary.filter((finding) => gateOf(finding, config) !== 'off').slice(0, MAX_UPDATES)
    : [];

const writeComment = (
  finding: ReportFinding,
  judged: readonly JudgedAcceptance[],
  anchor: CommentAnchor | null,
): string =>
  fitBody((limit) => joinMarkdown([writeMarker(finding.id), writeFinding(finding, judged, limit, anchor)]));

/**
 * The first paragraph of an existing summary if the new head has nothing to report, so that nobody reads it as current.
 */
function writeNews({ verdict }: Report): string {
  return verdict === 'pass'
    ? '**There are no longer any allocation regressions.** The earlier content of this comment no longer applies.'
    : 'The earlier content of this comment was about an earlier commit.';
}

/** Whether the config wants the summary posted. If the gate is off, only the check contains the report. */
function wantsSummary({ report, config }: PlannedReview): boolean {
  const wish = config.comments.summary;
  if (isGateOff(config)) return false;
  return wish === 'always' || (wish === 'changes' && hasFoundSomething(report));
}

/**
 * Writes the comments of a review on its pull request.
 * @param isUpdate whether the summary may replace one about an earlier commit
 * @param notice a paragraph of allocgate's own that the summary begins with
 * @param links the addresses of the code's lines; null: nothing is linked
 */
export function planComments(
  planned: PlannedReview,
  {
    isUpdate = false,
    notice = '',
    links = null,
  }: { isUpdate?: boolean; notice?: string; links?: CodeLinks | null } = {},
): Comments {
  const { report, placement, judged } = planned;
  const postSummary = wantsSummary(planned);
  const news = isUpdate && !postSummary && !hasFoundSomething(report) ? writeNews(report) : '';
  return {
    summary: writeSummary(planned, joinMarkdown([notice, news]), links),
    postSummary,
    inline: placement.inline.map((comment) => planInline(comment, judged)),
    updates: listUpdated(planned).map((finding) => ({
      id: finding.id,
      body: writeComment(finding, judged, null),
    })),
  };
}

function planInline({ anchor, finding }: PlacedComment, judged: readonly JudgedAcceptance[]): PlannedComment {
  const elsewhere = writeComment(finding, judged, null);
  const body = writeComment(finding, judged, anchor);
  return { anchor, id: finding.id, body, ...(body !== elsewhere && { elsewhere }) };
}

/** The lines that a comment is on, as Markdown: `log/log.go:40-42` (RIGHT). */
export function nameAnchor({ file, line, startLine, side }: CommentAnchor): string {
  if (line === null) return `${toMarkdownCode(file)} (file)`;
  const lines = startLine === null ? String(line) : `${startLine}-${line}`;
  return `${toMarkdownCode(`${file}:${lines}`)} (${side})`;
}

/** The pull request's comments as one document: the summary, then each inline comment under its anchor. */
export function renderMarkdown(comments: Pick<Comments, 'summary' | 'inline'>): string {
  const inline = comments.inline.map(({ anchor, body }) => joinMarkdown([`### ${nameAnchor(anchor)}`, body]));
  const heading = inline.length === 0 ? '' : '## Inline comments';
  const text = joinMarkdown([comments.summary, heading, ...inline]);
  return `${text.split('\n').map(toLogLine).join('\n')}\n`;
}
