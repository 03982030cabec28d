import type { Installation, PullRequest, Repository, User } from './state-types.ts';
import type { World } from './world.ts';

/** What GitHub answers with. */
export type Json = Record<string, unknown>;

/** A node ID in the form that GitHub gives them. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`fake:${id}`).toString('base64url')}`;
}

function makeUrls(base: string, paths: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [`${name}_url`, `${base}${path}`]));
}

const userPaths = {
  followers: '/followers',
  following: '/following{/other_user}',
  gists: '/gists{/gist_id}',
  starred: '/starred{/owner}{/repo}',
  subscriptions: '/subscriptions',
  organizations: '/orgs',
  repos: '/repos',
  events: '/events{/privacy}',
  received_events: '/received_events',
};

export function renderUser(world: World, user: User): Json {
  const name = encodeURIComponent(user.login);
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('U', user.id),
    avatar_url: `${world.url}/avatars/u/${user.id}?v=4`,
    gravatar_id: '',
    url: `${world.url}/users/${name}`,
    html_url:
      user.type === 'Bot'
        ? `${world.url}/apps/${user.login.replace('[bot]', '')}`
        : `${world.url}/${user.login}`,
    ...makeUrls(`${world.url}/users/${name}`, userPaths),
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function renderApp(world: World): Json {
  const { app } = world;
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: renderUser(world, app.owner),
    name: app.name,
    description: '',
    external_url: 'https://example.com',
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    permissions: app.permissions,
    events: app.events,
  };
}

/** Another App's name is all that is known of it. */
export function renderAppById(world: World, id: number): Json {
  const app = renderApp(world);
  return id === world.app.id
    ? app
    : { ...app, id, node_id: nodeId('A', id), slug: `app-${id}`, name: `app-${id}` };
}

export function renderInstallation(world: World, installation: Installation): Json {
  const { account, id } = installation;
  return {
    id,
    client_id: world.app.clientId,
    account: renderUser(world, account),
    repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
    access_tokens_url: `${world.url}/app/installations/${id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${id}`,
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: world.app.events,
    created_at: renderTime(installation.createdAt),
    updated_at: renderTime(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : renderUser(world, account),
    suspended_at: installation.suspendedAt === null ? null : renderTime(installation.suspendedAt),
  };
}

/** GitHub's times have no fractions of a second. */
export function renderTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

const repositoryPaths = {
  forks: '/forks',
  keys: '/keys{/key_id}',
  collaborators: '/collaborators{/collaborator}',
  teams: '/teams',
  hooks: '/hooks',
  issue_events: '/issues/events{/number}',
  events: '/events',
  assignees: '/assignees{/user}',
  branches: '/branches{/branch}',
  tags: '/tags',
  blobs: '/git/blobs{/sha}',
  git_tags: '/git/tags{/sha}',
  git_refs: '/git/refs{/sha}',
  trees: '/git/trees{/sha}',
  statuses: '/statuses/{sha}',
  languages: '/languages',
  stargazers: '/stargazers',
  contributors: '/contributors',
  subscribers: '/subscribers',
  subscription: '/subscription',
  commits: '/commits{/sha}',
  git_commits: '/git/commits{/sha}',
  comments: '/comments{/number}',
  issue_comment: '/issues/comments{/number}',
  contents: '/contents/{+path}',
  compare: '/compare/{base}...{head}',
  merges: '/merges',
  archive: '/{archive_format}{/ref}',
  downloads: '/downloads',
  issues: '/issues{/number}',
  pulls: '/pulls{/number}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  labels: '/labels{/name}',
  releases: '/releases{/id}',
  deployments: '/deployments',
};

const constants = {
  description: null,
  homepage: null,
  size: 12,
  stargazers_count: 0,
  watchers_count: 0,
  language: 'Go',
  has_issues: true,
  has_projects: true,
  has_downloads: true,
  has_wiki: true,
  has_pages: false,
  has_discussions: false,
  forks_count: 0,
  mirror_url: null,
  disabled: false,
  license: null,
  allow_forking: true,
  is_template: false,
  web_commit_signoff_required: false,
  topics: [],
  custom_properties: {},
  forks: 0,
  watchers: 0,
};

function countOpen(world: World, repository: Repository): number {
  const isOpen = (pull: PullRequest): boolean => pull.repository === repository && pull.state === 'open';
  return world.pullRequests.filter(isOpen).length;
}

/** A repository as it stands in lists, pull requests and webhooks. */
export function renderRepository(world: World, repository: Repository): Json {
  const { fullName, id } = repository;
  const api = `${world.url}/repos/${fullName}`;
  const open = countOpen(world, repository);
  const created = renderTime(repository.createdAt);
  return {
    id,
    node_id: nodeId('R', id),
    name: repository.name,
    full_name: fullName,
    private: repository.private,
    owner: renderUser(world, repository.owner),
    html_url: `${world.url}/${fullName}`,
    fork: repository.forkOf !== null,
    url: api,
    ...makeUrls(api, repositoryPaths),
    ...constants,
    created_at: created,
    updated_at: created,
    pushed_at: created,
    git_url: `git://${world.url.replace(/^https?:\/\//, '')}/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    clone_url: `${world.url}/${fullName}.git`,
    svn_url: `${world.url}/${fullName}`,
    open_issues_count: open,
    open_issues: open,
    archived: repository.archived,
    visibility: repository.private ? 'private' : 'public',
    default_branch: repository.defaultBranch,
  };
}

/** A repository as GET /repos/OWNER/NAME has it. */
export function renderFullRepository(world: World, repository: Repository): Json {
  const parent = repository.forkOf && renderRepository(world, repository.forkOf);
  return {
    ...renderRepository(world, repository),
    network_count: 0,
    subscribers_count: 0,
    ...(parent ? { parent, source: parent } : {}),
  };
}
