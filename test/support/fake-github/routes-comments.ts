import { z } from 'zod';
import { countCreation, checkBody } from './limits.ts';
import { commentEvent } from './events.ts';
import { renderComment, renderReaction, renderReviewComment } from './render-pulls.ts';
import {
  answerPage,
  forbidden,
  notFound,
  ok,
  parameter,
  pullOfCall,
  read,
  refuseLocked,
  repositoryOfCall,
  writerOf,
  type Answer,
  type Call,
  type Need,
  type Routes,
} from './routing.ts';
import type { IssueComment, Reaction, ReviewComment } from './state-types.ts';
import { nextId, now, pullRequestOf } from './world.ts';

const Body = z.object({ body: z.string() });
const Content = z.object({ content: z.string() });

function findComment(call: Call): IssueComment {
  const repository = repositoryOfCall(call);
  const id = Number(parameter(call, 'comment_id'));
  const found = call.world.comments.find((one) => one.repository === repository && one.id === id);
  if (!found) throw notFound();
  return found;
}

/** Only the author of a comment, and people with write access, may change it. */
export function checkWriter(call: Call, comment: IssueComment | ReviewComment): void {
  const writer = writerOf(call);
  if (comment.user === writer.user) return;
  const repository = 'repository' in comment ? comment.repository : comment.pullRequest.repository;
  const role = repository.roles.get(writer.user.login.toLowerCase()) ?? 'none';
  if (!/^(?:admin|maintain|write)$/.test(role)) throw forbidden();
}

function listComments(call: Call): Answer {
  const pull = pullOfCall(call);
  const since = call.query.get('since');
  const found = call.world.comments.filter(
    (one) =>
      one.repository === pull.repository &&
      one.number === pull.number &&
      (since === null || one.updatedAt >= new Date(since)),
  );
  return answerPage(call, found, (one) => renderComment(call.world, one));
}

function createComment(call: Call): Answer {
  const pull = pullOfCall(call);
  const { body } = read(Body, call);
  checkBody(call, 'IssueComment', body);
  refuseLocked(pull, writerOf(call).byApp);
  countCreation(call, 'IssueComment');
  const comment: IssueComment = {
    id: nextId(call.world),
    repository: pull.repository,
    number: pull.number,
    ...writerOf(call),
    body,
    createdAt: now(call.world),
    updatedAt: now(call.world),
    reactions: [],
  };
  call.world.comments.push(comment);
  void call.world.emit(commentEvent(call.world, comment, 'created', { own: comment.byApp }));
  return ok(renderComment(call.world, comment), 201);
}

function updateComment(call: Call): Answer {
  const comment = findComment(call);
  checkWriter(call, comment);
  const { body } = read(Body, call);
  checkBody(call, 'IssueComment', body);
  const before = comment.body;
  comment.body = body;
  comment.updatedAt = now(call.world);
  const { user, byApp } = writerOf(call);
  void call.world.emit(commentEvent(call.world, comment, 'edited', { before, sender: user, own: byApp }));
  return ok(renderComment(call.world, comment));
}

function deleteComment(call: Call): Answer {
  const comment = findComment(call);
  checkWriter(call, comment);
  call.world.comments = call.world.comments.filter((one) => one !== comment);
  const { user, byApp } = writerOf(call);
  void call.world.emit(commentEvent(call.world, comment, 'deleted', { sender: user, own: byApp }));
  return { status: 204 };
}

export function findReviewComment(call: Call): ReviewComment {
  const repository = repositoryOfCall(call);
  const id = Number(parameter(call, 'comment_id'));
  const found = call.world.reviewComments.find(
    (one) => one.pullRequest.repository === repository && one.id === id,
  );
  if (!found) throw notFound();
  return found;
}

/** The same reaction again is answered with the first one, and 200. */
function addReaction(call: Call, comment: IssueComment | ReviewComment): Answer {
  const { content } = read(Content, call);
  const { user, byApp } = writerOf(call);
  const pull =
    'pullRequest' in comment
      ? comment.pullRequest
      : pullRequestOf(call.world, comment.repository, comment.number);
  refuseLocked(pull, byApp);
  const found = comment.reactions.find((one) => one.user === user && one.content === content);
  if (found) return ok(renderReaction(call.world, found));
  const reaction: Reaction = { id: nextId(call.world), user, content, createdAt: now(call.world) };
  comment.reactions.push(reaction);
  return ok(renderReaction(call.world, reaction), 201);
}

function listReactions(call: Call, comment: { reactions: Reaction[] }): Answer {
  const content = call.query.get('content');
  const found = comment.reactions.filter((one) => content === null || one.content === content);
  return answerPage(call, found, (one) => renderReaction(call.world, one));
}

function removeReaction(call: Call, comment: { reactions: Reaction[] }): Answer {
  const id = Number(parameter(call, 'reaction_id'));
  const found = comment.reactions.find((one) => one.id === id);
  if (!found) throw notFound();
  if (found.user !== writerOf(call).user) throw forbidden();
  comment.reactions = comment.reactions.filter((one) => one !== found);
  return { status: 204 };
}

const readable: readonly Need[] = [
  ['issues', 'read'],
  ['pull_requests', 'read'],
];
const writable: readonly Need[] = [
  ['issues', 'write'],
  ['pull_requests', 'write'],
];
const ofReviews: readonly Need[] = [['pull_requests', 'write']];

const comments = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
const reviewComments = '/repos/{owner}/{repo}/pulls/comments/{comment_id}';

export const commentRoutes: Routes = {
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': {
    by: 'any',
    needs: readable,
    run: listComments,
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': {
    by: 'token',
    needs: writable,
    run: createComment,
  },
  [`GET ${comments}`]: {
    by: 'any',
    needs: readable,
    run: (call) => ok(renderComment(call.world, findComment(call))),
  },
  [`PATCH ${comments}`]: { by: 'token', needs: writable, run: updateComment },
  [`DELETE ${comments}`]: { by: 'token', needs: writable, run: deleteComment },
  [`GET ${comments}/reactions`]: {
    by: 'any',
    needs: readable,
    run: (call) => listReactions(call, findComment(call)),
  },
  [`POST ${comments}/reactions`]: {
    by: 'token',
    needs: writable,
    run: (call) => addReaction(call, findComment(call)),
  },
  [`DELETE ${comments}/reactions/{reaction_id}`]: {
    by: 'token',
    needs: writable,
    run: (call) => removeReaction(call, findComment(call)),
  },
  [`GET ${reviewComments}`]: {
    by: 'any',
    needs: [['pull_requests', 'read']],
    run: (call) => ok(renderReviewComment(call.world, findReviewComment(call))),
  },
  [`GET ${reviewComments}/reactions`]: {
    by: 'any',
    needs: [['pull_requests', 'read']],
    run: (call) => listReactions(call, findReviewComment(call)),
  },
  [`POST ${reviewComments}/reactions`]: {
    by: 'token',
    needs: ofReviews,
    run: (call) => addReaction(call, findReviewComment(call)),
  },
  [`DELETE ${reviewComments}/reactions/{reaction_id}`]: {
    by: 'token',
    needs: ofReviews,
    run: (call) => removeReaction(call, findReviewComment(call)),
  },
};
