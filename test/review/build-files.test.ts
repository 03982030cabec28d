import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBuildFile } from '../../src/review/build-files.ts';

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
