import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinHistory } from '../../src/report/decide/history.ts';
import { chooseMissing } from '../../src/review/history-commits.ts';
import { commitOf, shaOf } from '../support/history-data.ts';

/** The log of a branch whose tip is at position 5. */
const log = [5, 4, 3, 2, 1, 0].map((position) => ({ ...commitOf(position, null), sha: shaOf(position) }));

const choose = (...known: ReturnType<typeof commitOf>[]): number[] =>
  chooseMissing(log, joinHistory(known)).map(({ position }) => position);

test('the first push is one commit, and later ones all that they brought', () => {
  assert.deepEqual(choose(), [5]);
  assert.deepEqual(choose(commitOf(2, 'a')), [5, 4, 3]);
  assert.deepEqual(choose(commitOf(5, 'a')), []);
});

test('what an earlier run left is taken up, and gaps are filled', () => {
  assert.deepEqual(choose(commitOf(5, 'a', { isWhole: false })), [5]);
  assert.deepEqual(choose(commitOf(5, 'a'), commitOf(2, 'a'), commitOf(4, 'a', { isWhole: false })), [4, 3]);
});

test('a commit is not measured again for another Go or machine', () => {
  assert.deepEqual(choose(commitOf(5, 'a', { go: 'go1.99', machine: 'linux/arm64' })), []);
});
