import { bodyLimit, fold, joinMarkdown } from '../model/body-limits.ts';
import { nameAnchor } from './comments.ts';
import { dropMarkers, readMarkers, writeMarker } from '../model/markers.ts';
import { count } from '../model/prose.ts';
import type { PlannedComment } from '../model/pull-request.ts';

/** Room for the sentence that says how many did not fit. */
const reserve = 60;

/** Appends the comments that GitHub refused on their lines to the summary, as many as fit into one body. */
export function appendRefused(summary: string, refused: readonly PlannedComment[]): string {
  if (refused.length === 0) return summary;
  let body = joinMarkdown([summary, '### Findings whose line GitHub did not accept']);
  for (const [index, { anchor, body: comment }] of refused.entries()) {
    const longer = joinMarkdown([body, `#### ${nameAnchor(anchor)}`, dropMarkers(comment)]);
    if (longer.length > bodyLimit - reserve) {
      const more = joinMarkdown([body, `… and ${count(refused.length - index, 'more comment')}`]);
      return more.length <= bodyLimit ? more : summary;
    }
    body = longer;
  }
  return body;
}

const fixed = '**Fixed:** the head of this pull request no longer has this finding.';

/**
 * Rewrites a comment that somebody answered and whose findings are fixed: it says so and folds the original text. The
 * markers stay, so that a finding that comes back finds its comment. A body that was rewritten before is returned
 * unchanged.
 */
export function writeFixed(body: string): string {
  const text = dropMarkers(body).trimEnd();
  if (text.startsWith(fixed)) return body;
  const markers = readMarkers(body).map(writeMarker).join('\n');
  const whole = joinMarkdown([markers, fixed, fold('The original comment', [text])]);
  return whole.length <= bodyLimit ? whole : joinMarkdown([markers, fixed]);
}
