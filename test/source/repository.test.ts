import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openRepository } from '../../src/source/repository.ts';
import { exportTree } from '../../src/source/export.ts';
import { resolveRevision } from '../../src/source/revision.ts';
import {
  commitAll,
  fingerprint,
  git,
  isFailure,
  makeDirectory,
  makeRepository,
  open,
  readFiles,
} from './support.ts';

test('finds the top of the working tree and the place in it', async (t) => {
  const dir = makeRepository(t, { 'in ner/é/x.go': 'package x\n' });
  const top = await open(t, dir);
  assert.deepEqual([top.toplevel, top.subdir, top.shallow], [dir, '', false]);
  const inner = await open(t, path.join(dir, 'in ner', 'é'));
  assert.deepEqual([inner.toplevel, inner.subdir], [dir, 'in ner/é']);
});

test('tells a directory without repository, a missing one and a file apart from one with', async (t) => {
  const dir = makeDirectory(t);
  await assert.rejects(open(t, dir), isFailure('not-a-repository', { path: dir }));
  const missing = path.join(dir, 'missing');
  await assert.rejects(open(t, missing), isFailure('not-a-repository', { path: missing, isMissing: true }));
  writeFileSync(path.join(dir, 'file'), '');
  await assert.rejects(open(t, path.join(dir, 'file')), isFailure('not-a-repository'));
});

test('a repository without any commit is reported, one on an unborn branch beside others is opened', async (t) => {
  const empty = makeDirectory(t);
  git(empty, 'init', '--quiet');
  await assert.rejects(open(t, empty), isFailure('no-commits', { path: empty }));
  const dir = makeRepository(t);
  git(dir, 'checkout', '--quiet', '--orphan', 'fresh');
  const repository = await open(t, dir);
  await assert.rejects(
    resolveRevision(repository, 'HEAD'),
    isFailure('unknown-revision', { revision: 'HEAD' }),
  );
  assert.equal(await resolveRevision(repository, 'main'), git(dir, 'rev-parse', 'main'));
});

test('git missing from the PATH is reported', async (t) => {
  const dir = makeRepository(t);
  const path = process.env['PATH'];
  t.after(() => (process.env['PATH'] = path));
  process.env['PATH'] = '/nonexistent';
  await assert.rejects(open(t, dir), isFailure('git-missing'));
});

test('a linked working tree, a bare repository and a detached head are read', async (t) => {
  const dir = makeRepository(t);
  const linked = path.join(makeDirectory(t), 'linked');
  git(dir, 'worktree', 'add', '--quiet', '-b', 'other', linked);
  writeFileSync(path.join(linked, 'b.go'), 'package b\n');
  const commit = commitAll(linked);
  git(linked, 'checkout', '--quiet', '--detach');
  const fromLinked = await open(t, linked);
  assert.equal(fromLinked.toplevel, linked);
  assert.equal(await resolveRevision(fromLinked, 'HEAD'), commit);
  const bare = path.join(makeDirectory(t), 'bare.git');
  git(dir, 'clone', '--quiet', '--bare', dir, bare);
  const fromBare = await open(t, bare);
  assert.equal(fromBare.toplevel, null);
  const target = path.join(makeDirectory(t), 'out');
  await exportTree(fromBare, await resolveRevision(fromBare, 'other'), target);
  assert.deepEqual(readFiles(target), { 'a.go': 'package a\n', 'b.go': 'package b\n' });
});

test('a SHA-256 repository and one whose path has odd characters are read', async (t) => {
  const odd = path.join(makeDirectory(t), 'a "q" \\ :#\n ü');
  mkdirSync(odd);
  git(odd, 'init', '--quiet', '--object-format=sha256');
  writeFileSync(path.join(odd, 'a.go'), 'package a\n');
  const commit = commitAll(odd);
  const repository = await open(t, odd);
  assert.equal(commit.length, 64);
  assert.equal(await resolveRevision(repository, 'HEAD'), commit);
  const target = path.join(makeDirectory(t), 'out');
  await exportTree(repository, commit, target);
  assert.deepEqual(readFiles(target), { 'a.go': 'package a\n' });
});

test('all that is written lies in the workspace', async (t) => {
  const dir = makeRepository(t);
  const before = fingerprint(dir);
  const workspace = path.join(makeDirectory(t), 'deep', 'workspace');
  await openRepository(dir, workspace, { signal: new AbortController().signal });
  assert.deepEqual(fingerprint(dir), before);
  assert.equal(readdirSync(workspace).length, 1);
});

test('an aborted signal ends in interrupted and leaves nothing behind', async (t) => {
  const dir = makeRepository(t);
  const workspace = path.join(makeDirectory(t), 'workspace');
  await assert.rejects(
    openRepository(dir, workspace, { signal: AbortSignal.abort() }),
    isFailure('interrupted'),
  );
  assert.equal(existsSync(workspace), false);
  const controller = new AbortController();
  const repository = await openRepository(dir, workspace, { signal: controller.signal });
  controller.abort();
  await assert.rejects(resolveRevision(repository, 'HEAD'), isFailure('interrupted'));
});

test('variables that a git hook sets do not lead elsewhere', async (t) => {
  const dir = makeRepository(t);
  const other = makeRepository(t, { 'other.go': 'package other\n' });
  t.after(() => delete process.env['GIT_DIR']);
  process.env['GIT_DIR'] = path.join(other, '.git');
  const repository = await open(t, dir);
  delete process.env['GIT_DIR'];
  assert.equal(repository.gitDir, path.join(dir, '.git'));
});

test('a working tree that the configuration moves to a place without .git is none', async (t) => {
  const dir = makeRepository(t);
  git(dir, 'config', 'core.worktree', '/');
  assert.equal((await open(t, dir)).toplevel, null);
});

test('a damaged repository is a failure with the words of git', async (t) => {
  const dir = makeRepository(t);
  writeFileSync(path.join(dir, '.git', 'config'), '[core\n');
  await assert.rejects(open(t, dir), isFailure('git-failed'));
  rmSync(path.join(dir, '.git', 'HEAD'));
  await assert.rejects(open(t, dir));
});
