import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { FileChange } from '../../src/compare/types.ts';
import { changedDataFiles, ledToBy, mayRead } from '../../src/review/run-time-files.ts';
import { processorTime } from '../support/processor-time.ts';
import { after, before } from '../support/hooks.ts';

let tree: string;

before(async () => {
  tree = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  const sources: Record<string, string> = {
    'codec/codec_test.go': 'package codec\n\nvar corpus, _ = os.ReadFile("../corpora/words.txt")\n',
    'parser/parser_test.go':
      'package parser\n\nimport "example.com/ast"\n\nvar files = []string{"parser.go", "../ast/ast.go"}\n',
    'walker/walker_test.go':
      'package walker\n\nvar dir = filepath.Join("..", "spoken")\nvar all = filepath.Glob("../testdata/*/in-*.json")\n',
    'other/other.go': 'package other\n\n// corpora/words.txt is only spoken of here.\n',
  };
  for (const [name, text] of Object.entries(sources)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), text);
  }
});

after(() => rm(tree, { recursive: true }));

function changed(file: string): FileChange {
  return { basePath: file, headPath: file, binary: false, hunks: [] };
}

test('module files are no data: content IDs cover them', () => {
  const files = [
    'a.go',
    'go.mod',
    'sub/go.sum',
    'go.work',
    'data.json',
    'testdata/x.go.txt',
    'p/testdata/x.go',
  ];
  assert.deepEqual(changedDataFiles(files.map(changed)), [
    'a.go',
    'data.json',
    'testdata/x.go.txt',
    'p/testdata/x.go',
  ]);
});

test('a package may read its testdata and what its string literals name', async () => {
  assert.equal(await mayRead(tree, 'codec', ['codec/testdata/deep/in.json']), true);
  assert.equal(await mayRead(tree, 'codec', ['corpora/words.txt']), true);
  assert.equal(await mayRead(tree, 'codec', ['corpora/other.bin']), true, 'the directory is named');
});

test('a package may read all data below a folder to which its string literals lead', async () => {
  assert.equal(await mayRead(tree, 'walker', ['spoken/en/deep/a.txt']), true);
  assert.equal(await mayRead(tree, 'walker', ['testdata/large/in-1.json']), true);
  assert.equal(await mayRead(tree, 'walker', ['spoken/en/README.md', 'spoken/en/a.go']), false);
  assert.equal(await mayRead(tree, 'walker', ['written/en/deep/a.txt']), false);
});

test('a package may read Go source that its string literals name', async () => {
  assert.equal(await mayRead(tree, 'parser', ['parser/parser.go']), true);
  assert.equal(await mayRead(tree, 'parser', ['ast/ast.go']), true);
  assert.equal(await mayRead(tree, 'parser', ['parser/other.go', 'other/parser.go', 'ast/other.go']), false);
});

test('other packages’ data, comments and documentation are nothing that it reads', async () => {
  assert.equal(await mayRead(tree, 'other', ['corpora/words.txt']), false);
  assert.equal(await mayRead(tree, 'other', ['codec/testdata/in.json']), false);
  assert.equal(await mayRead(tree, 'codec', ['corpora/README.md']), false);
  assert.equal(await mayRead(tree, 'codec', []), false);
});

test('ten times as much source takes about ten times as long to read', () => {
  const timeOf = (count: number): number => {
    const open = `package p\n\nvar open = "${'\\"'.repeat(count)}\n`;
    const list = `package p\n\nvar list = []string{${'"a",'.repeat(count)}}\n`;
    return processorTime(() => ledToBy([open, list], 'p'));
  };
  assert.ok(timeOf(20_000) < 40 * Math.max(timeOf(2000), 1));
});
