import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findBenchmarkFolders, identifyInput, listDataFiles } from '../../src/review/history-inputs.ts';
import type { TreeEntry } from '../../src/source/tree.ts';
import { after, before } from '../support/hooks.ts';

let tree: string;

const benchmark = 'import "testing"\n\nfunc BenchmarkX(b *testing.B) {}\n';
const sources: Record<string, string> = {
  'go.mod': 'module example.com/m\n',
  'root_test.go': `package m\n\n${benchmark}`,
  'codec/codec_test.go': `package codec\n\nvar words = "../corpora/words.txt"\n\n${benchmark}`,
  'plain/plain_test.go': 'package plain\n\nimport "testing"\n\nfunc TestX(t *testing.T) {}\n',
  'nested/go.mod': 'module example.com/nested\n',
  'nested/nested_test.go': `package nested\n\n${benchmark}`,
  'codec/testdata/src/src_test.go': `package src\n\n${benchmark}`,
  'vendor/example.com/v/v_test.go': `package v\n\n${benchmark}`,
  '_old/old_test.go': `package old\n\n${benchmark}`,
};

before(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  for (const [name, text] of Object.entries(sources)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
});

after(() => rm(tree, { recursive: true }));

const root = { path: 'example.com/m', dir: '.' };
const nested = { path: 'example.com/nested', dir: 'nested' };

test('the folders with benchmarks of a module, as the go command and the patterns see them', async () => {
  const find = (module: typeof root, ...patterns: string[]): Promise<string[]> =>
    findBenchmarkFolders(tree, module, [root, nested], patterns);
  assert.deepEqual(await find(root, './...'), ['./', './codec']);
  assert.deepEqual(await find(nested, './...'), ['./']);
  assert.deepEqual(await find(root, './codec', './plain'), ['./codec']);
});

const entry = (name: string, id: string): TreeEntry => ({ mode: '100644', id, size: 1, path: name });

async function identify(
  dir: string,
  files: Record<string, string>,
  testId = 'linked',
  links: ReadonlyMap<string, string> = new Map(),
): Promise<string | null> {
  const entries = Object.entries(files).map(([name, id]) => entry(name, id));
  return identifyInput(tree, { dir, testId }, listDataFiles(entries, links));
}

test('an input is another one when the binary or a file that it may read changes', async () => {
  const files = {
    'codec/testdata/a.json': '1',
    'corpora/words.txt': '1',
    'docs/notes.txt': '1',
    'codec/x.go': '1',
  };
  const same = await identify('codec', files);
  assert.notEqual(await identify('codec', files, 'other'), same);
  for (const name of ['codec/testdata/a.json', 'corpora/words.txt']) {
    assert.notEqual(await identify('codec', { ...files, [name]: '2' }), same, name);
  }
  for (const name of ['docs/notes.txt', 'codec/x.go']) {
    assert.equal(await identify('codec', { ...files, [name]: '2' }), same, name);
  }
  assert.notEqual(await identify('codec', { ...files, 'codec/testdata/b.json': '1' }), same, 'a new file');
  assert.notEqual(
    await identify('codec', { ...files, 'codec/testdata/src/src.go': '1' }),
    same,
    'Go as data',
  );
});

test('an input is another one when a file behind a symbolic link changes, through other links, too', async () => {
  const links = new Map([
    ['codec/testdata', 'shared'],
    ['corpora', 'lists'],
    ['shared/more', 'far/data.bin'],
    ['shared/loop', 'shared'],
    ['docs/link', 'far'],
  ]);
  const files = {
    'codec/testdata': 'link',
    corpora: 'link',
    'shared/more': 'link',
    'shared/loop': 'link',
    'docs/link': 'link',
    'shared/in.json': '1',
    'shared/code.go': '1',
    'lists/xyz.txt': '1',
    'far/data.bin': '1',
    'far/other.bin': '1',
    'sharedness/in.json': '1',
  };
  const ofFiles = (all: Record<string, string>) => identify('codec', all, 'linked', links);
  const same = await ofFiles(files);
  for (const name of [
    'shared/in.json',
    'shared/code.go',
    'lists/xyz.txt',
    'far/data.bin',
    'codec/testdata',
  ]) {
    assert.notEqual(await ofFiles({ ...files, [name]: '2' }), same, name);
  }
  assert.notEqual(await ofFiles({ ...files, 'shared/new/x.json': '1' }), same, 'a new file');
  for (const name of ['far/other.bin', 'sharedness/in.json', 'docs/link']) {
    assert.equal(await ofFiles({ ...files, [name]: '2' }), same, name);
  }
});

test('a package that does not compile has no input', async () => {
  assert.equal(await identifyInput(tree, { dir: 'codec', testId: null }, new Map()), null);
});
