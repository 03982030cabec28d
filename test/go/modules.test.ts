import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { findGoWork, findModules, parseModulePath } from '../../src/go/modules.ts';

let tree: string;

before(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  const files: Record<string, string> = {
    'go.mod': 'module example.com/root // the root\n\ngo 1.24\n',
    'tools/go.mod': 'module "example.com/root/tools"\n',
    'tools/go.work': 'go 1.24\n',
    'tools/inner/x.go': 'package inner\n',
    'vendor/example.com/v/go.mod': 'module example.com/v\n',
    'testdata/go.mod': 'module example.com/testdata\n',
    '.hidden/go.mod': 'module example.com/hidden\n',
    'broken/go.mod': 'not a module file\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
});

after(() => rm(tree, { recursive: true }));

test('modules are found where the go command would look', async () => {
  assert.deepEqual(await findModules(tree), [
    { path: 'example.com/root', dir: '.' },
    { path: 'example.com/root/tools', dir: 'tools' },
  ]);
});

test('the nearest go.work inside the tree applies, none above it', async () => {
  assert.equal(await findGoWork(tree, '.'), 'off');
  assert.equal(await findGoWork(tree, 'tools/inner'), path.join(tree, 'tools', 'go.work'));
});

test('module paths are read as go.mod may write them', () => {
  assert.equal(parseModulePath('module example.com/a // comment\n'), 'example.com/a');
  assert.equal(parseModulePath('// module no\n\tmodule "example.com/b"\n'), 'example.com/b');
  assert.equal(parseModulePath('module `example.com/c`\n'), 'example.com/c');
  assert.equal(parseModulePath('go 1.24\n'), null);
});
