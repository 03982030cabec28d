import assert from 'node:assert/strict';
import { chmodSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { FileChange, TreeDiff } from '../../src/compare/types.ts';
import { diffTrees } from '../../src/source/diff.ts';
import { commitAll, git, isFailure, makeRepository, open, writeFiles, type Files } from './support.ts';

/** Commits `before`, lets `change` do its work, commits again, and returns the difference. */
async function diffOf(t: TestContext, before: Files, change: (dir: string) => void): Promise<TreeDiff> {
  const dir = makeRepository(t, before);
  const base = git(dir, 'rev-parse', 'HEAD');
  change(dir);
  return diffTrees(await open(t, dir), base, commitAll(dir));
}

function hunk(
  baseStart: number,
  baseLines: number,
  headStart: number,
  headLines: number,
): FileChange['hunks'][number] {
  return { base: { start: baseStart, lines: baseLines }, head: { start: headStart, lines: headLines } };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('');

test('equal trees have no difference', async (t) => {
  assert.deepEqual(await diffOf(t, { 'a.go': 'package a\n' }, () => {}), []);
});

test('changed, inserted and deleted lines come as hunks without context', async (t) => {
  const text = numbered(10);
  const changed = text
    .replace('line 2\n', 'two\n')
    .replace('line 5\n', 'line 5\nnew\nnew\n')
    .replace('line 9\n', '');
  const diff = await diffOf(t, { 'a.go': text }, (dir) => writeFiles(dir, { 'a.go': changed }));
  const hunks = [hunk(2, 1, 2, 1), hunk(5, 0, 6, 2), hunk(9, 1, 10, 0)];
  assert.deepEqual(diff, [{ basePath: 'a.go', headPath: 'a.go', binary: false, hunks }]);
  const map = buildLineMap(diff);
  const toHead = (line: number) => map.toHead({ file: 'a.go', line, column: 1 })?.line ?? null;
  assert.deepEqual([1, 2, 3, 5, 6, 8, 9, 10].map(toHead), [1, null, 3, 5, 8, 10, null, 11]);
});

test('added, deleted and renamed files are distinguished; a rename keeps its hunks', async (t) => {
  const diff = await diffOf(t, { 'old.go': numbered(30), 'gone.go': 'package gone\n' }, (dir) => {
    renameSync(path.join(dir, 'old.go'), path.join(dir, 'new.go'));
    rmSync(path.join(dir, 'gone.go'));
    writeFiles(dir, { 'new.go': numbered(30).replace('line 7', 'seven'), 'more.go': 'a\nb' });
  });
  assert.deepEqual(diff, [
    { basePath: 'gone.go', headPath: null, binary: false, hunks: [hunk(1, 1, 0, 0)] },
    { basePath: null, headPath: 'more.go', binary: false, hunks: [hunk(0, 0, 1, 2)] },
    { basePath: 'old.go', headPath: 'new.go', binary: false, hunks: [hunk(7, 1, 7, 1)] },
  ]);
});

test('binary files, modes, pure renames and empty files have no hunks', async (t) => {
  const diff = await diffOf(t, { 'b.bin': 'a\0b', 'run.sh': 'x\n', 'from.go': numbered(9) }, (dir) => {
    writeFiles(dir, { 'b.bin': 'a\0c', 'empty.go': '' });
    chmodSync(path.join(dir, 'run.sh'), 0o755);
    renameSync(path.join(dir, 'from.go'), path.join(dir, 'to.go'));
  });
  assert.deepEqual(diff, [
    { basePath: 'b.bin', headPath: 'b.bin', binary: true, hunks: [] },
    { basePath: null, headPath: 'empty.go', binary: false, hunks: [] },
    { basePath: 'run.sh', headPath: 'run.sh', binary: false, hunks: [] },
    { basePath: 'from.go', headPath: 'to.go', binary: false, hunks: [] },
  ]);
});

test('a file that becomes a link is one file gone and another new, and what follows stays in step', async (t) => {
  const diff = await diffOf(t, { 'a.go': numbered(3), 'z.go': 'z\n' }, (dir) => {
    rmSync(path.join(dir, 'a.go'));
    symlinkSync('z.go', path.join(dir, 'a.go'));
    writeFiles(dir, { 'z.go': 'zz\n' });
  });
  assert.deepEqual(diff, [
    { basePath: 'a.go', headPath: null, binary: false, hunks: [hunk(1, 3, 0, 0)] },
    { basePath: null, headPath: 'a.go', binary: false, hunks: [hunk(0, 0, 1, 1)] },
    { basePath: 'z.go', headPath: 'z.go', binary: false, hunks: [hunk(1, 1, 1, 1)] },
  ]);
});

test('submodules are left out, also where one becomes a file', async (t) => {
  const dir = makeRepository(t);
  const module = (digit: string, name: string) =>
    git(dir, 'update-index', '--add', '--cacheinfo', `160000,${digit.repeat(40)},${name}`);
  for (const name of ['gone', 'moved', 'turned']) module('1', name);
  git(dir, 'commit', '--quiet', '-m', 'modules');
  const base = git(dir, 'rev-parse', 'HEAD');
  git(dir, 'rm', '--quiet', '--cached', 'gone', 'turned');
  module('2', 'moved');
  writeFiles(dir, { turned: 'file\n', 'z.go': 'z\n' });
  git(dir, 'add', 'turned', 'z.go');
  git(dir, 'commit', '--quiet', '-m', 'change');
  const diff = await diffTrees(await open(t, dir), base, git(dir, 'rev-parse', 'HEAD'));
  assert.deepEqual(
    diff.filter(({ headPath }) => headPath !== null),
    [
      { basePath: null, headPath: 'turned', binary: false, hunks: [hunk(0, 0, 1, 1)] },
      { basePath: null, headPath: 'z.go', binary: false, hunks: [hunk(0, 0, 1, 1)] },
    ],
  );
});

test('odd names arrive whole, and content that looks like a diff is content', async (t) => {
  const names = [
    'a b.go',
    'q"uote.go',
    'new\nline.go',
    'é日.go',
    'x b/x.go',
    '-n',
    'diff --git a',
    ':100644',
  ];
  const forged = 'diff --git a/x b/x\n@@ -1 +1 @@\nBinary files a and b differ\n--- a/x\n+++ b/x\n';
  const files = Object.fromEntries(names.map((name) => [name, `one\n`]));
  const diff = await diffOf(t, files, (dir) => {
    writeFiles(dir, Object.fromEntries(names.map((name) => [name, `two\n${forged}`])));
  });
  assert.deepEqual(new Set(diff.map(({ headPath }) => headPath)), new Set(names));
  for (const change of diff) {
    assert.equal(change.basePath, change.headPath);
    assert.deepEqual([change.binary, change.hunks], [false, [hunk(1, 1, 1, 6)]]);
  }
});

test('lines end at a line feed only, and a missing last one is a change', async (t) => {
  const diff = await diffOf(t, { 'crlf.go': 'a\r\nb\r\n', 'cr.go': 'a\rb\rc\n', 'end.go': 'a\nb\n' }, (dir) =>
    writeFiles(dir, { 'crlf.go': 'a\nb\r\n', 'cr.go': 'a\rB\rc\n', 'end.go': 'a\nb' }),
  );
  const hunks = Object.fromEntries(diff.map((change) => [change.headPath, change.hunks]));
  assert.deepEqual(hunks, {
    'crlf.go': [hunk(1, 1, 1, 1)],
    'cr.go': [hunk(1, 1, 1, 1)],
    'end.go': [hunk(2, 1, 2, 1)],
  });
});

test('attributes do not hide lines', async (t) => {
  const files = {
    '.gitattributes': '*.go -diff\n*.txt binary\n*.md diff=custom\n',
    'a.go': 'a\n',
    'b.txt': 'b\n',
    'c.md': 'c\n',
  };
  const diff = await diffOf(t, files, (dir) =>
    writeFiles(dir, { 'a.go': 'A\n', 'b.txt': 'B\n', 'c.md': 'C\n' }),
  );
  assert.equal(diff.length, 3);
  for (const change of diff) assert.deepEqual([change.binary, change.hunks], [false, [hunk(1, 1, 1, 1)]]);
});

test('a huge diff is read as a stream', async (t) => {
  const line = `${'x'.repeat(99)}\n`;
  const before = line.repeat(200_000);
  const after = before.replaceAll('x', 'y');
  const files = { 'a.go': before, 'long.js': 'x'.repeat(5_000_000) };
  const diff = await diffOf(t, files, (dir) =>
    writeFiles(dir, { 'a.go': after, 'long.js': 'y'.repeat(5_000_000) }),
  );
  assert.deepEqual(
    diff.map(({ hunks }) => hunks),
    [[hunk(1, 200_000, 1, 200_000)], [hunk(1, 1, 1, 1)]],
  );
});

test('more changed files than the limit are refused', async (t) => {
  const dir = makeRepository(t);
  const base = git(dir, 'rev-parse', 'HEAD');
  writeFiles(dir, { 'b.go': 'b\n', 'c.go': 'c\n', 'd.go': 'd\n' });
  const head = commitAll(dir);
  const repository = await open(t, dir);
  assert.equal((await diffTrees(repository, base, head, { maxFiles: 3 })).length, 3);
  const tooLarge = isFailure('tree-too-large', { reason: 'changes', limit: 2 });
  await assert.rejects(diffTrees(repository, base, head, { maxFiles: 2 }), tooLarge);
});
