import { statusOf } from './errors.ts';
import { observeNotes } from './observe.ts';
import { writeInRounds } from './write-rounds.ts';
import type { GitHub, PullRequestName, RepositoryName, Writer } from './types.ts';

/** The current state of a pull request on GitHub. */
export type PullRequestFacts = {
  number: number;
  state: 'open' | 'closed';
  isMerged: boolean;
  /** The commit that a merge put on the target branch; while the pull request is open, GitHub's test merge. */
  mergeSha: string | null;
  draft: boolean;
  /** `sha`: the target branch's tip when GitHub last updated the pull request. */
  base: { ref: string; sha: string };
  /** `repositoryId` null: the fork was deleted. */
  head: { ref: string; sha: string; repositoryId: number | null };
  isFork: boolean;
  /** ISO 8601, in whole seconds. */
  updatedAt: string;
  /** GitHub login; `ghost`: the account was deleted. */
  author: string;
  /** The ID of the target repository. */
  repositoryId: number;
  owner: string;
  repo: string;
};

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export type InstallationFacts = {
  id: number;
  account: string;
  permissions: Record<string, string>;
  events: string[];
  isSuspended: boolean;
};

export type RepositoryFacts = {
  id: number;
  installationId: number;
  owner: string;
  name: string;
  defaultBranch: string;
};

/** The App's permissions and events in its settings. `url`: its page on GitHub. */
export type AppSetup = {
  id: number;
  slug: string;
  url: string;
  permissions: Record<string, string>;
  events: string[];
};

/** The common fields of pull requests in the REST API, both single and listed. */
type RestPullRequest = {
  number: number;
  state: string;
  draft?: boolean | undefined;
  updated_at: string;
  merged_at: string | null;
  merge_commit_sha: string | null;
  user: { login: string } | null;
  base: { ref: string; sha: string; repo: { id: number; name: string; owner: { login: string } } };
  // According to the API's description, the fork always exists; but GitHub returns null if it was deleted.
  head: { ref: string; sha: string; repo: { id: number } | null };
};

const PER_PAGE = 100;

/** A pull request as GitHub gives it, alone or in a list. */
export function toFacts({ base, head, ...pull }: RestPullRequest): PullRequestFacts {
  return {
    number: pull.number,
    state: pull.state === 'open' ? 'open' : 'closed',
    isMerged: pull.merged_at !== null,
    mergeSha: pull.merge_commit_sha,
    draft: pull.draft ?? false,
    base: { ref: base.ref, sha: base.sha },
    head: { ref: head.ref, sha: head.sha, repositoryId: head.repo?.id ?? null },
    isFork: head.repo?.id !== base.repo.id,
    updatedAt: pull.updated_at,
    author: pull.user?.login ?? 'ghost',
    repositoryId: base.repo.id,
    owner: base.repo.owner.login,
    repo: base.repo.name,
  };
}

/** The result of `read`; null if GitHub does not know the object. */
export async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** null: the pull request does not exist, or we cannot read it. */
export async function readPullRequest(
  github: GitHub,
  { owner, repo, number }: PullRequestName,
): Promise<PullRequestFacts | null> {
  const answer = await orNull(github.rest.pulls.get({ owner, repo, pull_number: number }));
  return answer && toFacts(answer.data);
}

/** Lists open pull requests that changed since a time, newest first. */
export async function listOpenPullRequests(
  github: GitHub,
  { owner, repo }: RepositoryName,
  since: Date,
): Promise<PullRequestFacts[]> {
  const query = {
    owner,
    repo,
    state: 'open',
    sort: 'updated',
    direction: 'desc',
    per_page: PER_PAGE,
  } as const;
  const isRecent = ({ updated_at: at }: { updated_at: string }): boolean => new Date(at) >= since;
  const pulls = await github.paginate(github.rest.pulls.list, query, ({ data }, done) => {
    if (!data.every(isRecent)) done();
    return data.filter(isRecent);
  });
  return pulls.map(toFacts);
}

/** The commits of a pull request, as GitHub lists them: at most 250. */
export async function listCommits(
  github: GitHub,
  { owner, repo, number }: PullRequestName,
): Promise<string[]> {
  const query = { owner, repo, pull_number: number, per_page: PER_PAGE };
  return (await github.paginate(github.rest.pulls.listCommits, query)).map(({ sha }) => sha);
}

/**
 * The open pull requests of a branch with that commit as their head. `owner`: the owner of the branch's repository,
 * which can be a fork.
 */
export async function listHeadPullRequests(
  github: GitHub,
  { owner, repo }: RepositoryName,
  head: { owner: string; branch: string; sha: string },
): Promise<PullRequestFacts[]> {
  const query = {
    owner,
    repo,
    state: 'open',
    head: `${head.owner}:${head.branch}`,
    per_page: PER_PAGE,
  } as const;
  const pulls = await github.paginate(github.rest.pulls.list, query);
  return pulls.map(toFacts).filter((pull) => pull.head.sha === head.sha);
}

