import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHistory } from '../../src/report/decide/history.ts';
import { chooseMissing } from '../../src/review/history-commits.ts';
import { commitOf, shaOf } from '../support/history-data.ts';

/** The log of a branch, newest first, up to its tip. */
const logTo = (tip: number) =>
  Array.from({ length: tip + 1 }, (_, at) => ({ ...commitOf(tip - at, null), sha: shaOf(tip - at) }));

const choose = (tip: number, ...known: ReturnType<typeof commitOf>[]): number[] =>
  chooseMissing(logTo(tip), joinHistory(known)).map(({ position }) => position);

const all = (from: number, to: number): ReturnType<typeof commitOf>[] =>
  Array.from({ length: to - from + 1 }, (_, at) => commitOf(from + at, 'a'));

test('the first push brings the last 30 commits, newest first', () => {
  assert.deepEqual(choose(2), [2, 1, 0]);
  const first = choose(44);
  assert.deepEqual([first.length, first[0], first.at(-1)], [30, 44, 15]);
});

test('later pushes bring what is new, and what the time of earlier ones did not suffice for', () => {
  assert.deepEqual(choose(45, ...all(15, 44)), [45]);
  assert.deepEqual(choose(45, ...all(20, 44)), [45, 19, 18, 17, 16]);
  assert.deepEqual(choose(5, ...all(0, 5)), []);
});

test('all commits since the oldest one that was measured are wanted, however many a push brought', () => {
  const missing = choose(44, commitOf(2, 'a'));
  assert.deepEqual([missing.length, missing[0], missing.at(-1)], [42, 44, 3]);
});

test('what an earlier run left is taken up, and gaps are filled', () => {
  const known = [...all(0, 1), commitOf(2, 'a', { isWhole: false }), commitOf(5, 'a')];
  assert.deepEqual(choose(5, ...known), [4, 3, 2]);
});

test('a commit is not measured again for another Go or machine', () => {
  assert.deepEqual(choose(0, commitOf(0, 'a', { go: 'go1.99', machine: 'linux/arm64' })), []);
});
