import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { FileChange } from '../../src/compare/types.ts';
import { processorTime } from '../support/processor-time.ts';

const hunk = (
  [start, lines]: [number, number],
  [headStart, headLines]: [number, number],
): FileChange['hunks'][number] => ({ base: { start, lines }, head: { start: headStart, lines: headLines } });
const file = (
  hunks: FileChange['hunks'],
  basePath: string | null = 'a.go',
  headPath: string | null = 'a.go',
) => ({
  basePath,
  headPath,
  binary: false,
  hunks,
});
const at = (line: number, name = 'a.go') => ({ file: name, line, column: 7 });

void test('an unlisted file maps to itself', () => {
  const map = buildLineMap([]);
  assert.deepEqual(map.toHead(at(3)), at(3));
  assert.deepEqual(map.toBase(at(3)), at(3));
});

void test('lines around an insertion, a deletion and an edit', () => {
  // git diff -U0: two lines inserted after 3, line 6 deleted, lines 10-11 edited to one.
  const map = buildLineMap([file([hunk([3, 0], [4, 2]), hunk([6, 1], [7, 0]), hunk([10, 2], [11, 1])])]);
  assert.deepEqual(
    [1, 3, 4, 5, 6, 7, 9, 10, 11, 12].map((line) => map.toHead(at(line))?.line ?? null),
    [1, 3, 6, 7, null, 8, 10, null, null, 12],
  );
  assert.deepEqual(
    [3, 4, 5, 6, 7, 8, 10, 11, 12].map((line) => map.toBase(at(line))?.line ?? null),
    [3, null, null, 4, 5, 7, 9, null, 12],
  );
  assert.ok(map.isChangedInHead('a.go', 11) && map.isChangedInBase('a.go', 6));
  assert.ok(!map.isChangedInHead('a.go', 12) && !map.isChangedInBase('a.go', 12));
});

void test('an insertion before the first line', () => {
  const map = buildLineMap([file([hunk([0, 0], [1, 1])])]);
  assert.equal(map.toHead(at(1))?.line, 2);
  assert.equal(map.toBase(at(1)), null);
});

void test('renames keep the column, added and deleted files map to nothing', () => {
  const map = buildLineMap([file([], 'a.go', 'b.go'), file([], null, 'new.go'), file([], 'old.go', null)]);
  assert.deepEqual(map.toHead(at(3)), at(3, 'b.go'));
  assert.deepEqual(map.toBase(at(3, 'b.go')), at(3));
  assert.equal(map.toBase(at(1, 'new.go')), null);
  assert.equal(map.toHead(at(1, 'old.go')), null);
});

void test('many lines of a file with many hunks are mapped in time that grows with both together', () => {
  const time = (count: number): number => {
    const hunks = Array.from({ length: count }, (_, index) => hunk([2 * index + 1, 1], [2 * index + 1, 1]));
    const map = buildLineMap([file(hunks)]);
    return processorTime(() => {
      for (let line = 1; line <= 2 * count; line += 1)
        assert.equal(map.isChangedInHead('a.go', line), line % 2 === 1);
    });
  };
  assert.ok(time(20_000) < 40 * Math.max(time(2000), 2));
});
