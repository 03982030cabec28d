import { diffCommits, readDiffText, type FileDiff } from './diffs.ts';
import { findMergeBase } from './commits.ts';
import { renderWholePull } from './events.ts';
import { git } from './git.ts';
import { commitsOf, filesOf, mergeBaseOf } from './pulls.ts';
import { nodeId, renderUser, type Json } from './render-accounts.ts';
import { renderPull } from './render-pulls.ts';
import {
  answerPage,
  commitOf,
  notFound,
  ok,
  paginate,
  parameter,
  pullOfCall,
  repositoryOfCall,
  type Answer,
  type Call,
  type Need,
  type Routes,
} from './routing.ts';
import type { PullRequest, Repository, Role } from './state-types.ts';

/** What GitHub shows of one pull request's files at most. */
const mostFiles = 3_000;

function renderFile(call: Call, repository: Repository, head: string, file: FileDiff): Json {
  const { world } = call;
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const web = `${world.url}/${repository.fullName}`;
  const lines = file.patch?.split('\n').length ?? 0;
  const isShown = file.patch !== null && lines <= world.limits.patchLines;
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${web}/blob/${head}/${path}`,
    raw_url: `${web}/raw/${head}/${path}`,
    contents_url: `${world.url}/repos/${repository.fullName}/contents/${path}?ref=${head}`,
    ...(isShown ? { patch: file.patch } : {}),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}

async function listFiles(call: Call): Promise<Answer> {
  const pull = pullOfCall(call);
  const files = (await filesOf(pull)).slice(0, mostFiles);
  return answerPage(call, files, (file) => renderFile(call, pull.repository, pull.headSha, file));
}

async function showPull(call: Call): Promise<Answer> {
  const pull = pullOfCall(call);
  if (pull.lag.reads > 0 && Date.now() < pull.lag.until) {
    pull.lag.reads -= 1;
    if (pull.lag.body === null) throw notFound();
    return ok(pull.lag.body);
  }
  if (/\bdiff\b/.test(call.accept)) {
    const text = await readDiffText(pull.repository.gitDir, await mergeBaseOf(pull), pull.headSha);
    return {
      status: 200,
      body: text,
      headers: { 'content-type': 'application/vnd.github.diff; charset=utf-8' },
    };
  }
  return ok(await renderWholePull(call.world, pull));
}

function listPulls(call: Call): Answer {
  const repository = repositoryOfCall(call);
  const { query } = call;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const fits = (pull: PullRequest): boolean =>
    pull.repository === repository &&
    (state === 'all' || pull.state === state) &&
    (base === null || pull.baseRef === base) &&
    (head === null || `${pull.headRepository?.owner.login}:${pull.headRef}` === head);
  const found = call.world.pullRequests.filter((pull) => fits(pull));
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  found.sort((a, b) => a[key].getTime() - b[key].getTime() || a.number - b.number);
  // Newest first, unless requested otherwise (https://docs.github.com/rest/pulls/pulls).
  if ((query.get('direction') ?? (query.has('sort') && key !== 'createdAt' ? 'asc' : 'desc')) === 'desc') {
    found.reverse();
  }
  return answerPage(call, found, (pull) => renderPull(call.world, pull));
}

/**
 * The pull requests that brought a commit to its branch. GitHub lists open ones for other commits
 * (https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit).
 */
async function listPullsOfCommit(call: Call): Promise<Answer> {
  const repository = repositoryOfCall(call);
  const sha = await commitOf(repository, parameter(call, 'commit_sha'));
  const found: PullRequest[] = [];
  for (const pull of call.world.pullRequests) {
    if (pull.repository !== repository) continue;
    const isOf = pull.mergeSha === sha || (await commitsOf(pull)).includes(sha);
    if (isOf && (pull.merged || pull.state === 'open')) found.push(pull);
  }
  return answerPage(call, found, (pull) => renderPull(call.world, pull));
}

const fields = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%B'];

async function renderCommit(call: Call, repository: Repository, sha: string): Promise<Json> {
  const { url } = call.world;
  const text = await git(repository.gitDir, ['show', '--no-patch', `--format=${fields.join('%x00')}`, sha]);
  const [id = '', tree = '', parents = '', name = '', email = '', date = '', message = ''] = text.split('\0');
  const api = `${url}/repos/${repository.fullName}`;
  const person = { name, email, date: new Date(date).toISOString() };
  return {
    sha: id,
    node_id: nodeId('C', Number.parseInt(id.slice(0, 12), 16)),
    commit: {
      author: person,
      committer: person,
      message: message.trimEnd(),
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      url: `${api}/git/commits/${id}`,
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    url: `${api}/commits/${id}`,
    html_url: `${url}/${repository.fullName}/commit/${id}`,
    comments_url: `${api}/commits/${id}/comments`,
    author: null,
    committer: null,
    parents: parents
      .split(' ')
      .filter((parent) => parent !== '')
      .map((parent) => ({
        sha: parent,
        url: `${api}/commits/${parent}`,
        html_url: `${url}/${repository.fullName}/commit/${parent}`,
      })),
  };
}

async function showCommit(call: Call): Promise<Answer> {
  const repository = repositoryOfCall(call);
  const sha = await commitOf(repository, parameter(call, 'ref'));
  const rendered = await renderCommit(call, repository, sha);
  const parent = /^[0-9a-f]{40}/.exec(
    await git(repository.gitDir, ['show', '--no-patch', '--format=%P', sha]),
  );
  const files = parent ? await diffCommits(repository.gitDir, parent[0], sha) : [];
  const [additions, deletions] = [total(files, 'additions'), total(files, 'deletions')];
  return ok({
    ...rendered,
    stats: { additions, deletions, total: additions + deletions },
    files: files.map((file) => renderFile(call, repository, sha, file)),
  });
}

function total(files: readonly FileDiff[], key: 'additions' | 'deletions'): number {
  return files.reduce((sum, file) => sum + file[key], 0);
}

async function listCommits(call: Call): Promise<Answer> {
  const pull = pullOfCall(call);
  const page = paginate(call, await commitsOf(pull));
  const body = await Promise.all(page.items.map((sha) => renderCommit(call, pull.repository, sha)));
  return { status: 200, body, headers: page.headers };
}

async function count(gitDir: string, range: string): Promise<string[]> {
  const list = await git(gitDir, ['rev-list', '--reverse', '--topo-order', range]);
  return list === '' ? [] : list.split('\n');
}

async function compare(call: Call): Promise<Answer> {
  const repository = repositoryOfCall(call);
  const [from = '', to = ''] = parameter(call, 'basehead').split('...');
  const [base, head] = [await commitOf(repository, from), await commitOf(repository, to)];
  const mergeBase = await findMergeBase(repository.gitDir, base, head);
  if (mergeBase === null) throw notFound();
  const ahead = await count(repository.gitDir, `${base}..${head}`);
  const behind = await count(repository.gitDir, `${head}..${base}`);
  const files = await diffCommits(repository.gitDir, mergeBase, head);
  const page = paginate(call, ahead);
  const web = `${call.world.url}/${repository.fullName}/compare/${from}...${to}`;
  const isBoth = ahead.length > 0 && behind.length > 0;
  return {
    status: 200,
    headers: page.headers,
    body: {
      url: `${call.world.url}/repos/${repository.fullName}/compare/${from}...${to}`,
      html_url: web,
      permalink_url: web,
      diff_url: `${web}.diff`,
      patch_url: `${web}.patch`,
      base_commit: await renderCommit(call, repository, base),
      merge_base_commit: await renderCommit(call, repository, mergeBase),
      status: isBoth ? 'diverged' : ahead.length > 0 ? 'ahead' : behind.length > 0 ? 'behind' : 'identical',
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: await Promise.all(page.items.map((sha) => renderCommit(call, repository, sha))),
      files: files.slice(0, 300).map((file) => renderFile(call, repository, head, file)),
    },
  };
}

/** GitHub's older permissions know neither `maintain` nor `triage`. */
const legacy: Readonly<Record<Role, string>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
};

function showPermission(call: Call): Answer {
  const repository = repositoryOfCall(call);
  const login = parameter(call, 'username').toLowerCase();
  const user = call.world.users.get(login);
  if (!user) throw notFound();
  const role = repository.roles.get(login) ?? (repository.private ? 'none' : 'read');
  const rank = ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(role);
  return ok({
    permission: legacy[role],
    role_name: role,
    user: {
      ...renderUser(call.world, user),
      role_name: role,
      permissions: {
        admin: rank >= 5,
        maintain: rank >= 4,
        push: rank >= 3,
        triage: rank >= 2,
        pull: rank >= 1,
      },
    },
  });
}

const contents: readonly Need[] = [['contents', 'read']];
const pulls: readonly Need[] = [['pull_requests', 'read']];

export const pullRoutes: Routes = {
  'GET /repos/{owner}/{repo}/pulls': { by: 'any', needs: pulls, run: listPulls },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': {
    by: 'any',
    needs: [...pulls, ...contents],
    run: showPull,
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': { by: 'any', needs: pulls, run: listFiles },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits': { by: 'any', needs: pulls, run: listCommits },
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': { by: 'any', needs: pulls, run: listPullsOfCommit },
  'GET /repos/{owner}/{repo}/commits/{ref}': { by: 'any', needs: contents, run: showCommit },
  'GET /repos/{owner}/{repo}/compare/{basehead}': { by: 'any', needs: contents, run: compare },
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': {
    by: 'token',
    needs: [['metadata', 'read']],
    run: showPermission,
  },
};
