import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  chmodSync,
  existsSync,
} from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { exportTree } from '../../src/source/export.ts';
import { openRepository } from '../../src/source/repository.ts';
import { readFile } from '../../src/source/tree.ts';
import {
  commitAll,
  fingerprint,
  git,
  isFailure,
  makeDirectory,
  makeRepository,
  open,
  readFiles,
  writeFiles,
} from './support.ts';

/** Writes a tree object as an attacker can: git's own checks do not apply. */
function plantTree(dir: string, entries: { mode: string; name: string; id: string }[]): string {
  const parts = entries.map(({ mode, name, id }) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  const args = ['hash-object', '-t', 'tree', '--literally', '-w', '--stdin'];
  return execFileSync('git', args, { cwd: dir, input: Buffer.concat(parts), encoding: 'utf8' }).trim();
}

function plantBlob(dir: string, text: string): string {
  return execFileSync('git', ['hash-object', '-w', '--stdin'], {
    cwd: dir,
    input: text,
    encoding: 'utf8',
  }).trim();
}

async function exportHead(t: TestContext, dir: string) {
  const target = path.join(makeDirectory(t), 'out');
  const summary = await exportTree(await open(t, dir), git(dir, 'rev-parse', 'HEAD'), target);
  return { target, summary };
}

test('writes every file byte for byte, with its executable bit, and no .git', async (t) => {
  const binary = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256));
  const files = { 'a.go': 'package a\r\n', 'd/e/f.go': '', 'big.bin': binary, 'run.sh': '#!/bin/sh\n' };
  const dir = makeRepository(t, files);
  chmodSync(path.join(dir, 'run.sh'), 0o755);
  commitAll(dir);
  const { target, summary } = await exportHead(t, dir);
  assert.deepEqual(readdirSync(target).sort(), ['a.go', 'big.bin', 'd', 'run.sh']);
  for (const [name, content] of Object.entries(files)) {
    assert.ok(readFileSync(path.join(target, name)).equals(Buffer.from(content)), name);
  }
  assert.equal(statSync(path.join(target, 'run.sh')).mode & 0o111, 0o111);
  assert.equal(statSync(path.join(target, 'a.go')).mode & 0o111, 0);
  assert.deepEqual(summary, { files: 4, bytes: 200_021, skipped: [], links: new Map() });
});

test('only chosen files are changed, as a whole, also between others that are larger than a chunk', async (t) => {
  const large = 'x'.repeat(300_000);
  const dir = makeRepository(t, {
    'a.bin': large,
    'b.go': `${large}1`,
    'c.go': '',
    'd.txt': '1',
    'run.go': '1',
  });
  chmodSync(path.join(dir, 'run.go'), 0o755);
  symlinkSync('b.go', path.join(dir, 'link.go'));
  commitAll(dir);
  const target = path.join(makeDirectory(t), 'out');
  const edit = (content: Buffer): Buffer => Buffer.from(`${content.length}: ${content.toString().slice(-1)}`);
  await exportTree(await open(t, dir), git(dir, 'rev-parse', 'HEAD'), target, {}, (file) =>
    file.endsWith('.go') ? edit : null,
  );
  assert.deepEqual(readFiles(target), {
    'a.bin': large,
    'b.go': '300001: 1',
    'c.go': '0: ',
    'd.txt': '1',
    'link.go': '-> b.go',
    'run.go': '1: 1',
  });
  assert.equal(statSync(path.join(target, 'run.go')).mode & 0o111, 0o111);
});

test('attributes change nothing', async (t) => {
  const files = {
    '.gitattributes': 'hidden.go export-ignore\nsubst.go export-subst\n*.txt text eol=crlf\n*.id ident\n',
    'hidden.go': 'package a\n',
    'subst.go': '// $Format:%H$\n',
    'a.txt': 'one\ntwo\n',
    'x.id': '$Id$\n',
  };
  const { target } = await exportHead(t, makeRepository(t, files));
  assert.deepEqual(readFiles(target), files);
});

