import { findMergeBase, mergeCommits, updateRefs } from './commits.ts';
import { diffCommits, mapLine, type FileDiff } from './diffs.ts';
import { findRef, git, tryGit } from './git.ts';
import { findLine } from './placement.ts';
import type { PullRequest, ReviewComment } from './state-types.ts';
import { now, type World } from './world.ts';

/** The tip of a branch; null: there is no such branch. */
export function tipOf(gitDir: string, branch: string): Promise<string | null> {
  return findRef(gitDir, `refs/heads/${branch}`);
}

/** The commit that a pull request's diff begins at. */
export async function mergeBaseOf(pull: PullRequest, head = pull.headSha): Promise<string> {
  const { gitDir } = pull.repository;
  const tip = pull.state === 'open' ? await tipOf(gitDir, pull.baseRef) : null;
  const base = await findMergeBase(gitDir, tip ?? pull.baseSha, head);
  if (base === null) throw new Error(`no merge base of ${pull.baseRef} and ${head}`);
  return base;
}

/** What a pull request changes, up to its head or an earlier commit of it. */
export async function filesOf(pull: PullRequest, head = pull.headSha): Promise<FileDiff[]> {
  return diffCommits(pull.repository.gitDir, await mergeBaseOf(pull, head), head);
}

const known = new Map<string, Promise<string[]>>();

async function readCommits(gitDir: string, range: string): Promise<string[]> {
  const list = await git(gitDir, ['rev-list', '--reverse', '--topo-order', range]);
  return list === '' ? [] : list.split('\n');
}

/** The commits of a pull request, oldest first. */
export async function commitsOf(pull: PullRequest): Promise<string[]> {
  const { gitDir } = pull.repository;
  const range = `${await mergeBaseOf(pull)}..${pull.headSha}`;
  const key = `${gitDir}\0${range}`;
  const found = known.get(key) ?? readCommits(gitDir, range);
  known.set(key, found);
  return found;
}

/** The merge that `refs/pull/N/merge` has; null: head and base conflict. */
export function mergeOf(pull: PullRequest): Promise<string | null> {
  return findRef(pull.repository.gitDir, `refs/pull/${pull.number}/merge`);
}

async function takeOver(pull: PullRequest): Promise<string> {
  const { headRepository, headRef, repository, number } = pull;
  if (!headRepository) throw new Error(`the head repository of #${number} is gone`);
  const from = `refs/heads/${headRef}`;
  if (headRepository !== repository) {
    await git(repository.gitDir, [
      'fetch',
      '--quiet',
      headRepository.gitDir,
      `+${from}:refs/pull/${number}/head`,
    ]);
  }
  const head = await findRef(
    repository.gitDir,
    headRepository === repository ? from : `refs/pull/${number}/head`,
  );
  if (head === null) throw new Error(`there is no branch ${headRef} in ${headRepository.fullName}`);
  return head;
}

/**
 * Brings a pull request to what its branches are now: head, base, and the refs that GitHub keeps for it. Returns what
 * the head was before.
 */
export async function synchronize(world: World, pull: PullRequest): Promise<string> {
  const { gitDir } = pull.repository;
  const before = pull.headSha;
  const head = await takeOver(pull);
  const base = await tipOf(gitDir, pull.baseRef);
  if (base === null) throw new Error(`there is no branch ${pull.baseRef} in ${pull.repository.fullName}`);
  const message = `Merge ${head} into ${base}`;
  const merge = await mergeCommits(gitDir, base, head, { message, date: now(world) });
  await updateRefs(gitDir, {
    [`refs/pull/${pull.number}/head`]: head,
    [`refs/pull/${pull.number}/merge`]: merge,
  });
  pull.headSha = head;
  pull.baseSha = base;
  pull.updatedAt = now(world);
  await moveComments(world, pull);
  return before;
}

async function moveComment(pull: PullRequest, comment: ReviewComment, files: FileDiff[]): Promise<void> {
  const file = files.find((one) => one.path === comment.path);
  if (comment.subject === 'file') {
    if (file) comment.commit = pull.headSha;
    return;
  }
  const from =
    comment.side === 'RIGHT' ? comment.originalCommit : await mergeBaseOf(pull, comment.originalCommit);
  const to = comment.side === 'RIGHT' ? pull.headSha : await mergeBaseOf(pull);
  const map = (line: number | null): Promise<number | null> | null =>
    line === null ? null : mapLine(pull.repository.gitDir, from, to, { path: comment.path, line });
  const line = await map(comment.originalLine);
  const startLine = await map(comment.originalStartLine);
  const isThere = file && line !== null && findLine(file, comment.side, line) !== null;
  comment.line = isThere ? line : null;
  comment.startLine = isThere ? startLine : null;
  if (isThere) comment.commit = pull.headSha;
}

/** Inline comments go where their lines went; one whose line changed is outdated. */
async function moveComments(world: World, pull: PullRequest): Promise<void> {
  const own = world.reviewComments.filter((comment) => comment.pullRequest === pull);
  if (own.length === 0) return;
  const files = await filesOf(pull);
  for (const comment of own) await moveComment(pull, comment, files);
}

/** Whether a commit is one of the pull request's, now or before a force-push. */
export async function isCommitOf(pull: PullRequest, sha: string): Promise<boolean> {
  if (sha === pull.headSha) return true;
  if (!/^[0-9a-f]{40}$/.test(sha)) return false;
  const { gitDir } = pull.repository;
  const { status } = await tryGit(gitDir, ['merge-base', '--is-ancestor', sha, pull.headSha]);
  return status === 0 && sha !== (await mergeBaseOf(pull));
}
