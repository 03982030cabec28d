import { z } from 'zod';
import { reviewCommentEvent } from './events.ts';
import { checkBody, countCreation } from './limits.ts';
import { nodeId } from './render-accounts.ts';
import { renderReview, renderReviewComment } from './render-pulls.ts';
import {
  addAnswer,
  addReview,
  addReviewComment,
  DraftComment,
  isMisplaced,
  placeComment,
  removeReviewComment,
  type Misplaced,
  type Place,
} from './review-comments.ts';
import { checkWriter, findReviewComment } from './routes-comments.ts';
import {
  answerPage,
  invalid,
  notFound,
  ok,
  parameter,
  pullOfCall,
  read,
  refuseLocked,
  Refusal,
  unprocessable,
  writerOf,
  type Answer,
  type Call,
  type Need,
  type Routes,
} from './routing.ts';
import type { PullRequest, Review, ReviewComment, ReviewState } from './state-types.ts';
import { now } from './world.ts';

const resource = 'PullRequestReviewComment';

const NewComment = DraftComment.extend({
  commit_id: z.string(),
  in_reply_to: z.number().optional(),
});
const Event = z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']);
const NewReview = z.object({
  commit_id: z.string().optional(),
  body: z.string().optional(),
  event: Event.optional(),
  comments: z.array(DraftComment).default([]),
});
const Body = z.object({ body: z.string() });
const Submission = z.object({ body: z.string().optional(), event: Event });

const states: Readonly<Record<z.infer<typeof Event>, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

/** The own pending review: others do not see it. */
function findPending(call: Call, pull: PullRequest): Review | undefined {
  const { user } = writerOf(call);
  return call.world.reviews.find(
    (one) => one.pullRequest === pull && one.user === user && one.state === 'PENDING',
  );
}

/** The error of POST /pulls/N/comments for a comment without a place. */
function refuseComment({ field, message }: Misplaced): Refusal {
  if (field === 'path' || field === 'commit_id') return invalid(resource, field, `${field} ${message}`);
  const name = `pull_request_review_thread.${field}`;
  const errors = [
    { resource, code: 'custom', field: name, message: `${name} ${message}` },
    { resource, code: 'missing_field', field: 'pull_request_review_thread.diff_hunk' },
  ];
  return new Refusal(422, { message: 'Validation Failed', errors });
}

/** The error of POST /pulls/N/reviews, which does not name the comment. */
function refuseReview({ field, message }: Misplaced): Refusal {
  if (field === 'path') return unprocessable('Path could not be resolved');
  if (field === 'line') return unprocessable('Line could not be resolved');
  return unprocessable(`Pull request review thread ${field.replace('_', ' ')} ${message}`);
}

function listed(call: Call, pull: PullRequest): ReviewComment[] {
  const since = call.query.get('since');
  const pending = new Set(call.world.reviews.filter((one) => one.state === 'PENDING').map((one) => one.id));
  const found = call.world.reviewComments.filter(
    (one) =>
      one.pullRequest === pull &&
      !pending.has(one.reviewId) &&
      (since === null || one.updatedAt >= new Date(since)),
  );
  return call.query.get('direction') === 'desc' ? found.toReversed() : found;
}

async function createComment(call: Call): Promise<Answer> {
  const pull = pullOfCall(call);
  const wanted = read(NewComment, call);
  checkBody(call, resource, wanted.body);
  if (wanted.in_reply_to !== undefined) return reply(call, pull, wanted.in_reply_to, wanted.body);
  if (findPending(call, pull)) {
    const message = 'user_id can only have one pending review per pull request';
    throw invalid('PullRequestReview', 'user_id', message);
  }
  refuseLocked(pull, writerOf(call).byApp);
  const place = await placeComment(pull, wanted.commit_id, wanted);
  if (isMisplaced(place)) throw refuseComment(place);
  countCreation(call, resource);
  const by = writerOf(call);
  const commit = wanted.commit_id;
  const review = addReview(call.world, pull, by, { state: 'COMMENTED', body: '', commit });
  const { path, body } = wanted;
  const made = addReviewComment(call.world, review, by, { path, body, commit, place });
  void call.world.emit(reviewCommentEvent(call.world, made, 'created', { own: by.byApp }));
  return ok(renderReviewComment(call.world, made), 201);
}

