import type { CommentAnchor, PlannedComment, PullRequestPlan } from '../report/model/pull-request.ts';
import type { OwnComment, OwnNote } from './observe.ts';

/** One write that makes the pull request match the plan. */
export type Action<Created> =
  | { kind: 'create'; what: Created }
  | { kind: 'update'; id: number; body: string }
  | { kind: 'delete'; id: number };

type WriteFixed = (body: string) => string;
type Pairs = { chosen: Map<PlannedComment, OwnComment>; rest: OwnComment[] };

function isSameText(a: string, b: string): boolean {
  const normalise = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();
  return normalise(a) === normalise(b);
}

/**
 * Whether a comment is at an anchor. GitHub moves a comment with its line, and marks it as outdated if the line
 * changed.
 */
function standsAt(comment: OwnComment, anchor: CommentAnchor): boolean {
  if (comment.path !== anchor.file) return false;
  return comment.line !== null || (comment.subject === 'file' && anchor.line === null);
}

/**
 * The order of preference: an answered comment, because of its conversation; then one at the right place; then the
 * oldest.
 */
function preferFor({ anchor }: PlannedComment): (a: OwnComment, b: OwnComment) => number {
  const rank = (one: OwnComment): number => (one.answered ? 2 : 0) + (standsAt(one, anchor) ? 1 : 0);
  return (a, b) => rank(b) - rank(a) || a.id - b.id;
}

const hasSame = (planned: PlannedComment, { ids }: OwnComment): boolean =>
  ids.length === planned.ids.length && planned.ids.every((id) => ids.includes(id));

const hasOne = (planned: PlannedComment, { ids }: OwnComment): boolean =>
  planned.ids.some((id) => ids.includes(id));

/**
 * Pairs each planned comment with at most one existing comment: one about the same findings, else one that shares a
 * finding.
 */
function pair(planned: readonly PlannedComment[], own: readonly OwnComment[]): Pairs {
  const chosen: Pairs['chosen'] = new Map();
  const rest = new Set(own);
  for (const fits of [hasSame, hasOne]) {
    for (const comment of planned) {
      if (chosen.has(comment)) continue;
      const [best] = [...rest].filter((one) => fits(comment, one)).sort(preferFor(comment));
      if (!best) continue;
      chosen.set(comment, best);
      rest.delete(best);
    }
  }
  return { chosen, rest: [...rest] };
}

function updateIfChanged({ id, body }: OwnNote, wanted: string): Action<never>[] {
  return isSameText(body, wanted) ? [] : [{ kind: 'update', id, body: wanted }];
}

function place(planned: PlannedComment, own: OwnComment | undefined): Action<PlannedComment>[] {
  if (!own) return [{ kind: 'create', what: planned }];
  if (own.answered || standsAt(own, planned.anchor)) return updateIfChanged(own, planned.body);
  return [
    { kind: 'create', what: planned },
    { kind: 'delete', id: own.id },
  ];
}

/** Deletes a comment without a planned one, unless somebody answered it. */
function retire(own: OwnComment, plannedIds: ReadonlySet<string>, writeFixed: WriteFixed): Action<never>[] {
  if (!own.answered) return [{ kind: 'delete', id: own.id }];
  // A finding that is now reported elsewhere is not fixed.
  if (own.ids.some((id) => plannedIds.has(id))) return [];
  return updateIfChanged(own, writeFixed(own.body));
}

const order = { create: 0, update: 1, delete: 2 };

/**
 * The writes that make the inline comments match the plan: new ones first, because readers wait for them. Empty if they
 * already match.
 * @param writeFixed returns the body of an answered comment whose finding is fixed; it does not change its own result
 */
export function reconcileComments(
  planned: readonly PlannedComment[],
  own: readonly OwnComment[],
  writeFixed: WriteFixed,
): Action<PlannedComment>[] {
  const { chosen, rest } = pair(planned, own);
  const ids = new Set(planned.flatMap((comment) => comment.ids));
  return [
    ...planned.flatMap((comment) => place(comment, chosen.get(comment))),
    ...rest.flatMap((comment) => retire(comment, ids, writeFixed)),
  ].sort((a, b) => order[a.kind] - order[b.kind]);
}

/** The writes that leave at most one summary, with the planned content. */
export function reconcileSummary(
  { body, create }: PullRequestPlan['summary'],
  own: readonly OwnNote[],
): Action<{ body: string }>[] {
  const [first, ...others] = own;
  if (!first) return create ? [{ kind: 'create', what: { body } }] : [];
  return [...updateIfChanged(first, body), ...others.map(({ id }) => ({ kind: 'delete' as const, id }))];
}
