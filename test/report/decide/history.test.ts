import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findExperience,
  findInput,
  isKnown,
  joinHistory,
  orderCommits,
  listSeries,
  pullRequestOf,
} from '../../../src/report/decide/history.ts';
import type { HistoryRecord } from '../../../src/report/model/history.ts';
import { commitOf, exampleHistory, inputOf, pointOf, shaOf } from '../../support/history-data.ts';

function series(records: readonly HistoryRecord[], isWanted?: (name: string) => boolean) {
  const history = joinHistory(records);
  return listSeries(history, orderCommits(history), isWanted);
}

test('a commit that moved a benchmark is named, and what the commit before it had', () => {
  const [encode, grow, idle] = series(exampleHistory);
  assert.deepEqual(
    encode?.moves.map(({ commit, before, allocs, bytes, isOther }) => [
      commit.sha,
      before.sha,
      allocs,
      bytes,
      isOther,
    ]),
    [[shaOf(2), shaOf(1), 1, 32, false]],
  );
  assert.deepEqual(
    grow?.moves.map(({ commit, before, allocs, bytes }) => [commit.sha, before.sha, allocs, bytes]),
    [[shaOf(4), shaOf(2), 0, 3072]],
    'commits without a result are passed over',
  );
  assert.deepEqual([idle?.name, idle?.moves], ['BenchmarkIdle', []], 'what never moved comes last');
});

function movesOf(...ranges: [number, number][]): string[] {
  const records = ranges.flatMap(([low, high], position): HistoryRecord[] => [
    inputOf(String(position), [pointOf('BenchmarkX', [low, high], 8)]),
    commitOf(position, String(position)),
  ]);
  return series(records)[0]?.moves.map(({ commit, allocs }) => `${commit.position}: ${allocs}`) ?? [];
}

test('runs that disagree move nothing as long as their range holds the value', () => {
  assert.deepEqual(movesOf([3, 3], [3, 9], [3, 3], [2, 4]), []);
});

test('runs that disagree hide no move: it is found where the value is sure again', () => {
  assert.deepEqual(movesOf([2, 2], [2, 3], [3, 3], [3, 3]), ['2: 1']);
  assert.deepEqual(movesOf([2, 9], [2, 2], [5, 5]), ['2: 3'], 'a first range holds both');
  assert.deepEqual(movesOf([2, 2], [3, 3], [2, 2]), ['1: 1', '2: -1']);
});

test('a commit that shares its test binary with others shares its numbers', () => {
  const [encode] = series(exampleHistory);
  assert.deepEqual(
    encode?.points.map((one) => one && [one.commit.position, one.point.allocs?.low, one.point.allocs?.high]),
    [[0, 2, 2], [1, 2, 2], [2, 3, 3], null, [4, 3, 5], [5, 3, 5]],
  );
});

test('another Go or another N is named beside the commit', () => {
  const newer = { go: 'go1.27.0' };
  const records = [
    inputOf('a', [pointOf('BenchmarkX', 2, 8)]),
    inputOf('a', [pointOf('BenchmarkX', 1, 8)], newer),
    inputOf('b', [pointOf('BenchmarkX', 5, 8, 10)], newer),
    commitOf(0, 'a'),
    commitOf(1, 'a', newer),
    commitOf(2, 'b', newer),
  ];
  assert.deepEqual(
    series(records)[0]?.moves.map(({ isOther }) => isOther),
    [true, true],
  );
});

test('the first point of an input stays, and later records add what is missing', () => {
  const history = joinHistory([
    inputOf('a', [pointOf('BenchmarkX', 2, 8)], { whole: [], failed: ['BenchmarkY', 'BenchmarkZ'] }),
    inputOf('a', [pointOf('BenchmarkX', 7, 8), pointOf('BenchmarkY', 1, 8)], { whole: ['all'] }),
  ]);
  const found = findInput(history, inputOf('a', []), { package: 'example.com/m', input: 'a' });
  assert.deepEqual(
    found?.points.map(({ name, allocs }) => [name, allocs?.low]),
    [
      ['BenchmarkX', 2],
      ['BenchmarkY', 1],
    ],
  );
  assert.deepEqual([found?.failed, found?.whole], [['BenchmarkZ'], ['all']]);
});

test('a commit is known for one Go, machine and selection, once nothing is left', () => {
  const setting = { go: 'go1.26.8', machine: 'linux/amd64, GOMAXPROCS=2', selection: 'all' };
  const history = joinHistory([commitOf(0, 'a'), commitOf(1, 'a', { isWhole: false })]);
  assert.equal(isKnown(history, shaOf(0), setting), true);
  assert.equal(isKnown(history, shaOf(1), setting), false);
  assert.equal(isKnown(history, shaOf(2), setting), false);
  for (const other of [{ go: 'go1.27.0' }, { machine: 'linux/arm64, GOMAXPROCS=2' }, { selection: 'some' }]) {
    assert.equal(isKnown(history, shaOf(0), { ...setting, ...other }), false);
  }
});

test('later points of a benchmark get the N of earlier ones, within one setting', () => {
  const history = joinHistory([
    inputOf('a', [pointOf('BenchmarkX', 2, 8, 500)]),
    inputOf('b', [pointOf('BenchmarkX', 2, 8, 20)]),
    inputOf('c', [pointOf('BenchmarkX', 2, 8, 1)], { go: 'go1.27.0' }),
    inputOf('c', [pointOf('BenchmarkY', 2, 8, 1)], { package: 'example.com/other' }),
  ]);
  assert.deepEqual(
    [...findExperience(history, inputOf('a', []), 'example.com/m')],
    [['BenchmarkX', { iterations: 500, hasVaried: false }]],
  );
  const varied = joinHistory([...exampleHistory]);
  const experience = findExperience(varied, inputOf('a', []), 'example.com/m');
  assert.deepEqual(
    [...experience].map(([name, { hasVaried }]) => [name, hasVaried]),
    [
      ['BenchmarkEncode', true],
      ['BenchmarkGrow/large', false],
      ['BenchmarkIdle', false],
    ],
  );
});

test('an order of commits decides over their positions, and commits that are not in it are left out', () => {
  const history = joinHistory([commitOf(0, 'a'), commitOf(1, 'a'), commitOf(2, 'a')]);
  const order = [shaOf(0), shaOf(9), shaOf(2)];
  assert.deepEqual(
    orderCommits(history, order).map(({ position }) => position),
    [2, 0],
  );
});

test('the subject of a commit names its pull request as GitHub writes it', () => {
  assert.equal(pullRequestOf('Merge pull request #17 from a/b'), 17);
  assert.equal(pullRequestOf('Add tracing (#123)'), 123);
  assert.equal(pullRequestOf('Revert "Add tracing (#123)" (#130)'), 130);
  assert.equal(pullRequestOf('Revert "Add tracing (#123)"'), null);
  assert.equal(pullRequestOf('Fixes #12'), null);
});
