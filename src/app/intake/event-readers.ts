import { z } from 'zod';
import {
  checkRunSchema,
  checkSuiteSchema,
  editedPullRequestSchema,
  editedRepositorySchema,
  installationSchema,
  issueCommentSchema,
  mergeGroupSchema,
  pullRequestSchema,
  pushedPullRequestSchema,
  pushSchema,
  removedRepositoriesSchema,
  repositorySchema,
  reviewCommentSchema,
  reviewSchema,
  requestedActionSchema,
} from './event-schemas.ts';
import type { CheckedCommit, CommentKind, InRepository, Intent, OwnPush } from '../intents.ts';

/**
 * Reads the intent of a delivery; null: there is nothing to do. `appId`: of our App, because others have checks, too.
 */
export type IntentReader = (payload: unknown, appId: number) => Intent | null;

/**
 * Creates a reader that checks the payload with a schema. A payload that does not match becomes a `malformed` intent.
 */
function readWith<Schema extends z.ZodType>(
  schema: Schema,
  toIntent: (payload: z.output<Schema>, appId: number) => Intent | null,
): IntentReader {
  return (payload, appId) => {
    const parsed = schema.safeParse(payload);
    return parsed.success ? toIntent(parsed.data, appId) : toMalformed(parsed.error);
  };
}

export function toMalformed({ issues }: z.ZodError): Intent {
  const problems = issues.map(({ path, message }) => `${path.join('.') || 'payload'}: ${message}`);
  return { kind: 'malformed', problem: problems.slice(0, 3).join('; ') };
}

function placeOf({ installation, repository }: z.output<typeof repositorySchema>): InRepository {
  return { installationId: installation.id, repository };
}

function pullRequestOf(payload: z.output<typeof pullRequestSchema>) {
  const { state, draft, updated_at: updatedAt, head, base } = payload.pull_request;
  const told = { state, draft: draft ?? false, headSha: head.sha, baseRef: base.ref, updatedAt };
  return { number: payload.number, told, ...placeOf(payload) };
}

export const readLook = readWith(pullRequestSchema, (payload) => ({
  kind: 'look',
  ...pullRequestOf(payload),
}));

/**
 * The push of a pull request's author to a fork; null: it is not one. Other people may have pushed to the branch before
 * the pull request was opened, so opening it counts as a push only if the fork belongs to the author.
 */
function ownPushOf({
  pull_request: { head, user },
  repository,
  before,
  sender,
}: z.output<typeof pushedPullRequestSchema>): OwnPush | null {
  const fork = head.repo ?? null;
  if (fork === null || fork.id === repository.id || sender.login !== user?.login) return null;
  if (before === undefined || before === null) {
    return fork.owner.login === sender.login ? { by: sender.login, before: null } : null;
  }
  return { by: sender.login, before };
}

export const readPushed = readWith(pushedPullRequestSchema, (payload) => ({
  kind: 'look',
  ...pullRequestOf(payload),
  ownPush: ownPushOf(payload),
}));

export const readEdit = readWith(editedPullRequestSchema, (payload) =>
  payload.changes.base === undefined ? null : { kind: 'look', ...pullRequestOf(payload) },
);

export const readClose = readWith(pullRequestSchema, (payload) => ({
  kind: 'close',
  ...pullRequestOf(payload),
}));

/** The numbers of the pull requests of this repository. GitHub also lists those between forks. */
function ownNumbers(
  pullRequests: readonly { number: number; base: { repo: { id: number } } }[],
  repositoryId: number,
): number[] {
  return pullRequests.filter(({ base }) => base.repo.id === repositoryId).map(({ number }) => number);
}

/** The ID of our run in the `external_id` of a check; null: another program set it, because it is not a UUID. */
function toRunId(externalId: string | null | undefined): string | null {
  return z.uuid().safeParse(externalId).data ?? null;
}

function commitOfRun({ check_run: run, repository, sender }: z.output<typeof checkRunSchema>): CheckedCommit {
  return {
    runId: toRunId(run.external_id),
    headSha: run.head_sha,
    numbers: ownNumbers(run.pull_requests, repository.id),
    by: sender.login,
  };
}

export const readRerun = readWith(checkRunSchema, (payload, appId) =>
  payload.check_run.app?.id === appId
    ? { kind: 'rerun', ...commitOfRun(payload), ...placeOf(payload) }
    : null,
);

