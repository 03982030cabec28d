import type { OutgoingEvent } from './delivery-types.ts';
import { git } from './git.ts';
import { renderRepository, renderUser, type Json } from './render-accounts.ts';
import type { Repository, User } from './state-types.ts';
import type { World } from './world.ts';

/** A commit as pushes and suites name it. */
export async function renderHeadCommit(repository: Repository, sha: string): Promise<Json> {
  const format = ['%T', '%aI', '%an', '%ae', '%B'].join('%x00');
  const text = await git(repository.gitDir, ['show', '--no-patch', `--format=${format}`, sha]);
  const [tree = '', timestamp = '', name = '', email = '', message = ''] = text.split('\0');
  const person = { name, email, username: name };
  return {
    id: sha,
    tree_id: tree,
    message: message.trimEnd(),
    timestamp,
    author: person,
    committer: person,
  };
}

export type Push = { ref: string; before: string; after: string; forced: boolean };

export async function pushEvent(
  world: World,
  repository: Repository,
  push: Push,
  sender: User,
): Promise<OutgoingEvent> {
  const head = await renderHeadCommit(repository, push.after);
  const url = `${world.url}/${repository.fullName}/commit/${push.after}`;
  const commit = { ...head, distinct: true, url, added: [], removed: [], modified: [] };
  const created = /^0+$/.test(push.before);
  return {
    event: 'push',
    action: null,
    sender,
    repository,
    overlay: {
      ...push,
      created,
      deleted: false,
      base_ref: null,
      compare: `${world.url}/${repository.fullName}/compare/${push.before.slice(0, 12)}...${push.after.slice(0, 12)}`,
      commits: [commit],
      head_commit: commit,
      pusher: { name: sender.login, email: `${sender.login}@example.com` },
      repository: renderPushed(world, repository),
    },
  };
}

export function deletedPushEvent(
  world: World,
  repository: Repository,
  { branch, before }: { branch: string; before: string },
  sender: User,
): OutgoingEvent {
  const after = '0'.repeat(40);
  return {
    event: 'push',
    action: null,
    sender,
    repository,
    overlay: {
      ref: `refs/heads/${branch}`,
      before,
      after,
      forced: false,
      created: false,
      deleted: true,
      base_ref: null,
      compare: `${world.url}/${repository.fullName}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
      commits: [],
      head_commit: null,
      pusher: { name: sender.login, email: `${sender.login}@example.com` },
      repository: renderPushed(world, repository),
    },
  };
}

/** A repository as pushes name it. */
function renderPushed(world: World, repository: Repository): Json {
  return {
    ...renderRepository(world, repository),
    owner: { ...renderUser(world, repository.owner), name: repository.owner.login, email: null },
    master_branch: repository.defaultBranch,
  };
}

export async function mergeGroupEvent(
  repository: Repository,
  group: { headSha: string; headRef: string; baseSha: string; baseRef: string },
  sender: User,
): Promise<OutgoingEvent> {
  return {
    event: 'merge_group',
    action: 'checks_requested',
    sender,
    repository,
    overlay: {
      action: 'checks_requested',
      merge_group: {
        head_sha: group.headSha,
        head_ref: group.headRef,
        base_sha: group.baseSha,
        base_ref: group.baseRef,
        head_commit: await renderHeadCommit(repository, group.headSha),
      },
    },
  };
}
