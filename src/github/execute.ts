import type { CommentAnchor, PlannedComment } from '../report/model/pull-request.ts';
import { ensureCheckRun, updateCheckRun } from './checks.ts';
import { isGone, isTransient, LostClaim, StalePlan, statusOf } from './errors.ts';
import type { Action } from './reconcile.ts';
import { writeInRounds } from './write-rounds.ts';
import type { ExecuteOptions, Written } from './types.ts';
import {
  listCommentWrites,
  listSummaryWrites,
  planCheckWrite,
  readCommentUrls,
  type PlanState,
} from './writes.ts';

type Job = ExecuteOptions & {
  written: Written;
  refused: Set<PlannedComment>;
  commentUrls: ReadonlyMap<string, string>;
};
/** Sends one request, and resolves to the ID of the created object. */
type Send = () => Promise<number | null>;

type LineComment = PlannedComment & { anchor: { line: number } };

function isOnLine(anchor: CommentAnchor): anchor is CommentAnchor & { line: number } {
  return anchor.line !== null;
}

function isLineComment(comment: PlannedComment): comment is LineComment {
  return isOnLine(comment.anchor);
}

/**
 * Writes a plan to its pull request: inline comments, then the summary, then the check, so that a completed check has
 * all its comments. It can be called again after any crash, because it reads before it writes. Throws `StalePlan`,
 * `LostClaim`, `RateLimited`, the signal's reason, or GitHub's own errors.
 */
export async function executePlan(options: ExecuteOptions): Promise<Written> {
  const job: Job = {
    ...options,
    written: { created: 0, updated: 0, deleted: 0, refused: 0, forbidden: null },
    refused: new Set(),
    commentUrls: new Map(),
  };
  await writeInRounds(() => writeComments(job), job.settleMs);
  await writeInRounds(() => findComments(job), job.settleMs);
  await writeInRounds(() => writeSummary(job), job.settleMs);
  if (job.leavesCheck !== true) await completeCheck(job);
  return { ...job.written, refused: job.refused.size };
}

/** Throws unless the pull request is open and has the plan's head. Resolves to whether its conversation is locked. */
async function requireCurrent({ github, target, plan }: Job): Promise<boolean> {
  const { owner, repo, number } = target;
  try {
    const { data } = await github.rest.pulls.get({ owner, repo, pull_number: number });
    const isClosed = data.state !== 'open';
    if (isClosed || data.head.sha !== plan.headSha)
      throw new StalePlan({ why: isClosed ? 'closed' : 'moved', plannedSha: plan.headSha });
    return data.locked;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new StalePlan({ why: 'gone', plannedSha: plan.headSha });
  }
}

/**
 * Checks all conditions right before a write, and throws if one does not hold. Resolves to whether the conversation is
 * locked.
 */
async function begin(job: Job, key: string): Promise<boolean> {
  job.signal.throwIfAborted();
  const isLocked = await requireCurrent(job);
  if (!(await job.journal.begin(key))) throw new LostClaim(key);
  return isLocked;
}

/** Sends a write that was recorded. */
async function write(job: Job, key: string, send: Send): Promise<void> {
  try {
    await job.journal.finish(key, await send());
  } catch (error) {
    // A refusal is an answer; an unclear answer is not.
    if (statusOf(error) !== null && !isTransient(error)) await job.journal.finish(key, null);
    throw error;
  }
}

/**
 * `misplaced`: GitHub does not find the line or file in the diff. `gone`: the comment was deleted meanwhile.
 * `closed-off`: nobody, or not the App, may write in this conversation; the check must be completed anyway.
 */
type Refusal = 'misplaced' | 'gone' | 'closed-off';

const refusals: Readonly<Record<number, Refusal>> = { 403: 'closed-off', 404: 'gone', 422: 'misplaced' };

/** GitHub's message if it refuses because the App lacks a permission; null: another reason. */
function readForbidden(error: unknown, isLocked: boolean): string | null {
  if (isLocked || !(error instanceof Error)) return null;
  return /\block(?:ed)?\b/iu.test(error.message) ? null : error.message;
}

/** Sends a write. Returns why it was refused; null: it succeeded. Throws if the reason is not `expected`. */
async function tryWrite(
  job: Job,
  key: string,
  send: Send,
  expected: Exclude<Refusal, 'closed-off'> | null,
): Promise<Refusal | null> {
  let isLocked = false;
  try {
    isLocked = await begin(job, key);
    await write(job, key, send);
    return null;
  } catch (error) {
    const refusal = refusals[statusOf(error) ?? 0];
    if (refusal === 'closed-off' && !isGone(error)) {
      job.written.forbidden ??= readForbidden(error, isLocked);
    } else if (refusal === undefined || refusal !== expected) {
      throw error;
    }
    return refusal;
  }
}

function toLine({ file, line, startLine, side }: CommentAnchor & { line: number }) {
  const isSpan = startLine !== null && startLine !== line;
  return { path: file, line, side, ...(isSpan && { start_line: startLine, start_side: side }) };
}

