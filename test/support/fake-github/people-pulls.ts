import { commit, findMergeBase } from './commits.ts';
import { pullEvent, renderWholePull } from './events.ts';
import { pushEvent } from './push-events.ts';
import { mergeBaseOf, synchronize, tipOf } from './pulls.ts';
import type { PullRequest, Repository, User } from './state-types.ts';
import type { Contents, NewPullRequest, People } from './types.ts';
import { nextId, now, pullRequestOf, repositoryOf, userOf, type World } from './world.ts';

const nothing = '0'.repeat(40);

export async function tellPush(
  world: World,
  repository: Repository,
  push: { branch: string; before: string | null; after: string },
  by: User,
): Promise<void> {
  const { before, after, branch } = push;
  const base = before === null ? null : await findMergeBase(repository.gitDir, before, after);
  const payload = {
    ref: `refs/heads/${branch}`,
    before: before ?? nothing,
    after,
    forced: before !== null && base !== before,
  };
  await world.emit(await pushEvent(world, repository, payload, by));
}

/** A branch's open pull requests get its new head. */
export async function followBranch(
  world: World,
  repository: Repository,
  branch: string,
  by: User,
): Promise<void> {
  const pulls = world.pullRequests.filter(
    (one) => one.headRepository === repository && one.headRef === branch && one.state === 'open',
  );
  for (const pull of pulls) {
    const before = await synchronize(world, pull);
    const extra = { before, after: pull.headSha };
    await world.emit(await pullEvent(world, pull, 'synchronize', { sender: by, extra }));
  }
}

async function push(
  world: World,
  repository: Repository,
  wanted: { branch: string; contents: Contents; parent?: string; by: User },
): Promise<string> {
  const { branch, contents, by } = wanted;
  const { gitDir, defaultBranch } = repository;
  const before = await tipOf(gitDir, branch);
  const after = await commit(gitDir, {
    ref: `refs/heads/${branch}`,
    parent: wanted.parent ?? before ?? (await tipOf(gitDir, defaultBranch)),
    contents,
    message: `change ${nextId(world)}`,
    author: by.login,
    date: now(world),
  });
  await tellPush(world, repository, { branch, before, after }, by);
  await followBranch(world, repository, branch, by);
  return after;
}

async function openPullRequest(
  world: World,
  repository: Repository,
  wanted: NewPullRequest,
): Promise<PullRequest> {
  const author = userOf(world, wanted.author);
  const { branch, fork, contents } = wanted.head;
  const headRepository = fork === undefined ? repository : repositoryOf(world, fork);
  const baseRef = wanted.base ?? repository.defaultBranch;
  if (contents) {
    const parent =
      (await tipOf(headRepository.gitDir, branch)) ?? (await tipOf(headRepository.gitDir, baseRef));
    if (parent === null) throw new Error(`${headRepository.fullName} has neither ${branch} nor ${baseRef}`);
    await push(world, headRepository, {
      branch,
      contents,
      by: author,
      parent,
    });
  }
  repository.lastNumber += 1;
  const pull: PullRequest = {
    id: nextId(world),
    number: repository.lastNumber,
    repository,
    title: wanted.title ?? `change ${branch}`,
    body: wanted.body ?? null,
    author,
    state: 'open',
    draft: wanted.draft ?? false,
    merged: false,
    mergeSha: null,
    locked: false,
    lag: { body: null, ...world.newPullLag, until: Date.now() + world.newPullLag.forMs },
    baseRef,
    headRef: branch,
    headRepository,
    headSha: nothing,
    baseSha: nothing,
    createdAt: now(world),
    updatedAt: now(world),
    closedAt: null,
  };
  await synchronize(world, pull);
  world.pullRequests.push(pull);
  await tell(world, pull, 'opened', author);
  return pull;
}

async function tell(
  world: World,
  pull: PullRequest,
  action: string,
  sender: User,
  extra: Record<string, unknown> = {},
): Promise<void> {
  await world.emit(await pullEvent(world, pull, action, { sender, extra }));
}

