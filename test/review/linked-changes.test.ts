import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileChange } from '../../src/compare/types.ts';
import { listLinkedChanges } from '../../src/review/linked-changes.ts';

const hunks = [{ base: { start: 3, lines: 1 }, head: { start: 3, lines: 2 } }];

function changed(basePath: string | null, headPath: string | null = basePath): FileChange {
  return { basePath, headPath, binary: false, hunks };
}

const links = new Map([
  ['a/enc.go', 'shared/enc.go'],
  ['b/enc.go', 'shared/enc.go'],
  ['a/testdata', 'data'],
  ['loop/self', 'loop'],
  ['top', ''],
]);
const both = { base: links, head: links };

test('a change is also one under the path of each link to its file', () => {
  assert.deepEqual(listLinkedChanges([changed('shared/enc.go')], both), [
    changed('a/enc.go'),
    changed('b/enc.go'),
  ]);
});

test('and of each link to a folder above it, whether it was changed, added or deleted', () => {
  assert.deepEqual(listLinkedChanges([changed('data/x/in.json')], both), [changed('a/testdata/x/in.json')]);
  assert.deepEqual(listLinkedChanges([changed(null, 'data/new.json')], both), [
    changed(null, 'a/testdata/new.json'),
  ]);
  assert.deepEqual(listLinkedChanges([changed('data/old.json', null)], both), [
    changed('a/testdata/old.json', null),
  ]);
});

test('a file that moves out of a linked folder is deleted under the path of the link', () => {
  assert.deepEqual(listLinkedChanges([changed('data/x.json', 'other/x.json')], both), [
    { ...changed('a/testdata/x.json', null), hunks: [] },
  ]);
});

test('other files have no second path, nor those of links that only one side has, or that contain themselves', () => {
  for (const file of ['shared/enc.go.txt', 'database/x.json', 'loop/x.go', 'x.go']) {
    assert.deepEqual(listLinkedChanges([changed(file)], both), [], file);
  }
  const moved = new Map([['a/enc.go', 'shared/other.go']]);
  assert.deepEqual(listLinkedChanges([changed('shared/enc.go')], { base: moved, head: links }), []);
  assert.deepEqual(listLinkedChanges([changed('shared/enc.go')], { base: new Map(), head: links }), []);
});
