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
import { isWorthTelling, writeSummary } from '../markdown/summary.ts';
import type { PlannedReview } from '../decide/planned.ts';

/** The comments on a pull request. Bodies are Markdown of at most 65,535 characters. */
export type Comments = {
  summary: string;
  /** Whether the config wants the summary posted: `changes` keeps silent when nothing changed. */
  postSummary: boolean;
  inline: PlannedComment[];
  updates: CommentUpdate[];
};

/**
 * The most findings without a thread whose comments are brought up to date. They are the most important ones, and an
 * accepted one, whose comment says who accepted it, is among them.
 */
const maxUpdates = 100;

/** The findings without a thread whose comments may stay where the config wants comments about them. */
const listUpdated = ({ placement, config }: PlannedReview): ReportFinding[] =>
  config.comments.inline
    ? placement.summary.filter((finding) => gateOf(finding, config) !== 'off').slice(0, maxUpdates)
    : [];

const writeComment = (
  finding: ReportFinding,
  judged: readonly JudgedAcceptance[],
  anchor: CommentAnchor | null,
): string =>
  fitBody((limit) => joinMarkdown([writeMarker(finding.id), writeFinding(finding, judged, limit, anchor)]));

/**
 * The news in an existing summary when the new head has nothing to report, so that the earlier content is not read as
 * current.
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
  return wish === 'always' || (wish === 'changes' && isWorthTelling(report));
}

/**
 * Writes the comments of a review on its pull request.
 * @param isUpdate a summary that is not posted is written to replace one of an earlier commit
 * @param notice a paragraph of our own that the summary begins with
 * @param links where the lines of the code are on the web; null: nothing is linked
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
  const news = isUpdate && !postSummary && !isWorthTelling(report) ? writeNews(report) : '';
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

/** Where a comment stands, as Markdown: `log/log.go:40-42` (RIGHT). */
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
