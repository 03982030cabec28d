import type {
  CommentAnchor,
  CommentUpdate,
  PlannedComment,
  PullRequestPlan,
} from '../report/model/pull-request.ts';
import type { OwnComment, OwnNote } from './observe.ts';

/** One write that makes the pull request match the plan. */
export type Action<Created> =
  | { kind: 'create'; what: Created }
  | { kind: 'update'; id: number; body: string }
  | { kind: 'delete'; id: number };

type WriteFixed = (body: string) => string;

/** What a plan says about inline comments. */
export type CommentPlan = Pick<PullRequestPlan, 'comments' | 'updates' | 'findings'>;

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

/** Whether a comment is on exactly the lines of an anchor. */
function standsExactlyAt(comment: OwnComment, anchor: CommentAnchor): boolean {
  return (
    standsAt(comment, anchor) &&
    comment.side === anchor.side &&
    comment.line === anchor.line &&
    comment.startLine === anchor.startLine
  );
}

/**
 * The order of preference: an answered comment, because of its conversation; then one at the right place; then the
 * oldest.
 */
function preferAt(anchor: CommentAnchor | null): (a: OwnComment, b: OwnComment) => number {
  const rank = (one: OwnComment): number =>
    (one.answered ? 2 : 0) + (anchor !== null && standsAt(one, anchor) ? 1 : 0);
  return (a, b) => rank(b) - rank(a) || a.id - b.id;
}

function updateIfChanged({ id, body }: OwnNote, wanted: string): Action<never>[] {
  return isSameText(body, wanted) ? [] : [{ kind: 'update', id, body: wanted }];
}

function place(planned: PlannedComment, own: OwnComment | undefined): Action<PlannedComment>[] {
  if (!own) return [{ kind: 'create', what: planned }];
  // An edit would replace the lines on which the comment stands.
  if (planned.elsewhere !== undefined && !standsExactlyAt(own, planned.anchor)) {
    if (own.answered) return updateIfChanged(own, planned.elsewhere);
    return move(planned, own);
  }
  if (own.answered || standsAt(own, planned.anchor)) return updateIfChanged(own, planned.body);
  return move(planned, own);
}

/** The body of a comment can be changed, but not its place. */
const move = (planned: PlannedComment, own: OwnComment): Action<PlannedComment>[] => [
  { kind: 'create', what: planned },
  { kind: 'delete', id: own.id },
];

/** Deletes a comment that no finding needs, unless somebody answered it. */
function retire(own: OwnComment, findings: ReadonlySet<string>, writeFixed: WriteFixed): Action<never>[] {
  if (!own.answered) return [{ kind: 'delete', id: own.id }];
  // A finding that is reported elsewhere now, or has too much company, is not fixed.
  if (own.ids.some((id) => findings.has(id))) return [];
  return updateIfChanged(own, writeFixed(own.body));
}

const order = { create: 0, update: 1, delete: 2 };

/**
 * The writes that make the inline comments match the plan: new ones first, because readers wait for them. Empty if they
 * already match. Each finding has at most one comment, each comment at most one finding.
 * @param writeFixed returns the body of an answered comment whose finding is fixed; it does not change its own result
 */
export function reconcileComments(
  { comments, updates, findings }: CommentPlan,
  own: readonly OwnComment[],
  writeFixed: WriteFixed,
): Action<PlannedComment>[] {
  const rest = new Set(own);
  const take = (id: string, anchor: CommentAnchor | null): OwnComment | undefined => {
    const [best] = [...rest].filter((one) => one.ids.includes(id)).sort(preferAt(anchor));
    if (best) rest.delete(best);
    return best;
  };
  const placed = comments.flatMap((planned) => place(planned, take(planned.id, planned.anchor)));
  const updated = updates.flatMap(({ id, body }: CommentUpdate) => {
    const comment = take(id, null);
    return comment ? updateIfChanged(comment, body) : [];
  });
  const present = new Set(findings);
  const retired = [...rest].flatMap((comment) => retire(comment, present, writeFixed));
  return [...placed, ...updated, ...retired].sort((a, b) => order[a.kind] - order[b.kind]);
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
