import { joinMarkdown } from '../model/body-limits.ts';
import { toLogLine } from '../model/escape.ts';
import { nameAnchor } from './comments.ts';
import { linkComments } from '../model/comment-links.ts';
import { dropMarkers } from '../model/markers.ts';
import type { PullRequestPlan } from '../model/pull-request.ts';

/**
 * Everything that a reader of the pull request would see, as one Markdown document: the check's title and summary, the
 * summary comment if it would be posted, and each comment under its place.
 */
export function renderPullRequestPlan({ check, summary, comments }: PullRequestPlan): string {
  const inline = comments.map(({ anchor, body }) =>
    joinMarkdown([`### ${nameAnchor(anchor)}`, dropMarkers(body)]),
  );
  const text = joinMarkdown([
    `## Check: ${check.conclusion}`,
    `**${check.title}**`,
    check.summary,
    summary.create ? joinMarkdown(['## Summary comment', dropMarkers(summary.body)]) : '',
    inline.length === 0 ? '' : '## Inline comments',
    ...inline,
    summary.create || inline.length > 0 ? '' : 'No comment: there is nothing to report.',
  ]);
  return `${linkComments(text, new Map()).split('\n').map(toLogLine).join('\n')}\n`;
}