test('odd names come out as they are', async (t) => {
  const names = [
    'with space.go',
    'qu"ote\'.go',
    'new\nline.go',
    'tab\t.go',
    'größe/日本.go',
    '-dash.go',
    'back\\slash.go',
    ' lead',
  ];
  const dir = makeRepository(t, Object.fromEntries(names.map((name) => [name, name])));
  const raw = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])]);
  execFileSync('cp', ['--', path.join(dir, '-dash.go'), 'copy'], { cwd: dir });
  symlinkSync('copy', raw);
  commitAll(dir);
  const { target, summary } = await exportHead(t, dir);
  for (const name of names) assert.equal(readFileSync(path.join(target, name), 'utf8'), name);
  assert.equal(readdirSync(target).length, new Set(names.map((name) => name.split('/')[0])).size + 1);
  assert.deepEqual(summary.skipped, [{ path: '\uFFFD\uFFFD', reason: 'unreadable-name' }]);
});

test('links inside the tree are made, links out of it are skipped and reported', async (t) => {
  const dir = makeRepository(t, { 'd/a.go': 'package a\n' });
  const links = {
    in: 'd/a.go',
    'd/up': '../d',
    out: '/etc/passwd',
    parent: '..',
    here: '.',
    sly: 'here/../../etc',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, path.join(dir, name));
  commitAll(dir);
  const { target, summary } = await exportHead(t, dir);
  assert.equal(readlinkSync(path.join(target, 'in')), 'd/a.go');
  assert.equal(readlinkSync(path.join(target, 'd/up')), '../d');
  assert.equal(readlinkSync(path.join(target, 'here')), '.');
  const outside = summary.skipped.filter(({ reason }) => reason === 'link-outside');
  assert.deepEqual(outside.map(({ path }) => path).sort(), ['out', 'parent', 'sly']);
  assert.equal(summary.skipped.length, 3);
  assert.deepEqual(Object.fromEntries(summary.links), { in: 'd/a.go', 'd/up': 'd', here: '' });
  assert.equal(existsSync(path.join(target, 'out')), false);
});

