import { BODY_LIMIT, fold, joinMarkdown } from '../model/body-limits.ts';
import { nameAnchor } from './comments.ts';
import { dropMarkers, readMarkers, writeMarker } from '../model/markers.ts';
import { count } from '../model/prose.ts';
import type { PlannedComment } from '../model/pull-request.ts';

/** The characters that are kept free for the line with the number of comments that did not fit. */
const RESERVED = 60;

/** Appends the comments that GitHub refused on their lines to the summary, as many as fit into one body. */
export function appendRefused(summary: string, refused: readonly PlannedComment[]): string {
  if (refused.length === 0) return summary;
  let body = joinMarkdown([summary, '### Findings whose line GitHub did not accept']);
  for (const [index, { anchor, body: comment }] of refused.entries()) {
    const longer = joinMarkdown([body, `#### ${nameAnchor(anchor)}`, dropMarkers(comment)]);
    if (longer.length > BODY_LIMIT - RESERVED) {
      const more = joinMarkdown([body, `… and ${count(refused.length - index, 'more comment')}`]);
      return more.length <= BODY_LIMIT ? more : summary;
    }
    body = longer;
  }
  return body;
}

const FIXED = '**Fixed:** the head of this pull request no longer has this finding.';

/**
 * Rewrites a comment that somebody answered and whose finding is fixed: first a sentence about that, then the original
 * text, folded. The markers stay, so that the comment is used again if the finding comes back. A body that was
 * rewritten before is returned unchanged.
 */
export function writeFixed(body: string): string {
  const text = dropMarkers(body).trimEnd();
  if (text.startsWith(FIXED)) return body;
  const markers = readMarkers(body).map(writeMarker).join('\n');
  const rewritten = joinMarkdown([markers, FIXED, fold('The original comment', [text])]);
  return rewritten.length <= BODY_LIMIT ? rewritten : joinMarkdown([markers, FIXED]);
}
