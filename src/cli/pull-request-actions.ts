import { nameCheck } from '../github/checks.ts';
import { observeComments, observeNotes } from '../github/observe.ts';
import { type Action, reconcileComments, reconcileSummary } from '../github/reconcile.ts';
import type { GitHub, PullRequestName, Writer } from '../github/types.ts';
import { writeFixed } from '../report/pull-request/comment-updates.ts';
import type { PlannedComment, PullRequestPlan } from '../report/model/pull-request.ts';

type On = 'inline-comment' | 'summary-comment';

/** One write that `--post` would make. `id`: GitHub's, of what is there already. */
export type PlannedAction =
  | { on: 'check'; kind: 'create'; check: PullRequestPlan['check'] & { name: string; headSha: string } }
  | { on: On; kind: 'create'; comment: PlannedComment | { body: string } }
  | { on: On; kind: 'update'; id: number; body: string }
  | { on: On; kind: 'delete'; id: number };

function describeAction(on: On, action: Action<PlannedComment | { body: string }>): PlannedAction {
  switch (action.kind) {
    case 'create':
      return { on, kind: action.kind, comment: action.what };
    case 'update':
      return { on, kind: action.kind, id: action.id, body: action.body };
    case 'delete':
      return { on, kind: action.kind, id: action.id };
  }
}

/**
 * What `executePlan` would write, in its order; nothing is written. `writer` null: nobody's comments are ours, so all of
 * the plan would be new. A check that the same command made before for this head would be brought up to date instead.
 */
export async function listActions(
  github: GitHub,
  target: PullRequestName,
  writer: Writer | null,
  plan: PullRequestPlan,
): Promise<PlannedAction[]> {
  const comments = writer === null ? [] : await observeComments(github, target, writer);
  const notes = writer === null ? [] : await observeNotes(github, target, writer);
  const inline = reconcileComments(plan.comments, comments, writeFixed);
  const summary = reconcileSummary(plan.summary, notes);
  const check = { name: nameCheck(null), headSha: plan.headSha, ...plan.check };
  return [
    ...inline.map((action) => describeAction('inline-comment', action)),
    ...summary.map((action) =>
      describeAction(
        'summary-comment',
        action.kind === 'create' ? { kind: 'create', what: { body: action.what } } : action,
      ),
    ),
    { on: 'check', kind: 'create', check },
  ];
}
