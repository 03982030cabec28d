import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { diffTrees } from '../../src/source/diff.ts';
import { exportTree } from '../../src/source/export.ts';
import { openRepository } from '../../src/source/repository.ts';
import { readFile } from '../../src/source/tree.ts';
import { snapshotWorktree } from '../../src/source/worktree.ts';
import {
  commitAll,
  fingerprint,
  git,
  isFailure,
  makeDirectory,
  makeRepository,
  open,
  plantProgram,
  snapshotFiles,
  readFiles,
  writeFiles,
} from './support.ts';

test('an untouched working tree is the tree of its commit', async (t) => {
  const dir = makeRepository(t, { 'a.go': 'package a\n', 'd/b.go': 'package d\n' });
  const before = fingerprint(dir);
  assert.equal(await snapshotWorktree(await open(t, dir)), git(dir, 'rev-parse', 'HEAD^{tree}'));
  assert.deepEqual(fingerprint(dir), before);
});

test('files are taken as they lie there: staged, changed, deleted, renamed, untracked; ignored ones are not', async (t) => {
  const files = {
    'kept.go': 'k',
    'changed.go': '1',
    'deleted.go': 'd',
    'removed.go': 'r',
    'old.go': 'o',
    'staged.go': '1',
  };
  const dir = makeRepository(t, { ...files, '.gitignore': '*.log\n/build/\n', 'tracked.log': 'tracked' });
  git(dir, 'add', '--force', 'tracked.log');
  git(dir, 'commit', '--quiet', '-m', 'log');
  writeFiles(dir, {
    'changed.go': '2',
    'untracked é\n.go': 'u',
    'x.log': 'no',
    'build/x': 'no',
    'excluded.txt': 'no',
  });
  writeFiles(dir, {
    'sub/.gitignore': 'secret\n',
    'sub/secret': 'no',
    'sub/open': 'yes',
    '.git/info/exclude': 'excluded.txt\n',
  });
  rmSync(path.join(dir, 'deleted.go'));
  git(dir, 'rm', '--quiet', 'removed.go');
  git(dir, 'mv', 'old.go', 'new.go');
  writeFiles(dir, { 'staged.go': '2' });
  git(dir, 'add', 'staged.go');
  writeFiles(dir, { 'staged.go': '3' });
  git(dir, 'stash', 'create');
  assert.deepEqual(await snapshotFiles(t, dir), {
    '.gitignore': '*.log\n/build/\n',
    'changed.go': '2',
    'kept.go': 'k',
    'new.go': 'o',
    'staged.go': '3',
    'sub/.gitignore': 'secret\n',
    'sub/open': 'yes',
    'tracked.log': 'tracked',
    'untracked é\n.go': 'u',
  });
});

test('the difference to the commit is that of the files', async (t) => {
  const dir = makeRepository(t, { 'a.go': 'one\ntwo\n', 'b.go': 'b\n' });
  writeFiles(dir, { 'a.go': 'one\n2\n', 'c.go': 'c\n' });
  const repository = await open(t, dir);
  const diff = await diffTrees(repository, git(dir, 'rev-parse', 'HEAD'), await snapshotWorktree(repository));
  assert.deepEqual(
    diff.map(({ basePath, headPath }) => [basePath, headPath]),
    [
      ['a.go', 'a.go'],
      [null, 'c.go'],
    ],
  );
});

test('a change right after the index was written is seen, even with the same size and time', async (t) => {
  const dir = makeRepository(t, { 'a.go': 'one\n' });
  const time = Math.floor(Date.now() / 1000) - 100;
  utimesSync(path.join(dir, 'a.go'), time, time);
  git(dir, 'update-index', '--refresh');
  utimesSync(path.join(dir, '.git', 'index'), time, time);
  writeFiles(dir, { 'a.go': 'two\n' });
  utimesSync(path.join(dir, 'a.go'), time, time);
  git(dir, 'config', 'core.trustctime', 'false');
  assert.deepEqual(await snapshotFiles(t, dir), { 'a.go': 'two\n' });
});