function reply(call: Call, pull: PullRequest, id: number, body: string): Answer {
  const to = call.world.reviewComments.find((one) => one.id === id && one.pullRequest === pull);
  if (!to) throw notFound();
  checkBody(call, resource, body);
  countCreation(call, resource);
  const by = writerOf(call);
  const made = addAnswer(call.world, to, by, body);
  void call.world.emit(reviewCommentEvent(call.world, made, 'created', { own: by.byApp }));
  return ok(renderReviewComment(call.world, made), 201);
}

function createReply(call: Call): Answer {
  const { body } = read(Body, call);
  return reply(call, pullOfCall(call), Number(parameter(call, 'comment_id')), body);
}

function updateComment(call: Call): Answer {
  const comment = findReviewComment(call);
  checkWriter(call, comment);
  const { body } = read(Body, call);
  checkBody(call, resource, body);
  comment.body = body;
  comment.updatedAt = now(call.world);
  const { user, byApp } = writerOf(call);
  void call.world.emit(reviewCommentEvent(call.world, comment, 'edited', { sender: user, own: byApp }));
  return ok(renderReviewComment(call.world, comment));
}

function deleteComment(call: Call): Answer {
  const comment = findReviewComment(call);
  checkWriter(call, comment);
  removeReviewComment(call.world, comment);
  const { user, byApp } = writerOf(call);
  void call.world.emit(reviewCommentEvent(call.world, comment, 'deleted', { sender: user, own: byApp }));
  return { status: 204 };
}

/** GitHub's rules for a review as a whole (https://docs.github.com/rest/pulls/reviews). */
function checkReview(call: Call, pull: PullRequest, wanted: z.infer<typeof NewReview>): void {
  const body = wanted.body ?? '';
  if (findPending(call, pull)) {
    throw unprocessable('User can only have one pending review per pull request');
  }
  if (wanted.event === 'REQUEST_CHANGES' && body === '') throw unprocessable('Body is required');
  if (wanted.event === 'COMMENT' && body === '' && wanted.comments.length === 0) {
    throw unprocessable('Body or comments are required');
  }
  const isOwn = pull.author === writerOf(call).user;
  if (isOwn && wanted.event === 'APPROVE') throw unprocessable('Can not approve your own pull request');
  if (isOwn && wanted.event === 'REQUEST_CHANGES') {
    throw unprocessable('Can not request changes on your own pull request');
  }
  for (const text of [body, ...wanted.comments.map((one) => one.body)]) {
    if (text.length > call.world.limits.bodyLength)
      throw unprocessable('Body is too long (maximum is 65536 characters)');
  }
  if (wanted.comments.some((one) => one.body.trim() === '')) throw unprocessable("Body can't be blank");
}

async function createReview(call: Call): Promise<Answer> {
  const pull = pullOfCall(call);
  const wanted = read(NewReview, call);
  checkReview(call, pull, wanted);
  refuseLocked(pull, writerOf(call).byApp);
  const commit = wanted.commit_id ?? pull.headSha;
  const places: Place[] = [];
  for (const draft of wanted.comments) {
    const place = await placeComment(pull, commit, draft);
    if (isMisplaced(place)) throw refuseReview(place);
    places.push(place);
  }
  // While git looked, another review may have begun.
  checkReview(call, pull, wanted);
  countCreation(call, 'PullRequestReview', 1);
  const by = writerOf(call);
  const state = wanted.event === undefined ? 'PENDING' : states[wanted.event];
  const review = addReview(call.world, pull, by, { state, body: wanted.body ?? '', commit });
  for (const [at, { path, body }] of wanted.comments.entries()) {
    const place = places[at];
    if (place) addReviewComment(call.world, review, by, { path, body, commit, place });
  }
  return ok(renderReview(call.world, review));
}