const permissions: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none'];

/**
 * The permission of a person in a repository; `none` for strangers to a private one. `permission` is `write` for
 * maintain and `read` for triage. The role's name distinguishes them, but can be a custom role of an organization.
 */
export async function readPermission(
  github: GitHub,
  { owner, repo }: RepositoryName,
  login: string,
): Promise<Permission> {
  const answer = await orNull(
    github.rest.repos.getCollaboratorPermissionLevel({ owner, repo, username: login }),
  );
  const names = [answer?.data.role_name, answer?.data.permission];
  return names.flatMap((name) => permissions.find((known) => known === name) ?? [])[0] ?? 'none';
}

/** Whether a person may push to the repository, and therefore decide what is measured and accepted. */
export function canWrite(permission: Permission): boolean {
  return permission === 'admin' || permission === 'maintain' || permission === 'write';
}

/** A file's text at a commit; null: there is none. At most 1 MB (contents API). */
export async function readFileAt(
  github: GitHub,
  { owner, repo }: RepositoryName,
  path: string,
  sha: string,
): Promise<string | null> {
  const answer = await orNull(github.rest.repos.getContent({ owner, repo, path, ref: sha }));
  const data = answer?.data;
  if (!data || Array.isArray(data) || !('content' in data)) return null;
  return Buffer.from(data.content, 'base64').toString('utf8');
}

/** As the App itself. */
export async function listInstallations(app: GitHub): Promise<InstallationFacts[]> {
  const installations = await app.paginate(app.rest.apps.listInstallations, { per_page: PER_PAGE });
  return installations.map(({ id, account, ...installation }) => ({
    id,
    account: account && 'login' in account ? account.login : '',
    permissions: { ...installation.permissions },
    events: installation.events,
    isSuspended: installation.suspended_at !== null,
  }));
}

/** What an installation gives access to. */
export async function listRepositories(github: GitHub, installationId: number): Promise<RepositoryFacts[]> {
  const repositories = await github.paginate(github.rest.apps.listReposAccessibleToInstallation, {
    per_page: PER_PAGE,
  });
  return repositories.map(({ id, owner, name, default_branch: defaultBranch }) => ({
    id,
    installationId,
    owner: owner.login,
    name,
    defaultBranch,
  }));
}

/** Reads, as the App itself, the App's settings. */
export async function readAppSetup(app: GitHub): Promise<AppSetup> {
  const { data } = await app.rest.apps.getAuthenticated();
  if (!data) throw new Error('GitHub does not know this App');
  const { id, slug = '', html_url: url, events } = data;
  return { id, slug, url, permissions: permissionsOf(data.permissions), events };
}

function permissionsOf(given: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, level]) => (level === undefined ? [] : [[name, level]])),
  );
}

export type Reaction = '+1' | '-1' | 'confused';

/** A comment of the conversation, or one on the diff. REST has no reactions for the text of a review. */
export type ReactionTarget = { on: 'issue-comment' | 'review-comment'; commentId: number };

/** Adds a reaction to a comment. GitHub keeps one of each kind, so it can be sent again. */
export async function react(
  github: GitHub,
  { owner, repo }: RepositoryName,
  { on, commentId }: ReactionTarget,
  content: Reaction,
  { settleMs }: { settleMs?: number } = {},
): Promise<void> {
  const reaction = { owner, repo, comment_id: commentId, content };
  const { reactions } = github.rest;
  await writeInRounds(async () => {
    await (on === 'issue-comment'
      ? reactions.createForIssueComment(reaction)
      : reactions.createForPullRequestReviewComment(reaction));
    return 0;
  }, settleMs);
}

export type MarkedComment = {
  target: PullRequestName;
  writer: Writer;
  /** The marker at the beginning of `body`. No other comment contains it. */
  marker: string;
  body: string;
  /** The comment cannot be older than this, so older ones are not read; absent: all are read. */
  since?: Date;
  settleMs?: number;
};

/** Writes a comment unless one with its marker exists, so that there is only one per marker, even after a crash. */
export async function reply(
  github: GitHub,
  { target, writer, marker, body, since, settleMs }: MarkedComment,
): Promise<void> {
  const { owner, repo, number } = target;
  await writeInRounds(async () => {
    const [first, ...others] = await observeNotes(github, target, writer, { marker, since });
    if (!first) await github.rest.issues.createComment({ owner, repo, issue_number: number, body });
    for (const { id } of others) {
      await orNull(github.rest.issues.deleteComment({ owner, repo, comment_id: id }));
    }
    return others.length + (first ? 0 : 1);
  }, settleMs);
}
