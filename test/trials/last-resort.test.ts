import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, Trial } from '../../src/rules/types.ts';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';
import type { Hunk } from '../../src/trials/hunks.ts';
import { findProved, writeTakeBack } from '../../src/trials/last-resort.ts';
import { buildFinding } from '../support/review-data.ts';

const grammar = await loadGoGrammar();
const hunk = (
  base: [number, number],
  head: [number, number],
  file = 'a.go',
  from: string | null = file,
): Hunk => ({
  basePath: from,
  headPath: file,
  base: { start: base[0], lines: base[1] },
  head: { start: head[0], lines: head[1] },
});

/** Line 3 is edited, line 5 deleted, line 6 added. */
const edited = hunk([3, 1], [3, 1]);
const deleted = hunk([5, 1], [4, 0]);
const added = hunk([6, 0], [6, 1]);
const files: Record<string, string> = {
  'base a.go': 'package m\n\nvar a = 1\n\nvar b = 1\nvar c = 1\n',
  'head a.go': 'package m\n\nvar a = 2\n\nvar c = 1\nvar d = 1\n',
  'base b.go': 'package m\n\nvar e = 1\n',
  'head b.go': 'package m\n\nvar e = 2\n',
  'head new.go': 'package m\n',
};
const read = {
  base: (file: string) => files[`base ${file}`] ?? null,
  head: (file: string) => files[`head ${file}`] ?? null,
};
const write = (...hunks: Hunk[]) =>
  writeTakeBack(hunks, { grammar }, read)?.text.split('\n').slice(2, -1) ?? null;

test('what has lines to go back to is written, together with what it needs', () => {
  assert.deepEqual(write(edited), ['var a = 1', '', 'var c = 1', 'var d = 1']);
  assert.deepEqual(write(deleted), ['var a = 2', '', 'var b = 1', 'var c = 1', 'var d = 1']);
  assert.deepEqual(write(edited, added), ['var a = 1', '', 'var c = 1']);
});

test('lines that were only added stay, and so do new files, several files, and no change at all', () => {
  assert.equal(write(added), null);
  assert.equal(write(hunk([0, 0], [1, 1], 'new.go', null)), null);
  assert.equal(write(edited, hunk([3, 1], [3, 1], 'b.go')), null);
  assert.equal(write(), null);
});

test('the changes are those without which the allocation was gone', () => {
  const lines = (first: number, isDeleted = false) => ({
    file: 'a.go',
    first,
    last: first,
    deleted: isDeleted,
  });
  const findIn = (...trials: Trial[]): Hunk[] => {
    const experiment = {
      outcome: 'refuted',
      benchmark: 'm.BenchmarkA',
      unit: 'allocs/op',
      head: 1,
      added: 1,
      trials,
      seconds: 1,
    } satisfies Finding['experiment'];
    return findProved(buildFinding({ experiment }), [edited, deleted, added]);
  };
  assert.deepEqual(findIn({ lines: [lines(3)], outcome: 'gone', value: 0 }), [edited]);
  assert.deepEqual(
    findIn(
      { lines: [lines(3)], outcome: 'same', value: 1 },
      { lines: [lines(4, true), lines(6)], outcome: 'gone', value: 0 },
    ),
    [deleted, added],
  );
  assert.deepEqual(findIn({ lines: [lines(3)], outcome: 'less', value: 1 }), []);
  assert.deepEqual(findIn(), []);
  assert.deepEqual(findProved(buildFinding(), [edited]), []);
});
