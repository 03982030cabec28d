import { z } from 'zod';
import type { FileDiff } from './diffs.ts';
import { cutHunk, findLine, findPosition } from './placement.ts';
import { filesOf, isCommitOf } from './pulls.ts';
import type { PullRequest, Review, ReviewComment, Side, User } from './state-types.ts';
import { nextId, now, type World } from './world.ts';

const SideName = z.enum(['LEFT', 'RIGHT']);

/** An inline comment as it is sent, alone or in a review. */
export const DraftComment = z.object({
  path: z.string(),
  body: z.string(),
  position: z.number().optional(),
  line: z.number().optional(),
  side: SideName.optional(),
  start_line: z.number().optional(),
  start_side: SideName.optional(),
  subject_type: z.enum(['line', 'file']).optional(),
});
export type DraftComment = z.infer<typeof DraftComment>;

export type Place = Pick<
  ReviewComment,
  'subject' | 'side' | 'startSide' | 'originalLine' | 'originalStartLine' | 'diffHunk'
>;

/** Why a comment has no place; the two endpoints have different words for it. */
export type Misplaced = { field: 'path' | 'line' | 'start_line' | 'commit_id'; message: string };

function misplace(field: Misplaced['field'], message: string): Misplaced {
  return { field, message };
}

function placeSpan(file: FileDiff, draft: DraftComment, side: Side, line: number): Place | Misplaced {
  const hunk = findLine(file, side, line);
  if (!hunk) return misplace('line', 'must be part of the diff');
  const start = draft.start_line ?? null;
  const startSide = start === null ? null : (draft.start_side ?? side);
  if (start !== null && startSide !== null) {
    if (startSide === side && start >= line) return misplace('start_line', 'must precede the end line.');
    if (findLine(file, startSide, start) !== hunk) {
      return misplace('start_line', 'must be part of the same hunk as the line.');
    }
  }
  const place = { subject: 'line' as const, side, startSide, originalLine: line, originalStartLine: start };
  return { ...place, diffHunk: cutHunk(hunk, side, line) };
}

/** Where a comment goes in the diff up to a commit, or why nowhere. */
export async function placeComment(
  pull: PullRequest,
  commit: string,
  draft: DraftComment,
): Promise<Place | Misplaced> {
  if (!(await isCommitOf(pull, commit))) return misplace('commit_id', 'is not part of the pull request');
  const file = (await filesOf(pull, commit)).find((one) => one.path === draft.path);
  if (!file) return misplace('path', 'could not be resolved');
  if (draft.subject_type === 'file') {
    const nowhere = { startSide: null, originalLine: null, originalStartLine: null, diffHunk: '' };
    return { subject: 'file', side: 'RIGHT', ...nowhere };
  }
  const spot = draft.position === undefined ? null : findPosition(file, draft.position);
  const line = spot?.line ?? draft.line;
  if (line === undefined) return misplace('line', 'is missing');
  return placeSpan(file, draft, spot?.side ?? draft.side ?? 'RIGHT', line);
}

export function isMisplaced(place: Place | Misplaced): place is Misplaced {
  return 'field' in place;
}

export type Written = { user: User; byApp: boolean };

/** Puts an inline comment into a review. */
export function addReviewComment(
  world: World,
  review: Review,
  by: Written,
  comment: { path: string; body: string; commit: string; place: Place; inReplyTo?: number },
): ReviewComment {
  const { place } = comment;
  const made: ReviewComment = {
    // First: a thread's first comment is a place with more to it.
    ...place,
    id: nextId(world),
    reviewId: review.id,
    pullRequest: review.pullRequest,
    ...by,
    body: comment.body,
    path: comment.path,
    originalCommit: comment.commit,
    commit: comment.commit,
    line: place.originalLine,
    startLine: place.originalStartLine,
    inReplyTo: comment.inReplyTo ?? null,
    createdAt: now(world),
    updatedAt: now(world),
    reactions: [],
  };
  world.reviewComments.push(made);
  return made;
}

export function addReview(
  world: World,
  pull: PullRequest,
  by: Written,
  review: Pick<Review, 'state' | 'body' | 'commit'>,
): Review {
  const made: Review = {
    id: nextId(world),
    pullRequest: pull,
    ...by,
    ...review,
    submittedAt: review.state === 'PENDING' ? null : now(world),
  };
  world.reviews.push(made);
  return made;
}

/** A reply has the place of its thread, and its own review. */
export function addAnswer(world: World, to: ReviewComment, by: Written, body: string): ReviewComment {
  const first = world.reviewComments.find((one) => one.id === to.inReplyTo) ?? to;
  const { pullRequest } = first;
  const review = addReview(world, pullRequest, by, {
    state: 'COMMENTED',
    body: '',
    commit: pullRequest.headSha,
  });
  const made = addReviewComment(world, review, by, {
    path: first.path,
    body,
    commit: first.originalCommit,
    place: first,
    inReplyTo: first.id,
  });
  return Object.assign(made, { commit: first.commit, line: first.line, startLine: first.startLine });
}

/** A review that said nothing but its comments goes with the last of them. */
export function removeReviewComment(world: World, comment: ReviewComment): void {
  world.reviewComments = world.reviewComments.filter((one) => one !== comment);
  const isEmpty = (review: Review): boolean =>
    review.id === comment.reviewId &&
    review.body === '' &&
    review.state === 'COMMENTED' &&
    !world.reviewComments.some((one) => one.reviewId === review.id);
  world.reviews = world.reviews.filter((review) => !isEmpty(review));
}
