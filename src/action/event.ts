import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Environment } from './runner.ts';

/** The event that triggered the workflow, with the facts that a job needs. Times are ISO 8601, commits are full IDs. */
export type ActionEvent =
  | {
      kind: 'pull-request';
      number: number;
      base: { ref: string; sha: string };
      headSha: string;
      isFork: boolean;
      isDraft: boolean;
    }
  | { kind: 'merge-group'; baseSha: string; headSha: string; headRef: string }
  | { kind: 'push'; sha: string; isDefaultBranch: boolean }
  /** A person's comment on a pull request. `id`: the ID of the comment. */
  | { kind: 'comment'; number: number; id: number; author: string; body: string; createdAt: string }
  /**
   * A completed workflow run. `head`: its branch, and the owner of the branch. `of`: the event that triggered the run.
   */
  | {
      kind: 'workflow-run';
      runId: number;
      headSha: string;
      head: { owner: string; branch: string };
      isFork: boolean;
      of: string;
    }
  /** An event for which there is nothing to do. */
  | { kind: 'other'; name: string };

/** The repository that the workflow belongs to. */
export type ActionRepository = { id: number; owner: string; repo: string; defaultBranch: string };

const id = z.int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u);
const time = z.iso.datetime({ offset: true });
const owner = z.object({ login: z.string() });

const common = z.object({
  repository: z.object({ id, name: z.string(), owner, default_branch: z.string() }),
});
const pullRequest = common.extend({
  pull_request: z.object({
    number: id,
    draft: z.boolean().nullish(),
    base: z.object({ ref: z.string(), sha, repo: z.object({ id }) }),
    head: z.object({ sha, repo: z.object({ id }).nullable() }),
  }),
});
const mergeGroup = common.extend({
  merge_group: z.object({ base_sha: sha, head_sha: sha, head_ref: z.string() }),
});
const push = common.extend({ ref: z.string(), after: sha, deleted: z.boolean().optional() });
const comment = common.extend({
  issue: z.object({ number: id, pull_request: z.unknown().optional() }),
  comment: z.object({
    id,
    body: z.string().nullable(),
    created_at: time,
    user: z.object({ login: z.string(), type: z.string() }).nullable(),
  }),
});
const workflowRun = common.extend({
  workflow_run: z.object({
    id,
    event: z.string(),
    head_sha: sha,
    head_branch: z.string().nullable(),
    head_repository: z.object({ id, owner }).nullable(),
  }),
});

function readPullRequest(payload: unknown): ActionEvent {
  const { pull_request: pull } = pullRequest.parse(payload);
  return {
    kind: 'pull-request',
    number: pull.number,
    base: { ref: pull.base.ref, sha: pull.base.sha },
    headSha: pull.head.sha,
    isFork: pull.head.repo?.id !== pull.base.repo.id,
    isDraft: pull.draft ?? false,
  };
}

function readComment(name: string, payload: unknown): ActionEvent {
  const { issue, comment: written } = comment.parse(payload);
  const { user, body } = written;
  // Commands of bots are ignored.
  if (!issue.pull_request || user === null || user.type === 'Bot' || body === null)
    return { kind: 'other', name };
  const { id: commentId, created_at: createdAt } = written;
  return { kind: 'comment', number: issue.number, id: commentId, author: user.login, body, createdAt };
}

function readWorkflowRun(payload: unknown): ActionEvent {
  const { repository, workflow_run: run } = workflowRun.parse(payload);
  return {
    kind: 'workflow-run',
    runId: run.id,
    headSha: run.head_sha,
    head: { owner: run.head_repository?.owner.login ?? '', branch: run.head_branch ?? '' },
    isFork: run.head_repository?.id !== repository.id,
    of: run.event,
  };
}

/** Reads an event's payload by the event's name. Throws if the payload does not match GitHub's documentation. */
export function toEvent(name: string, payload: unknown): ActionEvent {
  switch (name) {
    case 'pull_request':
      return readPullRequest(payload);
    case 'merge_group': {
      const { merge_group: group } = mergeGroup.parse(payload);
      const { base_sha: baseSha, head_sha: headSha, head_ref: headRef } = group;
      return { kind: 'merge-group', baseSha, headSha, headRef };
    }
    case 'push': {
      const { ref, after, deleted, repository } = push.parse(payload);
      if (deleted) return { kind: 'other', name };
      return { kind: 'push', sha: after, isDefaultBranch: ref === `refs/heads/${repository.default_branch}` };
    }
    case 'issue_comment':
      return readComment(name, payload);
    case 'workflow_run':
      return readWorkflowRun(payload);
    default:
      return { kind: 'other', name };
  }
}

/**
 * Reads the repository and the event of this job from the variables GITHUB_EVENT_NAME and GITHUB_EVENT_PATH. Throws if
 * the payload does not match GitHub's documentation.
 */
export function readEvent(environment: Environment): { repository: ActionRepository; event: ActionEvent } {
  const { GITHUB_EVENT_NAME: name = '', GITHUB_EVENT_PATH: file = '' } = environment;
  const payload: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const { repository } = common.parse(payload);
  return {
    repository: {
      id: repository.id,
      owner: repository.owner.login,
      repo: repository.name,
      defaultBranch: repository.default_branch,
    },
    event: toEvent(name, payload),
  };
}
