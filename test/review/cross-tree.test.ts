import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { changedTestFiles, createCrossTree, replaceTests, testedDir } from '../../src/review/cross-tree.ts';
import { after, before } from '../support/hooks.ts';

let dir: string;

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), text);
  }
}

const read = (name: string): Promise<string> => readFile(path.join(dir, name), 'utf8');

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  await write({
    'head/p/code.go': 'head code',
    'head/p/x_test.go': 'head test',
    'head/p/new_test.go': 'head only',
    'head/p/testdata/in.json': 'head data',
    'head/p/testdata/new.json': 'head only',
    'base/p/code.go': 'base code',
    'base/p/x_test.go': 'base test',
    'base/p/old_test.go': 'base only',
    'base/p/testdata/in.json': 'base data',
    'base/q/testdata/moved.json': 'base data of a moved package',
  });
});

after(() => rm(dir, { recursive: true }));

test('a cross has the code of one side and the tests and data of the other; neither side changes', async () => {
  const data = [
    {
      codePath: 'p/testdata/in.json',
      testsPath: 'p/testdata/in.json',
      target: 'p/testdata/in.json',
    },
    { codePath: 'p/testdata/new.json', testsPath: null, target: null },
    {
      codePath: null,
      testsPath: 'q/testdata/moved.json',
      target: 'p/testdata/moved.json',
    },
  ];
  const cross = path.join(dir, 'cross');
  await createCrossTree(path.join(dir, 'head'), path.join(dir, 'base'), data, cross);
  const texts = new Map([
    ['p/x_test.go', 'smaller base test'],
    ['p/old_test.go', null],
  ]);
  await replaceTests(cross, ['p/x_test.go', 'p/new_test.go'], texts);
  assert.deepEqual((await readdir(path.join(cross, 'p'))).sort(), ['code.go', 'testdata', 'x_test.go']);
  assert.deepEqual((await readdir(path.join(cross, 'p/testdata'))).sort(), ['in.json', 'moved.json']);
  assert.equal(await read('cross/p/code.go'), 'head code');
  assert.equal(await read('cross/p/x_test.go'), 'smaller base test');
  assert.equal(await read('cross/p/testdata/in.json'), 'base data');
  // The trees share files by hard links: replacing one must not write through.
  assert.equal(await read('head/p/x_test.go'), 'head test');
  assert.equal(await read('head/p/testdata/in.json'), 'head data');
  assert.equal(await read('base/p/x_test.go'), 'base test');
});

test('nothing is written or removed through a link that leads out of the cross', async () => {
  await write({
    'outside/kept.json': 'outside',
    'code/p/code.go': 'code',
    'code/real/deep/x.go': 'code',
    'tests/p/testdata/new.json': 'attack',
    'tests/p/testdata/kept.json': 'attack',
    'tests/p/inner/new.json': 'data',
  });
  await symlink('../../outside', path.join(dir, 'code/p/testdata'));
  await symlink('../real', path.join(dir, 'code/p/inner'));
  const own = (file: string) => ({
    codePath: file,
    testsPath: file,
    target: file,
  });
  const data = [
    'p/testdata/new.json',
    'p/testdata/kept.json',
    'p/inner/new.json',
    'p/inner/more/new.json',
  ].map(own);
  await write({ 'tests/p/inner/more/new.json': 'data' });
  const cross = path.join(dir, 'linked');
  await createCrossTree(path.join(dir, 'code'), path.join(dir, 'tests'), data, cross);
  await replaceTests(cross, ['p/testdata/kept.json'], new Map([['p/testdata/sub/x_test.go', 'attack']]));
  assert.deepEqual(await readdir(path.join(dir, 'outside')), ['kept.json']);
  assert.equal(await read('outside/kept.json'), 'outside');
  assert.equal(await read('linked/real/new.json'), 'data', 'a link inside the cross is followed');
  assert.equal(await read('linked/real/more/new.json'), 'data');
});

test('test files are _test.go files and testdata, of the package that holds them', () => {
  const paths = [
    'a/x.go',
    'a/x_test.go',
    'a/testdata/b/c.txt',
    'a/testdata/fuzz/F/1',
    'testdata/d',
    'README.md',
  ];
  const changes = paths.map((file) => ({
    basePath: file,
    headPath: null,
    binary: false,
    hunks: [],
  }));
  assert.deepEqual(
    changedTestFiles(changes).map((change) => change.basePath),
    ['a/x_test.go', 'a/testdata/b/c.txt', 'testdata/d'],
  );
  assert.equal(testedDir('a/testdata/b/c.txt'), 'a');
  assert.equal(testedDir('testdata/d'), '.');
  assert.equal(testedDir('x_test.go'), '.');
});