test('a file that takes the place of a directory, and the other way round', async (t) => {
  const dir = makeRepository(t, { 'd/x.go': 'x', f: 'f', 'l/y.go': 'y' });
  rmSync(path.join(dir, 'd'), { recursive: true });
  rmSync(path.join(dir, 'f'));
  renameSync(path.join(dir, 'l'), path.join(dir, 'elsewhere'));
  symlinkSync('elsewhere', path.join(dir, 'l'));
  writeFiles(dir, { d: 'now a file', 'f/inner.go': 'i' });
  assert.deepEqual(await snapshotFiles(t, dir), {
    d: 'now a file',
    'elsewhere/y.go': 'y',
    'f/inner.go': 'i',
    l: '-> elsewhere',
  });
});

test('an unfinished merge is taken as it lies there', async (t) => {
  const dir = makeRepository(t, { 'a.go': '1\n', 'b.go': 'b\n' });
  git(dir, 'checkout', '--quiet', '-b', 'side');
  writeFiles(dir, { 'a.go': '2\n', 'b.go': 'side\n' });
  commitAll(dir);
  git(dir, 'checkout', '--quiet', 'main');
  writeFiles(dir, { 'a.go': '3\n' });
  rmSync(path.join(dir, 'b.go'));
  commitAll(dir);
  assert.throws(() => git(dir, 'merge', 'side'));
  rmSync(path.join(dir, 'b.go'));
  const files = await snapshotFiles(t, dir);
  assert.deepEqual(Object.keys(files), ['a.go']);
  assert.match(files['a.go'] ?? '', /<<<<<<</);
});

test('an unborn branch, an intent to add and a removed index are no obstacle', async (t) => {
  const dir = makeRepository(t);
  git(dir, 'checkout', '--quiet', '--orphan', 'fresh');
  git(dir, 'rm', '--quiet', '-r', '--cached', '.');
  writeFiles(dir, { 'b.go': 'b', 'c.go': 'c' });
  git(dir, 'add', '--intent-to-add', 'b.go');
  assert.deepEqual(await snapshotFiles(t, dir), { 'a.go': 'package a\n', 'b.go': 'b', 'c.go': 'c' });
  rmSync(path.join(dir, '.git', 'index'));
  assert.deepEqual(Object.keys(await snapshotFiles(t, dir)), ['a.go', 'b.go', 'c.go']);
});

test('a linked working tree has its own index and files', async (t) => {
  const dir = makeRepository(t);
  const linked = path.join(makeDirectory(t), 'linked');
  git(dir, 'worktree', 'add', '--quiet', '-b', 'other', linked);
  writeFiles(linked, { 'linked.go': 'l', 'no.txt': 'no' });
  writeFiles(dir, { '.git/info/exclude': 'no.txt\n', 'main.go': 'm' });
  git(linked, 'add', 'linked.go');
  assert.deepEqual(Object.keys(await snapshotFiles(t, linked)), ['a.go', 'linked.go']);
  assert.deepEqual(Object.keys(await snapshotFiles(t, dir)), ['a.go', 'main.go']);
});

test('a split index is read', async (t) => {
  const dir = makeRepository(t, { 'a.go': 'a', 'b.go': 'b' });
  git(dir, 'update-index', '--split-index');
  writeFiles(dir, { 'b.go': 'B' });
  assert.deepEqual(await snapshotFiles(t, dir), { 'a.go': 'a', 'b.go': 'B' });
});

test('a sparse checkout keeps what it leaves out, with a full index and a sparse one', async (t) => {
  for (const kind of ['--no-sparse-index', '--sparse-index']) {
    const dir = makeRepository(t, { 'a.go': 'a', 'in/b.go': 'b', 'out/c.go': 'c' });
    git(dir, 'sparse-checkout', 'set', '--cone', kind, 'in');
    assert.equal(existsSync(path.join(dir, 'out')), false);
    writeFiles(dir, { 'in/b.go': 'B' });
    const before = readFiles(dir);
    const repository = await open(t, dir);
    const target = path.join(makeDirectory(t), 'out');
    await exportTree(repository, await snapshotWorktree(repository), target);
    assert.deepEqual(readFiles(target), { 'a.go': 'a', 'in/b.go': 'B', 'out/c.go': 'c' });
    assert.deepEqual(readFiles(dir), before);
    writeFiles(dir, { out: 'a file in its place' });
    const tree = await snapshotWorktree(repository);
    assert.equal(await readFile(repository, tree, 'out'), 'a file in its place');
  }
});

