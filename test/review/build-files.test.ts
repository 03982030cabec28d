import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FileChange } from '../../src/compare/types.ts';
import {
  findBuildFiles,
  isBuildFile,
  isReadByNothing,
  type LinkedTree,
} from '../../src/review/build-files.ts';
import type { Files } from '../support/go-repository.ts';

test('files that a build or a benchmark reads: Go, C, assembler, modules, vendored lists and test data', () => {
  const read = [
    'a.go',
    'a/b_test.go',
    'a/x.s',
    'a/x.c',
    'a/x.h',
    'go.mod',
    'a/go.sum',
    'go.work',
    'go.work.sum',
  ];
  for (const file of [...read, 'vendor/modules.txt', 'a/testdata/x.json', 'testdata/x']) {
    assert.ok(isBuildFile(file), file);
  }
  for (const file of ['README.md', 'a/config.yaml', 'a/modules.txt', 'a/testdata', 'cargo.mod', 'a.gold']) {
    assert.ok(!isBuildFile(file), file);
  }
});

/** The tree of head for a repository with these files and links. */
async function makeTree(
  t: TestContext,
  files: Files,
  links: Record<string, string> = {},
): Promise<LinkedTree> {
  const tree = await mkdtemp(path.join(tmpdir(), 'allocgate-files-'));
  t.after(() => rm(tree, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  }
  return { tree, links: new Map(Object.entries(links)) };
}

const edit = (basePath: string | null, headPath = basePath): FileChange => ({
  basePath,
  headPath,
  binary: false,
  hunks: [],
});

test('documents that no code names are read by nothing, all other files may be', async (t) => {
  const head = await makeTree(
    t,
    {
      'a/a.go': 'package a\n\nconst file = "words.txt"\n',
      'b/b.go': 'package b\n\n//go:embed all:data\nvar files embed.FS\n',
      'c/c_test.go': 'package c\n\nvar dir = "../inputs"\n',
    },
    { v2: 'impl' },
  );
  for (const change of [edit('README.md'), edit('docs/x.txt', 'docs/y.txt'), edit(null, 'a/new.txt')]) {
    assert.equal(await isReadByNothing([change], head), true, change.headPath ?? '');
    assert.deepEqual(await findBuildFiles([change], [head, head]), []);
  }
  const read = [
    'a/words.txt',
    'lists/words.txt',
    'b/data/x/y.bin',
    'inputs/one',
    'inputs/deep/er/two.txt',
    'a/a.go',
    'c/testdata/x',
    'v2',
  ];
  for (const file of read) {
    assert.equal(await isReadByNothing([edit('README.md'), edit(file)], head), false, file);
    assert.deepEqual(await findBuildFiles([edit('README.md'), edit(file)], [head, head]), [file]);
  }
  // A source file that only base has, or whose name it no longer has.
  assert.equal(await isReadByNothing([edit('old.go', null)], head), false);
  assert.equal(await isReadByNothing([edit('old.go', 'old.txt')], head), false);
});