async function pushHead(
  world: World,
  pull: PullRequest,
  contents: Contents,
  options: { by?: string; force?: boolean },
): Promise<string> {
  const { headRepository, headRef } = pull;
  if (!headRepository) throw new Error(`the head repository of #${pull.number} is gone`);
  const by = options.by === undefined ? pull.author : userOf(world, options.by);
  const parent = options.force === true ? { parent: await mergeBaseOf(pull) } : {};
  return push(world, headRepository, { branch: headRef, contents, by, ...parent });
}

async function edit(
  world: World,
  pull: PullRequest,
  change: { by?: string; base?: string; title?: string },
): Promise<void> {
  const from = { ref: pull.baseRef, sha: pull.baseSha, title: pull.title };
  pull.title = change.title ?? pull.title;
  if (change.base !== undefined) {
    pull.baseRef = change.base;
    await synchronize(world, pull);
  }
  const by = change.by === undefined ? pull.author : userOf(world, change.by);
  const base =
    change.base === undefined ? {} : { base: { ref: { from: from.ref }, sha: { from: from.sha } } };
  const title = change.title === undefined ? {} : { title: { from: from.title } };
  pull.updatedAt = now(world);
  await tell(world, pull, 'edited', by, { changes: { ...base, ...title } });
}

type Contributors = Pick<
  People,
  | 'push'
  | 'pushDefaultBranch'
  | 'openPullRequest'
  | 'pushHead'
  | 'reopenPullRequest'
  | 'markReady'
  | 'convertToDraft'
  | 'editPullRequest'
  | 'lock'
  | 'lag'
  | 'lagNew'
>;

/** What people do with branches and pull requests. */
export function createContributors(world: World): Contributors {
  const who = (login: string | undefined, other: User): User =>
    login === undefined ? other : userOf(world, login);
  const setDraft = async (pull: PullRequest, draft: boolean, by: User): Promise<void> => {
    pull.draft = draft;
    pull.updatedAt = now(world);
    await tell(world, pull, draft ? 'converted_to_draft' : 'ready_for_review', by);
  };
  const pushTo = (repository: Repository, branch: string, contents: Contents, by?: string): Promise<string> =>
    push(world, repository, { branch, contents, by: who(by, repository.owner) });
  return {
    push: (ref, branch, contents, options = {}) =>
      pushTo(repositoryOf(world, ref), branch, contents, options.by),
    pushDefaultBranch: (ref, contents, options = {}) => {
      const repository = repositoryOf(world, ref);
      return pushTo(repository, repository.defaultBranch, contents, options.by);
    },
    openPullRequest: (ref, wanted) => openPullRequest(world, repositoryOf(world, ref), wanted),
    pushHead: (ref, number, contents, options = {}) =>
      pushHead(world, pullRequestOf(world, ref, number), contents, options),
    reopenPullRequest: async (ref, number, options = {}) => {
      const pull = pullRequestOf(world, ref, number);
      pull.state = 'open';
      pull.closedAt = null;
      if (pull.headRepository) await synchronize(world, pull);
      await tell(world, pull, 'reopened', who(options.by, pull.author));
    },
    markReady: (ref, number, options = {}) => {
      const pull = pullRequestOf(world, ref, number);
      return setDraft(pull, false, who(options.by, pull.author));
    },
    convertToDraft: (ref, number, options = {}) => {
      const pull = pullRequestOf(world, ref, number);
      return setDraft(pull, true, who(options.by, pull.author));
    },
    lock: (ref, number) => {
      pullRequestOf(world, ref, number).locked = true;
    },
    lag: async (ref, number, reads, forMs = Infinity) => {
      const pull = pullRequestOf(world, ref, number);
      pull.lag = { body: await renderWholePull(world, pull), reads, until: Date.now() + forMs };
    },
    lagNew: (reads, forMs = Infinity) => {
      world.newPullLag = { reads, forMs };
    },
    editPullRequest: (ref, number, change) => edit(world, pullRequestOf(world, ref, number), change),
  };
}