/** Sends all comments on lines in one review, so that readers get one notification. */
function sendReview({ github, target, plan }: Job, comments: readonly LineComment[]): Send {
  const { owner, repo, number } = target;
  return async () => {
    const { data } = await github.rest.pulls.createReview({
      owner,
      repo,
      pull_number: number,
      commit_id: plan.headSha,
      event: 'COMMENT',
      comments: comments.map(({ anchor, body }) => ({ ...toLine(anchor), body })),
    });
    return data.id;
  };
}

function sendComment({ github, target, plan }: Job, { anchor, body }: PlannedComment): Send {
  const { owner, repo, number } = target;
  const place = isOnLine(anchor) ? toLine(anchor) : { path: anchor.file, subject_type: 'file' as const };
  return async () => {
    const { data } = await github.rest.pulls.createReviewComment({
      owner,
      repo,
      pull_number: number,
      commit_id: plan.headSha,
      body,
      ...place,
    });
    return data.id;
  };
}

/** Creates comments one by one: comments on files, and those of a review that was refused. */
async function createSingly(job: Job, comments: readonly PlannedComment[]): Promise<void> {
  for (const comment of comments) {
    const key = `comment:${comment.id}`;
    const refusal = await tryWrite(job, key, sendComment(job, comment), 'misplaced');
    if (refusal) job.refused.add(comment);
    else job.written.created += 1;
  }
}

async function createComments(job: Job, comments: readonly PlannedComment[]): Promise<void> {
  const onLines = comments.filter(isLineComment);
  const onFiles = comments.filter((comment) => !isLineComment(comment));
  if (onLines.length > 0) {
    const refusal = await tryWrite(job, 'review', sendReview(job, onLines), 'misplaced');
    if (refusal === 'misplaced') await createSingly(job, onLines);
    else if (refusal) for (const comment of onLines) job.refused.add(comment);
    else job.written.created += onLines.length;
  }
  await createSingly(job, onFiles);
}

/** The endpoints for updating and deleting a kind of comments. */
type CommentEndpoint = {
  update: (id: number, body: string) => Promise<unknown>;
  remove: (id: number) => Promise<unknown>;
};

function reviewComments({ github, target: { owner, repo } }: Job): CommentEndpoint {
  const { pulls } = github.rest;
  return {
    update: (id, body) => pulls.updateReviewComment({ owner, repo, comment_id: id, body }),
    remove: (id) => pulls.deleteReviewComment({ owner, repo, comment_id: id }),
  };
}

function conversation({ github, target: { owner, repo } }: Job): CommentEndpoint {
  const { issues } = github.rest;
  return {
    update: (id, body) => issues.updateComment({ owner, repo, comment_id: id, body }),
    remove: (id) => issues.deleteComment({ owner, repo, comment_id: id }),
  };
}

/** Updates or deletes a comment. One that somebody else deleted meanwhile stays deleted until the next run. */
async function change(
  job: Job,
  { update, remove }: CommentEndpoint,
  actions: readonly Action<unknown>[],
): Promise<void> {
  for (const action of actions) {
    if (action.kind === 'create') continue;
    const { kind, id } = action;
    const send: Send = async () => {
      await (action.kind === 'update' ? update(id, action.body) : remove(id));
      return id;
    };
    const refusal = await tryWrite(job, `${kind}:${id}`, send, 'gone');
    if (!refusal) job.written[kind === 'update' ? 'updated' : 'deleted'] += 1;
  }
}

function listCreated<T>(actions: readonly Action<T>[]): T[] {
  return actions.flatMap((action) => (action.kind === 'create' ? [action.what] : []));
}

async function writeComments(job: Job): Promise<number> {
  const actions = await listCommentWrites(stateOf(job));
  await createComments(job, listCreated(actions));
  await change(job, reviewComments(job), actions);
  return actions.length;
}

/** Finds the addresses of the comments, which summary and check link to. Writes nothing. */
async function findComments(job: Job): Promise<number> {
  job.commentUrls = await readCommentUrls(job);
  return 0;
}

async function writeSummary(job: Job): Promise<number> {
  const { github, target, written } = job;
  const { owner, repo, number } = target;
  const actions = await listSummaryWrites(stateOf(job));
  for (const { body } of listCreated(actions)) {
    const send: Send = async () => {
      const { data } = await github.rest.issues.createComment({ owner, repo, issue_number: number, body });
      return data.id;
    };
    const refusal = await tryWrite(job, 'summary', send, null);
    if (!refusal) written.created += 1;
  }
  await change(job, conversation(job), actions);
  return actions.length;
}

async function completeCheck(job: Job): Promise<void> {
  const { github, target, runId, settleMs } = job;
  const { headSha, title, summary, text, conclusion, annotations, actions } = planCheckWrite(stateOf(job));
  const output = { title, summary, text };
  const options = {
    beforeWrite: async () => void (await begin(job, 'check')),
    ...(settleMs !== undefined && { settleMs }),
  };
  const progress = { status: 'in_progress' as const, output };
  const id = await ensureCheckRun(github, target, { runId, headSha, bench: null }, progress, options);
  const { generation = '0' } = job;
  await updateCheckRun(github, target, id, { conclusion, output, annotations, actions, generation }, options);
  await job.journal.finish('check', id);
}

/** The state for the next writes, with the comments refused so far, which go into the summary. */
function stateOf(job: Job): PlanState {
  const { forbidden } = job.written;
  return { ...job, forbidden };
}
