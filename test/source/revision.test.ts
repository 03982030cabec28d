import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { findDefaultBranch, findMergeBase, resolveRevision } from '../../src/source/revision.ts';
import { commitAll, git, isFailure, makeDirectory, makeRepository, open } from './support.ts';

test('names, tags, abbreviations and relative revisions become commits', async (t) => {
  const dir = makeRepository(t);
  const first = git(dir, 'rev-parse', 'HEAD');
  git(dir, 'tag', '-a', 'v1', '-m', 'v1');
  const second = commitAll(dir);
  const repository = await open(t, dir);
  for (const [revision, commit] of [
    ['HEAD', second],
    ['main', second],
    ['HEAD~1', first],
    ['v1', first],
    [first.slice(0, 8), first],
    [':/first', first],
  ] as const) {
    assert.equal(await resolveRevision(repository, revision), commit, revision);
  }
});

test('what names no single commit is unknown, options included', async (t) => {
  const dir = makeRepository(t);
  const repository = await open(t, dir);
  const revisions = [
    '--upload-pack=x',
    '--all',
    '-h',
    '',
    'HEAD..HEAD',
    '^HEAD',
    'HEAD:a.go',
    'HEAD^{tree}',
    'no\0',
    '0'.repeat(40),
  ];
  for (const revision of revisions) {
    await assert.rejects(
      resolveRevision(repository, revision),
      isFailure('unknown-revision', { revision }),
      revision,
    );
  }
});

test('a branch named like an option is resolved as a branch', async (t) => {
  const dir = makeRepository(t);
  const commit = git(dir, 'rev-parse', 'HEAD');
  git(dir, 'update-ref', 'refs/heads/--upload-pack=x', commit);
  assert.equal(await resolveRevision(await open(t, dir), '--upload-pack=x'), commit);
});

test('names that may have been meant are suggested, nearest first', async (t) => {
  const dir = makeRepository(t);
  git(dir, 'branch', 'feature/parser');
  git(dir, 'branch', 'maim');
  git(dir, 'update-ref', 'refs/remotes/origin/release', 'HEAD');
  const repository = await open(t, dir);
  const similar = (names: string[]) => isFailure('unknown-revision', { similar: names });
  await assert.rejects(resolveRevision(repository, 'mian'), similar(['main']));
  await assert.rejects(resolveRevision(repository, 'mainn'), similar(['main', 'maim']));
  await assert.rejects(resolveRevision(repository, 'quite-other'), similar([]));
  await assert.rejects(resolveRevision(repository, 'Feature/parsr'), similar(['feature/parser']));
  await assert.rejects(resolveRevision(repository, 'release'), similar(['origin/release']));
});

test('the default branch is what origin/HEAD points at, else a usual name', async (t) => {
  const dir = makeRepository(t);
  const repository = await open(t, dir);
  const find = async () => (await findDefaultBranch(repository)).ref;
  git(dir, 'branch', 'master');
  assert.equal(await find(), 'refs/heads/main');
  git(dir, 'update-ref', 'refs/remotes/origin/master', 'HEAD');
  assert.equal(await find(), 'refs/remotes/origin/master');
  git(dir, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  assert.equal(await find(), 'refs/remotes/origin/main');
  git(dir, 'update-ref', 'refs/remotes/origin/develop', 'HEAD');
  git(dir, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/develop');
  assert.deepEqual(await findDefaultBranch(repository), {
    ref: 'refs/remotes/origin/develop',
    name: 'origin/develop',
  });
  git(dir, 'update-ref', '-d', 'refs/remotes/origin/develop');
  assert.equal(await find(), 'refs/remotes/origin/main');
});

test('the configured initial branch is the last resort; without it the branches are named', async (t) => {
  const dir = makeRepository(t);
  git(dir, 'branch', '-m', 'trunk');
  const repository = await open(t, dir);
  await assert.rejects(
    findDefaultBranch(repository),
    isFailure('no-default-branch', { branches: ['trunk'] }),
  );
  git(dir, 'config', 'init.defaultBranch', 'trunk');
  assert.deepEqual(await findDefaultBranch(repository), { ref: 'refs/heads/trunk', name: 'trunk' });
});

test('the merge base is the common ancestor; unrelated histories have none', async (t) => {
  const dir = makeRepository(t);
  const fork = git(dir, 'rev-parse', 'HEAD');
  git(dir, 'checkout', '--quiet', '-b', 'side');
  const side = commitAll(dir, 'side');
  git(dir, 'checkout', '--quiet', 'main');
  const main = commitAll(dir, 'main');
  git(dir, 'checkout', '--quiet', '--orphan', 'alone');
  const alone = commitAll(dir, 'alone');
  const repository = await open(t, dir);
  assert.equal(await findMergeBase(repository, main, side), fork);
  assert.equal(await findMergeBase(repository, main, fork), fork);
  await assert.rejects(
    findMergeBase(repository, main, alone),
    isFailure('no-merge-base', { base: main, head: alone }),
  );
});

test('a replaced commit is seen as it is', async (t) => {
  const dir = makeRepository(t);
  const first = git(dir, 'rev-parse', 'HEAD');
  const second = commitAll(dir, 'second');
  const third = commitAll(dir, 'third');
  git(dir, 'replace', '--graft', third);
  assert.equal(await findMergeBase(await open(t, dir), third, first), first);
  assert.equal(await resolveRevision(await open(t, dir), 'HEAD~1'), second);
});

test('a shallow clone without the merge base says so', async (t) => {
  const origin = makeRepository(t);
  git(origin, 'checkout', '--quiet', '-b', 'side');
  commitAll(origin, 'side');
  commitAll(origin, 'side 2');
  git(origin, 'checkout', '--quiet', 'main');
  commitAll(origin, 'main');
  const dir = path.join(makeDirectory(t), 'clone');
  git(origin, 'clone', '--quiet', '--depth=1', '--no-single-branch', `file://${origin}`, dir);
  const repository = await open(t, dir);
  assert.equal(repository.shallow, true);
  const main = await resolveRevision(repository, 'origin/main');
  const side = await resolveRevision(repository, 'origin/side');
  await assert.rejects(findMergeBase(repository, main, side), isFailure('shallow-clone'));
  await assert.rejects(
    resolveRevision(repository, 'HEAD~1'),
    isFailure('unknown-revision', { shallow: true }),
  );
});

test('a shallow clone that has the merge base gives it', async (t) => {
  const origin = makeRepository(t);
  for (const message of ['second', 'third', 'fork']) commitAll(origin, message);
  const fork = git(origin, 'rev-parse', 'HEAD');
  git(origin, 'checkout', '--quiet', '-b', 'side');
  commitAll(origin, 'side');
  git(origin, 'checkout', '--quiet', 'main');
  for (const message of ['main', 'main 2']) commitAll(origin, message);
  const dir = path.join(makeDirectory(t), 'clone');
  git(origin, 'clone', '--quiet', '--depth=3', '--no-single-branch', `file://${origin}`, dir);
  const repository = await open(t, dir);
  const main = await resolveRevision(repository, 'origin/main');
  assert.equal(await findMergeBase(repository, main, await resolveRevision(repository, 'origin/side')), fork);
});
