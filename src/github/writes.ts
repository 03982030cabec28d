import { linkComments } from '../report/model/comment-links.ts';
import type { PlannedComment, PullRequestPlan } from '../report/model/pull-request.ts';
import { explainForbidden } from '../report/pull-request/check.ts';
import { appendRefused, writeFixed } from '../report/pull-request/comment-updates.ts';
import { findCheckRun, nameCheck } from './checks.ts';
import { isGone, statusOf } from './errors.ts';
import { observeComments, observeNotes } from './observe.ts';
import { type Action, reconcileComments, reconcileSummary } from './reconcile.ts';
import type { GitHub, PullRequestName, Writer, Written } from './types.ts';

/** The data from which the writes of one plan are made. `writer` null: no comments are ours. */
export type PlanState = {
  github: GitHub;
  target: PullRequestName;
  writer: Writer | null;
  runId: string;
  plan: PullRequestPlan;
  /** Comments that GitHub refused on their lines. */
  refused: ReadonlySet<PlannedComment>;
  forbidden: Written['forbidden'];
  /** The addresses of our comments on lines, by the fingerprints of their findings. */
  commentUrls: ReadonlyMap<string, string>;
};

/** The check run as a plan wants it. */
export type CheckWrite = { name: string; headSha: string } & PullRequestPlan['check'];

/**
 * Reads the addresses of our inline comments, by the fingerprints of their findings. Reads nothing if the plan has no
 * such comments.
 */
export async function readCommentUrls({
  github,
  target,
  writer,
  plan,
}: Pick<PlanState, 'github' | 'target' | 'writer' | 'plan'>): Promise<ReadonlyMap<string, string>> {
  if (writer === null || plan.comments.length + plan.updates.length === 0) return new Map();
  const own = await observeComments(github, target, writer);
  return new Map(own.flatMap(({ ids, url }) => ids.map((id) => [id, url] as const)));
}

/** Reads the existing inline comments and returns the writes that they need. */
export async function listCommentWrites({
  github,
  target,
  writer,
  plan,
  refused,
}: PlanState): Promise<Action<PlannedComment>[]> {
  const own = writer === null ? [] : await observeComments(github, target, writer);
  const comments = plan.comments.filter((comment) => !refused.has(comment));
  return reconcileComments({ ...plan, comments }, own, writeFixed);
}

/**
 * Reads the existing summary and returns the writes that it needs. If comments were refused, a summary is always
 * written.
 */
export async function listSummaryWrites({
  github,
  target,
  writer,
  plan,
  refused,
  commentUrls,
}: PlanState): Promise<Action<{ body: string }>[]> {
  const own = writer === null ? [] : await observeNotes(github, target, writer);
  const create = plan.summary.create || refused.size > 0;
  const body = linkComments(plan.summary.body, commentUrls);
  return reconcileSummary({ body: appendRefused(body, [...refused]), create }, own);
}

/** The content of the check. If GitHub forbade the comments, its text says so. */
export function planCheckWrite({ plan: { headSha, check }, forbidden, commentUrls }: PlanState): CheckWrite {
  const linked = linkComments(check.text, commentUrls);
  const text = forbidden === null ? linked : explainForbidden(linked);
  return {
    name: nameCheck(null),
    headSha,
    ...check,
    summary: linkComments(check.summary, commentUrls),
    text,
  };
}

/** Whether the run's check already exists. A token that cannot read checks cannot write them either. */
async function hasCheck({ github, target, runId, plan: { headSha } }: PlanState): Promise<boolean> {
  try {
    return (await findCheckRun(github, target, { runId, headSha, bench: null })) !== null;
  } catch (error) {
    if (statusOf(error) === 403 || isGone(error)) return false;
    throw error;
  }
}

type On = 'inline-comment' | 'summary-comment';

/** One write of a plan as data. `id`: GitHub's ID of the existing comment. */
export type PlannedWrite =
  | { on: On; kind: 'create'; comment: PlannedComment | { body: string } }
  | { on: On; kind: 'update'; id: number; body: string }
  | { on: On; kind: 'delete'; id: number }
  | { on: 'check'; kind: 'create' | 'update'; check: CheckWrite };

function toWrite(on: On, action: Action<PlannedComment | { body: string }>): PlannedWrite {
  return action.kind === 'create' ? { on, kind: action.kind, comment: action.what } : { on, ...action };
}

/** The writes that `executePlan` would send now, in the same order, made by the same functions. Sends nothing. */
export async function listWrites(
  options: Omit<PlanState, 'refused' | 'forbidden' | 'commentUrls'>,
): Promise<PlannedWrite[]> {
  const commentUrls = await readCommentUrls(options);
  const state: PlanState = { ...options, refused: new Set(), forbidden: null, commentUrls };
  const comments = await listCommentWrites(state);
  const summary = await listSummaryWrites(state);
  const kind = (await hasCheck(state)) ? 'update' : 'create';
  return [
    ...comments.map((action) => toWrite('inline-comment', action)),
    ...summary.map((action) => toWrite('summary-comment', action)),
    { on: 'check', kind, check: planCheckWrite(state) },
  ];
}
