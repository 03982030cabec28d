import { mergeCommits, updateRefs } from './commits.ts';
import { pullEvent } from './events.ts';
import { git } from './git.ts';
import { deletedPushEvent } from './push-events.ts';
import { followBranch, tellPush } from './people-pulls.ts';
import { commitsOf, synchronize, tipOf } from './pulls.ts';
import type { PullRequest, Repository, User } from './state-types.ts';
import type { MergeMethod, People } from './types.ts';
import { now, pullRequestOf, repositoryOf, userOf, type World } from './world.ts';

/** The tree of a merge in a commit with one parent, as squashing and rebasing leave it. */
async function replay(world: World, pull: PullRequest, onto: string, upTo: string): Promise<string> {
  const { gitDir } = pull.repository;
  const merge = await mergeCommits(gitDir, onto, upTo, { message: 'merge', date: now(world) });
  if (merge === null) throw new Error(`#${pull.number} conflicts with ${pull.baseRef}`);
  const message = `${pull.title} (#${pull.number})`;
  return git(gitDir, ['commit-tree', `${merge}^{tree}`, '-p', onto, '-m', message], { date: now(world) });
}

async function rebase(world: World, pull: PullRequest, onto: string): Promise<string> {
  let tip = onto;
  for (const sha of await commitsOf(pull)) tip = await replay(world, pull, tip, sha);
  return tip;
}

async function mergeWith(
  world: World,
  pull: PullRequest,
  base: string,
  method: MergeMethod,
): Promise<string> {
  if (method === 'squash') return replay(world, pull, base, pull.headSha);
  if (method === 'rebase') return rebase(world, pull, base);
  const message = `Merge pull request #${pull.number}`;
  const { gitDir } = pull.repository;
  const after = await mergeCommits(gitDir, base, pull.headSha, { message, date: now(world) });
  if (after === null) throw new Error(`#${pull.number} conflicts with ${pull.baseRef}`);
  return after;
}

async function merge(world: World, pull: PullRequest, by: User, method: MergeMethod): Promise<void> {
  const { repository, baseRef } = pull;
  const before = await tipOf(repository.gitDir, baseRef);
  if (before === null) throw new Error(`there is no branch ${baseRef}`);
  const after = await mergeWith(world, pull, before, method);
  await updateRefs(repository.gitDir, { [`refs/heads/${baseRef}`]: after });
  pull.merged = true;
  pull.mergeSha = after;
  await tellPush(world, repository, { branch: baseRef, before, after }, by);
  await followBranch(world, repository, baseRef, by);
}

async function end(world: World, pull: PullRequest, by: User): Promise<void> {
  pull.state = 'closed';
  pull.closedAt = now(world);
  pull.updatedAt = now(world);
  await world.emit(await pullEvent(world, pull, 'closed', { sender: by }));
}

async function close(
  world: World,
  pull: PullRequest,
  options: Parameters<People['closePullRequest']>[2] = {},
): Promise<void> {
  const by = options.by === undefined ? pull.author : userOf(world, options.by);
  // Its diff stays the same, although the base's tip now contains the merged commits.
  pull.baseSha = (await tipOf(pull.repository.gitDir, pull.baseRef)) ?? pull.baseSha;
  const method = options.merge === true ? 'merge' : options.merge;
  if (method) await merge(world, pull, by, method);
  await end(world, pull, by);
}

async function retarget(world: World, pull: PullRequest, base: string, by: User): Promise<void> {
  const from = { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } };
  pull.baseRef = base;
  await synchronize(world, pull);
  await world.emit(
    await pullEvent(world, pull, 'edited', { sender: by, extra: { changes: { base: from } } }),
  );
}

/**
 * Those that the branch was the target of get the target of the merged pull request that it was the head of; without such
 * a one they are closed, as are those that it was the head of
 * (https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-branches-in-your-repository).
 */
async function deleteBranch(world: World, repository: Repository, branch: string, by: User): Promise<void> {
  const before = await tipOf(repository.gitDir, branch);
  if (before === null) throw new Error(`there is no branch ${branch} in ${repository.fullName}`);
  const isHead = (pull: PullRequest): boolean =>
    pull.headRepository === repository && pull.headRef === branch;
  const merged = world.pullRequests.findLast((pull) => pull.merged && isHead(pull));
  const open = world.pullRequests.filter(({ state }) => state === 'open');
  const children = open.filter((pull) => pull.repository === repository && pull.baseRef === branch);
  if (merged) for (const child of children) await retarget(world, child, merged.baseRef, by);
  await updateRefs(repository.gitDir, { [`refs/heads/${branch}`]: null });
  await world.emit(deletedPushEvent(world, repository, { branch, before }, by));
  for (const pull of [...(merged ? [] : children), ...open.filter(isHead)]) await end(world, pull, by);
}

type Mergers = Pick<People, 'closePullRequest' | 'deleteBranch'>;

/** What people do when a pull request is over. */
export function createMergers(world: World): Mergers {
  return {
    closePullRequest: (ref, number, options) => close(world, pullRequestOf(world, ref, number), options),
    deleteBranch: (ref, branch, options = {}) => {
      const repository = repositoryOf(world, ref);
      const by = options.by === undefined ? repository.owner : userOf(world, options.by);
      return deleteBranch(world, repository, branch, by);
    },
  };
}