test('a SHA-256 repository gives a SHA-256 tree', async (t) => {
  const dir = makeRepository(t, { 'a.go': 'a' }, '--object-format=sha256');
  writeFiles(dir, { 'b.go': 'b' });
  assert.equal((await snapshotWorktree(await open(t, dir))).length, 64);
});

test('the personal list of ignored files holds', async (t) => {
  const dir = makeRepository(t);
  const list = path.join(makeDirectory(t), 'ignored here');
  writeFileSync(list, '*.tmp\n');
  const config = path.join(makeDirectory(t), 'config');
  writeFileSync(config, `[core]\n\texcludesFile = ${list}\n`);
  const kept = process.env['GIT_CONFIG_GLOBAL'];
  t.after(() => {
    if (kept === undefined) delete process.env['GIT_CONFIG_GLOBAL'];
    else process.env['GIT_CONFIG_GLOBAL'] = kept;
  });
  process.env['GIT_CONFIG_GLOBAL'] = config;
  writeFiles(dir, { 'x.tmp': 'no', 'y.go': 'y' });
  assert.deepEqual(Object.keys(await snapshotFiles(t, dir)), ['a.go', 'y.go']);
});

test('line endings are compared as the user has them set', async (t) => {
  const dir = makeRepository(t, { 'a.go': 'one\ntwo\n' });
  git(dir, 'config', 'core.autocrlf', 'true');
  writeFiles(dir, { 'a.go': 'one\r\ntwo\r\n' });
  assert.deepEqual(await snapshotFiles(t, dir), { 'a.go': 'one\ntwo\n' });
  git(dir, 'config', 'core.autocrlf', 'false');
  assert.deepEqual(await snapshotFiles(t, dir), { 'a.go': 'one\r\ntwo\r\n' });
});

test('a large file that a filter stands for stays as committed while it is unchanged', async (t) => {
  const { program } = plantProgram(t);
  const dir = makeRepository(t, { '.gitattributes': '*.bin filter=big\n' });
  git(dir, 'config', 'filter.big.clean', 'echo pointer');
  git(dir, 'config', 'filter.big.smudge', program);
  writeFiles(dir, { 'x.bin': 'the whole thing' });
  // Older than the index, or git itself would have to look again.
  utimesSync(path.join(dir, 'x.bin'), 1e9, 1e9);
  commitAll(dir);
  assert.equal((await snapshotFiles(t, dir))['x.bin'], 'pointer\n');
});

test('a bare repository has no working tree', async (t) => {
  const dir = makeRepository(t);
  const bare = path.join(makeDirectory(t), 'bare.git');
  git(dir, 'clone', '--quiet', '--bare', dir, bare);
  await assert.rejects(snapshotWorktree(await open(t, bare)), isFailure('bare-worktree', { path: bare }));
});

test('forgotten data files over the limit are refused', async (t) => {
  const dir = makeRepository(t);
  writeFiles(dir, { 'data.bin': 'x'.repeat(2000), 'more.bin': 'y' });
  const repository = await open(t, dir);
  await assert.rejects(
    snapshotWorktree(repository, { maxBytes: 1000 }),
    isFailure('tree-too-large', { reason: 'bytes' }),
  );
  await assert.rejects(
    snapshotWorktree(repository, { maxFiles: 1 }),
    isFailure('tree-too-large', { reason: 'files' }),
  );
});

test('snapshots at the same time, in one repository, do not meet', async (t) => {
  const dir = makeRepository(t);
  writeFiles(dir, { 'b.go': 'b' });
  const repository = await open(t, dir);
  const trees = await Promise.all([snapshotWorktree(repository), snapshotWorktree(repository)]);
  assert.equal(trees[0], trees[1]);
});

test('an abort ends a snapshot', async (t) => {
  const dir = makeRepository(t);
  const controller = new AbortController();
  const repository = await openRepository(dir, path.join(makeDirectory(t), 'w'), {
    signal: controller.signal,
  });
  controller.abort();
  await assert.rejects(snapshotWorktree(repository), isFailure('interrupted'));
});