test('a submodule is reported', async (t) => {
  const dir = makeRepository(t);
  git(dir, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
  git(dir, 'commit', '--quiet', '-m', 'module');
  const { summary } = await exportHead(t, dir);
  assert.deepEqual(summary.skipped, [{ path: 'module', reason: 'submodule' }]);
});

test('planted paths do not leave the directory and make no .git', async (t) => {
  const dir = makeRepository(t);
  const id = plantBlob(dir, 'evil');
  const inner = plantTree(dir, [{ mode: '100644', name: 'config', id }]);
  const top = plantTree(dir, [
    { mode: '40000', name: '..', id: inner },
    { mode: '40000', name: '.GIT', id: inner },
    { mode: '40000', name: '.git', id: inner },
    { mode: '40000', name: 'git~1', id: inner },
    { mode: '100644', name: '/abs', id },
    { mode: '100644', name: 'fine', id },
  ]);
  const parent = makeDirectory(t);
  const summary = await exportTree(await open(t, dir), top, path.join(parent, 'out'));
  assert.deepEqual(readFiles(parent), { 'out/fine': 'evil' });
  assert.equal(summary.skipped.filter(({ reason }) => reason === 'unsafe-path').length, 5);
});

test('a file is never written through a link of the same name', async (t) => {
  const dir = makeRepository(t);
  const outside = makeDirectory(t);
  const id = plantBlob(dir, 'evil');
  const inner = plantTree(dir, [{ mode: '100644', name: 'x', id }]);
  const top = plantTree(dir, [
    { mode: '120000', name: 'd', id: plantBlob(dir, outside) },
    { mode: '40000', name: 'd', id: inner },
    { mode: '100644', name: 'f', id },
    { mode: '100644', name: 'f', id },
  ]);
  const target = path.join(makeDirectory(t), 'out');
  const summary = await exportTree(await open(t, dir), top, target);
  assert.deepEqual(readdirSync(outside), []);
  assert.ok(lstatSync(path.join(target, 'd')).isDirectory());
  assert.deepEqual(summary.skipped.map(({ reason }) => reason).sort(), ['link-outside', 'unwritable-path']);
});

test('a small repository that describes billions of files is refused before anything is written', async (t) => {
  const dir = makeRepository(t);
  let mode = '100644';
  let id = plantBlob(dir, 'x');
  for (let depth = 0; depth < 10; depth += 1) {
    const child = { mode, id };
    id = plantTree(
      dir,
      Array.from({ length: 10 }, (_, at) => ({ ...child, name: `n${at}` })),
    );
    mode = '40000';
  }
  const target = path.join(makeDirectory(t), 'out');
  const repository = await open(t, dir);
  await assert.rejects(
    exportTree(repository, id, target),
    isFailure('tree-too-large', { reason: 'files', limit: 200_000 }),
  );
  assert.equal(existsSync(target), false);
});

test('the number of bytes is limited', async (t) => {
  const dir = makeRepository(t, { a: 'x'.repeat(600), b: 'y'.repeat(600) });
  const repository = await open(t, dir);
  const head = git(dir, 'rev-parse', 'HEAD');
  const parent = makeDirectory(t);
  const tooLarge = isFailure('tree-too-large', { reason: 'bytes', limit: 1000 });
  await assert.rejects(
    exportTree(repository, head, path.join(parent, 'small'), { maxBytes: 1000 }),
    tooLarge,
  );
  assert.equal(
    (await exportTree(repository, head, path.join(parent, 'large'), { maxBytes: 1200 })).bytes,
    1200,
  );
});

test('a directory that holds something is not written to', async (t) => {
  const dir = makeRepository(t);
  const target = makeDirectory(t);
  writeFiles(target, { 'a.go': 'mine' });
  await assert.rejects(exportTree(await open(t, dir), git(dir, 'rev-parse', 'HEAD'), target));
  assert.deepEqual(readFiles(target), { 'a.go': 'mine' });
});

test('objects that a partial clone lacks are a failure of their own, and nothing is fetched', async (t) => {
  const origin = makeRepository(t, { 'a.go': 'package a\n' });
  git(origin, 'config', 'uploadpack.allowFilter', 'true');
  const dir = path.join(makeDirectory(t), 'clone');
  git(origin, 'clone', '--quiet', '--filter=blob:none', '--no-checkout', `file://${origin}`, dir);
  const before = fingerprint(dir);
  const repository = await open(t, dir);
  const target = path.join(makeDirectory(t), 'out');
  await assert.rejects(
    exportTree(repository, git(dir, 'rev-parse', 'HEAD'), target),
    isFailure('missing-objects'),
  );
  assert.deepEqual(fingerprint(dir), before);
});

test('an abort in the middle of 5,000 files ends the export', async (t) => {
  const files = Array.from({ length: 5000 }, (_, at) => [
    `p${at % 250}/f${at}.go`,
    `package p\n// ${at}\n`.repeat(50),
  ]);
  const dir = makeRepository(t, Object.fromEntries(files));
  const head = git(dir, 'rev-parse', 'HEAD');
  const summary = await exportTree(await open(t, dir), head, path.join(makeDirectory(t), 'out'));
  assert.equal(summary.files, 5000);
  const controller = new AbortController();
  const repository = await openRepository(dir, path.join(makeDirectory(t), 'w'), {
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(
    exportTree(repository, head, path.join(makeDirectory(t), 'out')),
    isFailure('interrupted'),
  );
});

test('one file is read by its path; what is not a file is null', async (t) => {
  const dir = makeRepository(t, {
    '.github/allocgate.yml': 'version: 1\n',
    'ü *.go': 'ä\r\n',
    ':(top)x': 'odd',
  });
  symlinkSync('ü *.go', path.join(dir, 'link'));
  const head = commitAll(dir);
  const repository = await open(t, dir);
  assert.equal(await readFile(repository, head, '.github/allocgate.yml'), 'version: 1\n');
  assert.equal(await readFile(repository, head, 'ü *.go'), 'ä\r\n');
  assert.equal(await readFile(repository, head, ':(top)x'), 'odd');
  for (const path of ['.github', '.github/', 'link', 'missing', '*', '', '../x', '--help', 'no\0']) {
    assert.equal(await readFile(repository, head, path), null, path);
  }
});
