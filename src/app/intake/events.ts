import { z } from 'zod';
import {
  addedRepositoriesSchema,
  checkRunSchema,
  checkSuiteSchema,
  editedPullRequestSchema,
  editedRepositorySchema,
  installationSchema,
  issueCommentSchema,
  mergeGroupSchema,
  newInstallationSchema,
  pullRequestSchema,
  pushSchema,
  removedRepositoriesSchema,
  repositorySchema,
  reviewCommentSchema,
  reviewSchema,
  requestedActionSchema,
} from './event-schemas.ts';
import type { CheckedCommit, CommentKind, InRepository, Intent } from '../intents.ts';

type Reader = (payload: unknown, appId: number) => Intent | null;

function readWith<Schema extends z.ZodType>(
  schema: Schema,
  toIntent: (payload: z.output<Schema>, appId: number) => Intent | null,
): Reader {
  return (payload, appId) => {
    const parsed = schema.safeParse(payload);
    return parsed.success ? toIntent(parsed.data, appId) : toMalformed(parsed.error);
  };
}

function toMalformed({ issues }: z.ZodError): Intent {
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

const readLook = readWith(pullRequestSchema, (payload) => ({ kind: 'look', ...pullRequestOf(payload) }));

const readEdit = readWith(editedPullRequestSchema, (payload) =>
  payload.changes.base === undefined ? null : { kind: 'look', ...pullRequestOf(payload) },
);

const readClose = readWith(pullRequestSchema, (payload) => ({ kind: 'close', ...pullRequestOf(payload) }));

function ownNumbers(
  pullRequests: readonly { number: number; base: { repo: { id: number } } }[],
  repositoryId: number,
): number[] {
  return pullRequests.filter(({ base }) => base.repo.id === repositoryId).map(({ number }) => number);
}

/** An `external_id` that is no run's was not set by us, and no database needs to be asked for it. */
function toRunId(externalId: string | null | undefined): string | null {
  return z.uuid().safeParse(externalId).data ?? null;
}

function commitOfRun({ check_run: run, repository, sender }: z.output<typeof checkRunSchema>): CheckedCommit {
  return {
    runId: toRunId(run.external_id),
    checkSuiteId: run.check_suite?.id ?? null,
    headSha: run.head_sha,
    headBranch: run.check_suite?.head_branch ?? null,
    numbers: ownNumbers(run.pull_requests, repository.id),
    by: sender.login,
  };
}

const readRerun = readWith(checkRunSchema, (payload, appId) =>
  payload.check_run.app?.id === appId
    ? { kind: 'rerun', ...commitOfRun(payload), ...placeOf(payload) }
    : null,
);

const readAction = readWith(requestedActionSchema, (payload, appId) => {
  if (payload.check_run.app?.id !== appId) return null;
  const commit = { ...commitOfRun(payload), ...placeOf(payload) };
  // Behind the name is the generation of the check: see `CheckEnd`.
  switch (payload.requested_action.identifier.replace(/:.*/su, '')) {
    case 'accept':
      return { kind: 'accept-all', ...commit };
    case 'rerun':
      return { kind: 'rerun', ...commit };
    default:
      return null;
  }
});

const readSuite = readWith(checkSuiteSchema, (payload, appId) => {
  const { check_suite: suite, repository, sender } = payload;
  if (suite.app?.id !== appId) return null;
  return {
    kind: 'rerun',
    runId: null,
    checkSuiteId: suite.id,
    headSha: suite.head_sha,
    headBranch: suite.head_branch ?? null,
    numbers: ownNumbers(suite.pull_requests, repository.id),
    by: sender.login,
    ...placeOf(payload),
  };
});

type Comment = z.output<typeof issueCommentSchema>['comment'];

/** null: it is a machine's, or has no command. */
function toComment(
  on: CommentKind,
  number: number,
  { id, body, user, created_at: createdAt }: Comment,
  payload: z.output<typeof repositorySchema>,
): Intent | null {
  if (user === null || user.type === 'Bot' || body === null || !/\/allocgate/iu.test(body)) return null;
  const { login: author, type: authorType } = user;
  return {
    kind: 'comment',
    on,
    number,
    commentId: id,
    author,
    authorType,
    body,
    createdAt,
    ...placeOf(payload),
  };
}

const readComment = readWith(issueCommentSchema, (payload) =>
  payload.issue.pull_request
    ? toComment('issue-comment', payload.issue.number, payload.comment, payload)
    : null,
);

const readReviewComment = readWith(reviewCommentSchema, (payload) =>
  toComment('review-comment', payload.pull_request.number, payload.comment, payload),
);

/** A review that was submitted has its time; the type allows for one that was not. */
const readReview = readWith(reviewSchema, (payload) => {
  const { submitted_at: submittedAt, ...review } = payload.review;
  if (!submittedAt) return null;
  const comment = { ...review, created_at: submittedAt };
  return toComment('review', payload.pull_request.number, comment, payload);
});

function readMergeGroup(kind: 'merge-group' | 'merge-group-gone'): Reader {
  return readWith(mergeGroupSchema, (payload) => ({
    kind,
    headSha: payload.merge_group.head_sha,
    headRef: payload.merge_group.head_ref,
    baseSha: payload.merge_group.base_sha,
    ...placeOf(payload),
  }));
}

const readPush = readWith(pushSchema, (payload) => {
  const isDefault = payload.ref === `refs/heads/${payload.repository.defaultBranch}`;
  if (!isDefault || payload.deleted) return null;
  return { kind: 'baseline', headSha: payload.after, ...placeOf(payload) };
});

function toInstall(installationId: number, repositories: { id: number; full_name: string }[]): Intent {
  return {
    kind: 'install',
    installationId,
    repositories: repositories.map(({ id, full_name: fullName }) => {
      const [owner = '', name = ''] = fullName.split('/');
      return { id, owner, name };
    }),
  };
}

const readInstall = readWith(newInstallationSchema, ({ installation, repositories }) =>
  toInstall(installation.id, repositories),
);

const readAdded = readWith(addedRepositoriesSchema, ({ installation, repositories_added: added }) =>
  toInstall(installation.id, added),
);

const readUnsuspend = readWith(installationSchema, ({ installation }) => ({
  kind: 'install',
  installationId: installation.id,
  repositories: null,
}));

const readUninstall = readWith(installationSchema, ({ installation }) => ({
  kind: 'uninstall',
  installationId: installation.id,
}));

const readRemoved = readWith(
  removedRepositoriesSchema,
  ({ installation, repositories_removed: removed }) => ({
    kind: 'remove-repositories',
    installationId: installation.id,
    repositoryIds: removed.map(({ id }) => id),
  }),
);

const readDeleted = readWith(repositorySchema, ({ installation, repository }) => ({
  kind: 'remove-repositories',
  installationId: installation.id,
  repositoryIds: [repository.id],
}));

const readRename = readWith(repositorySchema, (payload) => ({ kind: 'rename', ...placeOf(payload) }));

const readSettings = readWith(editedRepositorySchema, (payload) =>
  payload.changes.default_branch === undefined ? null : { kind: 'rename', ...placeOf(payload) },
);

/** What is read, by event and action; of everything else nothing is wanted. */
const readers = new Map<string, Map<string, Reader>>([
  [
    'pull_request',
    new Map([
      ['opened', readLook],
      ['synchronize', readLook],
      ['reopened', readLook],
      ['ready_for_review', readLook],
      ['converted_to_draft', readLook],
      ['edited', readEdit],
      ['closed', readClose],
    ]),
  ],
  [
    'check_run',
    new Map([
      ['rerequested', readRerun],
      ['requested_action', readAction],
    ]),
  ],
  ['check_suite', new Map([['rerequested', readSuite]])],
  ['issue_comment', new Map([['created', readComment]])],
  ['pull_request_review', new Map([['submitted', readReview]])],
  ['pull_request_review_comment', new Map([['created', readReviewComment]])],
  [
    'merge_group',
    new Map([
      ['checks_requested', readMergeGroup('merge-group')],
      ['destroyed', readMergeGroup('merge-group-gone')],
    ]),
  ],
  [
    'installation',
    new Map([
      ['created', readInstall],
      ['unsuspend', readUnsuspend],
      ['suspend', readUninstall],
      ['deleted', readUninstall],
    ]),
  ],
  [
    'installation_repositories',
    new Map([
      ['added', readAdded],
      ['removed', readRemoved],
    ]),
  ],
  [
    'repository',
    new Map([
      ['renamed', readRename],
      ['transferred', readRename],
      ['edited', readSettings],
      ['deleted', readDeleted],
    ]),
  ],
]);

/** Our own data, which the intake alone has stored: as `readIntent` read it. */
const storedSchema = z.custom<Intent>();

export function restoreIntent(stored: unknown): Intent {
  return storedSchema.parse(stored);
}

const actionSchema = z.object({ action: z.string() });

/**
 * Reads what a delivery asks for; null: nothing. `event`: X-GitHub-Event. `appId`: ours, because a repository's other
 * Apps have checks too. Never throws.
 */
export function readIntent(event: string, payload: unknown, appId: number): Intent | null {
  if (event === 'push') return readPush(payload, appId);
  const actions = readers.get(event);
  if (!actions) return null;
  const parsed = actionSchema.safeParse(payload);
  if (!parsed.success) return toMalformed(parsed.error);
  return actions.get(parsed.data.action)?.(payload, appId) ?? null;
}
