import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { diffTrees } from '../../src/source/diff.ts';
import { exportTree } from '../../src/source/export.ts';
import { findDefaultBranch, findMergeBase, resolveRevision } from '../../src/source/revision.ts';
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

test('repositories inside are left alone', async (t) => {
  const dir = makeRepository(t);
  const { program, marker } = plantProgram(t);
  for (const name of ['nested', 'module', 'unborn']) {
    mkdirSync(path.join(dir, name));
    git(path.join(dir, name), 'init', '--quiet');
  }
  const module = path.join(dir, 'module');
  for (const inner of [path.join(dir, 'nested'), module]) {
    writeFiles(inner, { '.gitattributes': '* filter=x\n', 'n.go': 'n' });
    commitAll(inner);
  }
  git(dir, 'add', 'module');
  git(dir, 'commit', '--quiet', '-m', 'module');
  git(module, 'config', 'filter.x.clean', program);
  // It has the same length, so that only reading it through the filter shows a change.
  writeFiles(dir, { 'module/n.go': 'm', 'b.go': 'b' });
  assert.deepEqual(Object.keys(await snapshotFiles(t, dir)), ['a.go', 'b.go']);
  assert.equal(existsSync(marker), false);
  git(dir, 'status');
  assert.equal(existsSync(marker), true, 'the trap works');
});

test('planted settings, hooks, filters and drivers run nothing', async (t) => {
  const { program, marker } = plantProgram(t);
  const attributes = '* filter=evil diff=evil merge=evil\n';
  const dir = makeRepository(t, { 'a.go': 'package a\n', '.gitattributes': attributes });
  writeFiles(dir, { '.git/included': `[filter "evil"]\n\tclean = ${program}\n\tprocess = ${program}\n` });
  writeFiles(dir, { '.git/info/attributes': attributes });
  const hook = readFileSync(program);
  const hooks = [
    'post-index-change',
    'fsmonitor-watchman',
    'pre-commit',
    'post-checkout',
    'reference-transaction',
    'pre-auto-gc',
  ];
  for (const name of hooks) {
    writeFileSync(path.join(dir, '.git', 'hooks', name), hook, { mode: 0o755 });
  }
  const settings: Record<string, string> = {
    'core.fsmonitor': program,
    'core.sshCommand': program,
    'core.pager': program,
    'core.editor': program,
    'core.gitProxy': program,
    'core.askPass': program,
    'core.alternateRefsCommand': program,
    'core.untrackedCache': 'true',
    'filter.evil.clean': program,
    'filter.evil.smudge': program,
    'filter.evil.required': 'true',
    'diff.evil.textconv': program,
    'diff.evil.command': program,
    'diff.external': program,
    'include.path': 'included',
    'alias.rev-parse': `!${program}`,
    'alias.evil': `!${program}`,
    'credential.helper': program,
    'gpg.program': program,
    'log.showSignature': 'true',
    'protocol.allow': 'always',
    'protocol.ext.allow': 'always',
    'uploadpack.packObjectsHook': program,
    'extensions.partialClone': 'evil',
    'remote.evil.promisor': 'true',
    'remote.evil.url': `ext::${program}`,
  };
  for (const [name, value] of Object.entries(settings)) git(dir, 'config', name, value);
  rmSync(marker, { force: true });
  const absent = '1234567890'.repeat(4);
  writeFiles(dir, {
    'b.go': 'package a\n',
    'a.go': 'package a // changed\n',
    '.git/refs/heads/absent': `${absent}\n`,
  });
  const before = fingerprint(dir);
  const repository = await open(t, dir);

  const head = await resolveRevision(repository, 'HEAD');
  await findDefaultBranch(repository);
  await findMergeBase(repository, head, head);
  for (const revision of ['absent', 'absent~1', absent, `${absent}:x`, 'nonsense', 'evil']) {
    await assert.rejects(resolveRevision(repository, revision), isFailure('unknown-revision'), revision);
  }
  const tree = await snapshotWorktree(repository);
  assert.equal((await diffTrees(repository, head, tree)).length, 2);
  const target = path.join(makeDirectory(t), 'out');
  await exportTree(repository, tree, target);
  assert.equal(readFiles(target)['a.go'], 'package a // changed\n');
  assert.deepEqual(fingerprint(dir), before);
  assert.equal(existsSync(marker), false, existsSync(marker) ? readFileSync(marker, 'utf8') : '');
  for (const args of [['status'], ['diff'], ['rev-parse', `${absent}~1`]]) {
    try {
      git(dir, ...args);
    } catch {
      // Only whether the planted program runs counts.
    }
    assert.equal(existsSync(marker), true, `the trap for ${args.join(' ')} works`);
    rmSync(marker);
  }
});
