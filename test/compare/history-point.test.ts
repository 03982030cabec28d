import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  differ,
  hasMoved,
  type HistoryPoint,
  isExact,
  summarizeRange,
  toPoint,
} from '../../src/compare/history-point.ts';

function point(allocs: readonly number[], bytes: readonly number[]): HistoryPoint {
  return {
    name: 'BenchmarkX',
    iterations: 100,
    allocs: summarizeRange(allocs),
    bytes: summarizeRange(bytes),
  };
}

test('a range has the least, a measured middle and the greatest value', () => {
  assert.deepEqual(summarizeRange([5, 3, 4, 9]), { low: 3, middle: 4, high: 9 });
  assert.equal(summarizeRange([]), null);
  assert.equal(isExact({ low: 2, middle: 2, high: 2 }), true);
  assert.equal(isExact({ low: 2, middle: 2, high: 3 }), false);
});

test('a point is the last round of a measurement, with its N', () => {
  const round = (iterations: number, values: number[]) => ({
    'allocs/op': { iterations, values },
    'ns/op': { iterations, values: [1] },
  });
  const rounds = [round(10, [7]), round(100, [2, 2, 3])];
  assert.deepEqual(toPoint({ package: 'p', name: 'BenchmarkX', rounds }), {
    name: 'BenchmarkX',
    iterations: 100,
    allocs: { low: 2, middle: 2, high: 3 },
    bytes: null,
  });
  assert.equal(toPoint({ package: 'p', name: 'BenchmarkX', rounds: [] }), null);
});

test('only ranges that are apart are a difference', () => {
  const range = (low: number, high: number) => ({ low, middle: low, high });
  assert.equal(differ(range(1, 3), range(3, 5)), 0);
  assert.equal(differ(range(1, 3), range(4, 5)), 3);
  assert.equal(differ(range(4, 5), range(1, 3)), -3);
  assert.equal(differ(null, range(4, 5)), 0);
});

test('one allocation moves a benchmark; bytes must be eight and one per cent', () => {
  assert.equal(hasMoved(point([2], [64]), point([3], [64])), true);
  assert.equal(hasMoved(point([2], [64]), point([2], [64])), false);
  assert.equal(hasMoved(point([2], [64]), point([2], [71])), false);
  assert.equal(hasMoved(point([2], [64]), point([2], [72])), true);
  assert.equal(hasMoved(point([2], [64]), { ...point([2], [72]), iterations: 10 }), false, 'at another N');
  assert.equal(hasMoved(point([2], [64]), { ...point([3], [72]), iterations: 10 }), true);
  assert.equal(hasMoved(point([2], [10_000]), point([2], [10_099])), false);
  assert.equal(hasMoved(point([2], [10_000]), point([2], [10_100])), true);
});
