import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import {
  findGoWork,
  findModules,
  listReplacements,
  listUsed,
  parseModulePath,
} from '../../src/go/modules.ts';
import { after, before } from '../support/hooks.ts';

let tree: string;

before(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  const files: Record<string, string> = {
    'go.mod': 'module example.com/root // the root\n\ngo 1.24\n',
    'tools/go.mod': 'module "example.com/root/tools"\n',
    'tools/go.work': 'go 1.24\n\nuse (\n\t./inner // used\n)\n',
    'tools/inner/go.mod': 'module example.com/inner\n',
    'tools/unused/go.mod': 'module example.com/unused\n',
    '_bench/go.mod': 'module example.com/bench\n',
    'tools/inner/x.go': 'package inner\n',
    'vendor/example.com/v/go.mod': 'module example.com/v\n',
    'testdata/go.mod': 'module example.com/testdata\n',
    '.hidden/go.mod': 'module example.com/hidden\n',
    // Benchmarks of this repository's code, with a folder that only they use; and what only looks like them.
    '.bench/go.mod':
      'module example.com/dotted\n\nreplace (\n\texample.com/root => ../\n\texample.com/part => ./testdata/part\n)\n',
    '.bench/deep/x_test.go': 'package deep\n\nfunc BenchmarkX(b *testing.B) {}\n',
    '.bench/testdata/part/go.mod': 'module example.com/part\n',
    'tools/testdata/apart/go.mod': 'module example.com/apart\n',
    'tools/testdata/apart/x_test.go': 'package apart\n\nfunc BenchmarkX(b *testing.B) {}\n',
    'tools/testdata/example/go.mod': 'module example.com/example\n\nreplace example.com/root => ../../..\n',
    'tools/testdata/example/x_test.go': 'package example\n\nfunc TestX(t *testing.T) {}\n',
    'broken/go.mod': 'not a module file\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
});

after(() => rm(tree, { recursive: true }));

test('modules are found where the go command would look, or somebody may stand, and hidden ones that belong to them', async () => {
  assert.deepEqual(await findModules(tree), [
    { path: 'example.com/root', dir: '.' },
    { path: 'example.com/dotted', dir: '.bench' },
    { path: 'example.com/part', dir: '.bench/testdata/part' },
    { path: 'example.com/bench', dir: '_bench' },
    { path: 'example.com/root/tools', dir: 'tools' },
    { path: 'example.com/inner', dir: 'tools/inner' },
    { path: 'example.com/unused', dir: 'tools/unused' },
  ]);
});

test('a hidden module that somebody asks for is found, too', async () => {
  const found = await findModules(tree, ['tools/testdata/apart', 'nowhere']);
  const dirs = found.map(({ dir }) => dir);
  assert.deepEqual(
    dirs.filter((dir) => dir.includes('testdata')),
    ['.bench/testdata/part', 'tools/testdata/apart'],
  );
});

test('the nearest go.work inside the tree applies to what it uses, none above it', async () => {
  assert.equal(await findGoWork(tree, '.'), 'off');
  assert.equal(await findGoWork(tree, 'tools/unused'), 'off');
  assert.equal(await findGoWork(tree, 'tools/inner'), path.join(tree, 'tools', 'go.work'));
});

test('what module files name is read as they may write it', () => {
  const replace =
    'replace a => ../a\nreplace (\n\tb v1.0.0 => "./b" // here\n\tc => d.example/c v1.0.0\n)\nreplaced => ./x\n';
  assert.deepEqual(listReplacements(replace), ['../a', './b']);
  assert.deepEqual(listUsed('use .\nuse(\n\t./b\n)\n'), ['.', './b']);
});

test('module paths are read as go.mod may write them', () => {
  assert.equal(parseModulePath('module example.com/a // comment\n'), 'example.com/a');
  assert.equal(parseModulePath('// module no\n\tmodule "example.com/b"\n'), 'example.com/b');
  assert.equal(parseModulePath('module `example.com/c`\n'), 'example.com/c');
  assert.equal(parseModulePath('go 1.24\n'), null);
});