function findReview(call: Call): Review {
  const pull = pullOfCall(call);
  const id = Number(parameter(call, 'review_id'));
  const found = seenReviews(call, pull).find((one) => one.id === id);
  if (!found) throw notFound();
  return found;
}

function seenReviews(call: Call, pull: PullRequest): Review[] {
  const user = call.caller.token === null ? null : writerOf(call).user;
  return call.world.reviews.filter(
    (one) => one.pullRequest === pull && (one.state !== 'PENDING' || one.user === user),
  );
}

function submitReview(call: Call): Answer {
  const review = findReview(call);
  const wanted = read(Submission, call);
  if (review.state !== 'PENDING') throw unprocessable('Could not submit a review that is not pending');
  review.state = states[wanted.event];
  review.body = wanted.body ?? review.body;
  review.submittedAt = now(call.world);
  return ok(renderReview(call.world, review));
}

function updateReview(call: Call): Answer {
  const review = findReview(call);
  if (review.user !== writerOf(call).user) throw unprocessable('Could not edit the review of somebody else');
  review.body = read(Body, call).body;
  return ok(renderReview(call.world, review));
}

function deleteReview(call: Call): Answer {
  const review = findReview(call);
  if (review.state !== 'PENDING') throw unprocessable('Can not delete a non-pending pull request review');
  const { world } = call;
  world.reviews = world.reviews.filter((one) => one !== review);
  world.reviewComments = world.reviewComments.filter((one) => one.reviewId !== review.id);
  return ok(renderReview(world, review));
}

function listCommentsOfReview(call: Call): Answer {
  const review = findReview(call);
  const found = call.world.reviewComments.filter((one) => one.reviewId === review.id);
  return answerPage(call, found, (one) => ({
    ...renderReviewComment(call.world, one),
    node_id: nodeId('PRRC', one.id),
  }));
}

const reads: readonly Need[] = [['pull_requests', 'read']];
const writes: readonly Need[] = [['pull_requests', 'write']];
const pull = '/repos/{owner}/{repo}/pulls/{pull_number}';
const comment = '/repos/{owner}/{repo}/pulls/comments/{comment_id}';

export const reviewRoutes: Routes = {
  [`GET ${pull}/comments`]: {
    by: 'any',
    needs: reads,
    run: (call) =>
      answerPage(call, listed(call, pullOfCall(call)), (one) => renderReviewComment(call.world, one)),
  },
  [`POST ${pull}/comments`]: { by: 'token', needs: writes, run: createComment },
  [`POST ${pull}/comments/{comment_id}/replies`]: { by: 'token', needs: writes, run: createReply },
  [`PATCH ${comment}`]: { by: 'token', needs: writes, run: updateComment },
  [`DELETE ${comment}`]: { by: 'token', needs: writes, run: deleteComment },
  [`GET ${pull}/reviews`]: {
    by: 'any',
    needs: reads,
    run: (call) =>
      answerPage(call, seenReviews(call, pullOfCall(call)), (one) => renderReview(call.world, one)),
  },
  [`POST ${pull}/reviews`]: { by: 'token', needs: writes, run: createReview },
  [`GET ${pull}/reviews/{review_id}`]: {
    by: 'any',
    needs: reads,
    run: (call) => ok(renderReview(call.world, findReview(call))),
  },
  [`PUT ${pull}/reviews/{review_id}`]: { by: 'token', needs: writes, run: updateReview },
  [`DELETE ${pull}/reviews/{review_id}`]: { by: 'token', needs: writes, run: deleteReview },
  [`POST ${pull}/reviews/{review_id}/events`]: { by: 'token', needs: writes, run: submitReview },
  [`GET ${pull}/reviews/{review_id}/comments`]: { by: 'any', needs: reads, run: listCommentsOfReview },
};
