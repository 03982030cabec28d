import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Discovery } from '../../src/go/discovery.ts';
import { type Discovered, dropUnfinished } from '../../src/go/estimates.ts';

const estimate = { opMs: 1, setUpMs: 0, isTimed: true, quietMs: 0 };

/** What one binary found: `found` ran once, `failed` failed, and `unfinished` had not ended when the time was over. */
const discover = (
  found: readonly string[],
  unfinished: readonly string[] = [],
  failed: readonly string[] = [],
): Discovery => ({
  estimates: new Map(found.map((name) => [`Benchmark${name}`, estimate])),
  failures: failed.map((name) => ({ name: `Benchmark${name}`, kind: 'failed', detail: '' })),
  problem: null,
  unfinished: new Set(unfinished.map((name) => `Benchmark${name}`)),
});

const left = (found: Discovered): (readonly string[] | undefined)[] =>
  [found.base, found.head].map((one) => one && [...one.estimates.keys()].map((name) => name.slice(9)));

test('sub-benchmarks that both sides ran stay, although neither ran all of them', () => {
  const found = {
    base: discover(['A', 'Many/a', 'Many/b', 'Many/c'], ['Many', 'Z']),
    head: discover(['A', 'Many/a', 'Many/b'], ['Many', 'Z']),
  };
  assert.deepEqual(dropUnfinished(found), ['BenchmarkMany', 'BenchmarkZ']);
  assert.deepEqual(left(found), [
    ['A', 'Many/a', 'Many/b'],
    ['A', 'Many/a', 'Many/b'],
  ]);
});

test('what a side that was not finished has not run never seems to be new or removed', () => {
  const head = discover(['Many/a', 'Many/new', 'Rest'], [], ['Many/bad']);
  const found = { base: discover(['Many/a', 'Many/old'], ['Many', 'Rest']), head };
  assert.deepEqual(dropUnfinished(found), ['BenchmarkMany', 'BenchmarkRest']);
  // Head was finished, so what it does not have was removed.
  assert.deepEqual(left(found), [['Many/a', 'Many/old'], ['Many/a']]);
  assert.deepEqual(head.failures, []);
});

test('a benchmark with a result of its own was finished, whatever else was not', () => {
  const found = { base: discover(['Last'], ['Last', 'Unseen']), head: discover([], [], ['Last']) };
  assert.deepEqual(dropUnfinished(found), ['BenchmarkUnseen']);
  assert.deepEqual(left(found), [['Last'], []]);
  assert.equal(found.head.failures.length, 1);
});

test('a cross that did not run a sub-benchmark takes it from both sides', () => {
  const all = ['Many/a', 'Many/b'];
  const found = { base: discover(all), head: discover(all), headCode: discover(['Many/a'], ['Many']) };
  assert.deepEqual(dropUnfinished(found), ['BenchmarkMany']);
  assert.deepEqual(left(found), [['Many/a'], ['Many/a']]);
});
