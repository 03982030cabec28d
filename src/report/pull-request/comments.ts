import type { Config } from '../../config/schema.ts';
import type { JudgedAcceptance } from '../decide/acceptances.ts';
import { fitBody, joinBlocks, takeEntries } from '../model/body-limits.ts';
import { toLogLine, toMarkdownCode } from '../model/escape.ts';
import { writeFinding } from '../markdown/finding.ts';
import { writeMarker } from '../model/markers.ts';
import { placeFindings } from '../decide/placement.ts';
import type { PlacedComment } from '../decide/placement.ts';
import { count } from '../model/prose.ts';
import type { CommentAnchor, PlannedComment } from '../model/pull-request.ts';
import type { Report } from '../model/schema.ts';
import { isWorthTelling, writeSummary } from '../markdown/summary.ts';
import type { Review } from '../model/review.ts';

/** What a pull request gets. Bodies are Markdown of at most 65,535 characters. */
export type Comments = {
  summary: string;
  /** Whether the config wants the summary posted: `changes` keeps silent when nothing changed. */
  postSummary: boolean;
  inline: PlannedComment[];
};

function writeInline({ findings }: PlacedComment, judged: readonly JudgedAcceptance[]): string {
  const markers = findings.map(({ id }) => writeMarker(id)).join('\n');
  const tell = (dropped: number): string => `… and ${count(dropped, 'more finding')} here`;
  return fitBody((limit) => {
    const write = (finding: PlacedComment['findings'][number]): string =>
      writeFinding(finding, judged, limit);
    return joinBlocks([markers, takeEntries(findings, limit, write, tell).join('\n\n---\n\n')]);
  });
}

/**
 * What an existing summary says of a head in which there is nothing to tell of: what it told before must not stand
 * there as if it were still so.
 */
function writeNews({ verdict }: Report): string {
  return verdict === 'pass'
    ? '**No allocation regressions any more.** What this comment told before is no longer so.'
    : 'What this comment told before was of an earlier commit.';
}

/**
 * Writes all that a pull request would get for a report and the review it was planned from.
 * @param judged the acceptances that the report was planned with, as far as they matter
 * @param isUpdate a summary that is not posted is written to replace one of an earlier commit
 */
export function planComments(
  report: Report,
  review: Review,
  config: Config,
  { judged = [], isUpdate = false }: { judged?: readonly JudgedAcceptance[]; isUpdate?: boolean } = {},
): Comments {
  const placement = placeFindings(report.findings, review.diff, config.comments);
  const wish = config.comments.summary;
  const isNews = isWorthTelling(report);
  const postSummary = wish === 'always' || (wish === 'changes' && isNews);
  const news = isUpdate && !postSummary && !isNews ? writeNews(report) : '';
  return {
    summary: writeSummary({ report, review, placement, judged }, news),
    postSummary,
    inline: placement.inline.map((comment) => ({
      anchor: comment.anchor,
      ids: comment.findings.map(({ id }) => id),
      body: writeInline(comment, judged),
    })),
  };
}

/** Where a comment stands, as Markdown: `log/log.go:40-42` (RIGHT). */
export function nameAnchor({ file, line, startLine, side }: CommentAnchor): string {
  if (line === null) return `${toMarkdownCode(file)} (file)`;
  const lines = startLine === null ? String(line) : `${startLine}-${line}`;
  return `${toMarkdownCode(`${file}:${lines}`)} (${side})`;
}

/** The pull request's comments as one document: the summary, then each inline comment under its anchor. */
export function renderMarkdown(comments: Comments): string {
  const inline = comments.inline.map(({ anchor, body }) => joinBlocks([`### ${nameAnchor(anchor)}`, body]));
  const heading = inline.length === 0 ? '' : '## Inline comments';
  const text = joinBlocks([comments.summary, heading, ...inline]);
  return `${text.split('\n').map(toLogLine).join('\n')}\n`;
}
