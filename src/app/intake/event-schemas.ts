import { z } from 'zod';

/*
 * The schemas of webhook payloads, with only the fields that are read. Source:
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads; examples of every event: @octokit/webhooks-examples.
 */

const id = z.int().positive();
const name = z.string().min(1);
const sha = z.string().regex(/^[0-9a-f]{40,64}$/u, 'expected a commit ID');

/** The installation, which every delivery to an App names. */
const installation = z.object({ id });

const repository = z
  .object({ id, name, owner: z.object({ login: name }), default_branch: name })
  .transform(({ id, name, owner, default_branch: defaultBranch }) => ({
    id,
    owner: owner.login,
    name,
    defaultBranch,
  }));

const sender = z.object({ login: name });
const app = z.object({ id }).nullable();

/** The pull requests of a check. Those of other repositories can be among them, such as pull requests between forks. */
const pullRequests = z.array(z.object({ number: id, base: z.object({ repo: z.object({ id }) }) }));

export const repositorySchema = z.object({ installation, repository });

export const pullRequestSchema = repositorySchema.extend({
  number: id,
  pull_request: z.object({
    state: z.enum(['open', 'closed']),
    draft: z.boolean().nullish(),
    updated_at: z.iso.datetime({ offset: true }),
    head: z.object({ sha }),
    base: z.object({ ref: name }),
  }),
});

/** A pull request with the fork and the author of its head. A repository or account that was deleted since is null. */
export const pushedPullRequestSchema = pullRequestSchema.extend({
  pull_request: pullRequestSchema.shape.pull_request.extend({
    head: z.object({ sha, repo: z.object({ id, owner: z.object({ login: name }) }).nullish() }),
    user: z.object({ login: name }).nullish(),
  }),
  /** The previous head; only present for pushes. */
  before: sha.nullish(),
  sender,
});

export const editedPullRequestSchema = pullRequestSchema.extend({
  /** Present if the target branch changed. */
  changes: z.object({ base: z.unknown().optional() }),
});

export const checkRunSchema = repositorySchema.extend({
  check_run: z.object({
    external_id: z.string().nullish(),
    head_sha: sha,
    app,
    pull_requests: pullRequests,
  }),
  sender,
});

export const requestedActionSchema = checkRunSchema.extend({
  requested_action: z.object({ identifier: z.string() }),
});

export const checkSuiteSchema = repositorySchema.extend({
  check_suite: z.object({
    head_sha: sha,
    app,
    pull_requests: pullRequests,
  }),
  sender,
});

const comment = z.object({
  id,
  body: z.string().nullable(),
  created_at: z.iso.datetime({ offset: true }),
  /** Null: the account was deleted. */
  user: z.object({ login: name, type: z.string() }).nullable(),
});

export const issueCommentSchema = repositorySchema.extend({
  issue: z.object({
    number: id,
    /** Present if the issue is a pull request. */
    pull_request: z.unknown().optional(),
  }),
  comment,
});

/** A comment on a line or file of the diff, or a reply to such a comment. */
export const reviewCommentSchema = repositorySchema.extend({
  pull_request: z.object({ number: id }),
  comment,
});

/** A review with its text. */
export const reviewSchema = repositorySchema.extend({
  pull_request: z.object({ number: id }),
  review: comment
    .omit({ created_at: true })
    .extend({ submitted_at: z.iso.datetime({ offset: true }).nullish() }),
});

export const mergeGroupSchema = repositorySchema.extend({
  merge_group: z.object({ head_sha: sha, head_ref: name, base_sha: sha }),
});

export const pushSchema = repositorySchema.extend({
  ref: name,
  /** All zeros if the branch was deleted. */
  after: sha,
  deleted: z.boolean(),
});

export const editedRepositorySchema = repositorySchema.extend({
  changes: z.object({ default_branch: z.unknown().optional() }),
});

export const installationSchema = z.object({ installation });

export const removedRepositoriesSchema = installationSchema.extend({
  repositories_removed: z.array(z.object({ id })),
});