export const readAction = readWith(requestedActionSchema, (payload, appId) => {
  if (payload.check_run.app?.id !== appId) return null;
  const commit = { ...commitOfRun(payload), ...placeOf(payload) };
  // The generation of the check follows the name: see `CheckEnd`.
  switch (payload.requested_action.identifier.replace(/:.*/su, '')) {
    case 'accept':
      return { kind: 'accept-all', ...commit };
    case 'rerun':
      return { kind: 'rerun', ...commit };
    default:
      return null;
  }
});

export const readSuite = readWith(checkSuiteSchema, (payload, appId) => {
  const { check_suite: suite, repository, sender } = payload;
  if (suite.app?.id !== appId) return null;
  return {
    kind: 'rerun',
    runId: null,
    headSha: suite.head_sha,
    numbers: ownNumbers(suite.pull_requests, repository.id),
    by: sender.login,
    ...placeOf(payload),
  };
});

type Comment = z.output<typeof issueCommentSchema>['comment'];

/** The intent of a comment; null: the comment is from a bot, or contains no command. */
function toComment(
  on: CommentKind,
  number: number,
  { id, body, user, created_at: createdAt }: Comment,
  payload: z.output<typeof repositorySchema>,
): Intent | null {
  if (user === null || user.type === 'Bot' || body === null || !/\/allocgate/iu.test(body)) return null;
  return {
    kind: 'comment',
    on,
    number,
    commentId: id,
    author: user.login,
    body,
    createdAt,
    ...placeOf(payload),
  };
}

export const readComment = readWith(issueCommentSchema, (payload) =>
  payload.issue.pull_request
    ? toComment('issue-comment', payload.issue.number, payload.comment, payload)
    : null,
);

export const readReviewComment = readWith(reviewCommentSchema, (payload) =>
  toComment('review-comment', payload.pull_request.number, payload.comment, payload),
);

/** A submitted review always has a time. Reviews without one, which GitHub's types allow, are ignored. */
export const readReview = readWith(reviewSchema, (payload) => {
  const { submitted_at: submittedAt, ...review } = payload.review;
  if (!submittedAt) return null;
  const comment = { ...review, created_at: submittedAt };
  return toComment('review', payload.pull_request.number, comment, payload);
});

const readGroup = (kind: 'merge-group' | 'merge-group-gone'): IntentReader =>
  readWith(mergeGroupSchema, (payload) => ({
    kind,
    headSha: payload.merge_group.head_sha,
    headRef: payload.merge_group.head_ref,
    baseSha: payload.merge_group.base_sha,
    ...placeOf(payload),
  }));

export const readMergeGroup = readGroup('merge-group');

export const readMergeGroupEnd = readGroup('merge-group-gone');

export const readPush = readWith(pushSchema, (payload) => {
  const isDefault = payload.ref === `refs/heads/${payload.repository.defaultBranch}`;
  if (!isDefault || payload.deleted) return null;
  return { kind: 'baseline', headSha: payload.after, ...placeOf(payload) };
});

export const readInstall = readWith(installationSchema, ({ installation }) => ({
  kind: 'install',
  installationId: installation.id,
}));

export const readUninstall = readWith(installationSchema, ({ installation }) => ({
  kind: 'uninstall',
  installationId: installation.id,
}));

export const readRemoved = readWith(
  removedRepositoriesSchema,
  ({ installation, repositories_removed: removed }) => ({
    kind: 'remove-repositories',
    installationId: installation.id,
    repositoryIds: removed.map(({ id }) => id),
  }),
);

export const readDeleted = readWith(repositorySchema, ({ installation, repository }) => ({
  kind: 'remove-repositories',
  installationId: installation.id,
  repositoryIds: [repository.id],
}));

export const readRename = readWith(repositorySchema, (payload) => ({ kind: 'rename', ...placeOf(payload) }));

export const readRegained = readWith(repositorySchema, (payload) => ({
  kind: 'regain',
  ...placeOf(payload),
}));

export const readRepositoryEdit = readWith(editedRepositorySchema, (payload) =>
  payload.changes.default_branch === undefined ? null : { kind: 'rename', ...placeOf(payload) },
);
