import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assumeOperation,
  chooseConfirmingIterations,
  chooseIterations,
  chooseRepeats,
  chooseScreeningIterations,
  isTooSlow,
  MAX_RUN_MS,
  planBatches,
  QUICK_MS,
} from '../../src/go/run-plan.ts';

const MS_PER_NS = 1e-6;

test('N suits the cost of one operation', () => {
  assert.equal(chooseIterations(2 * MS_PER_NS), 1_000_000);
  assert.equal(chooseIterations(100 * MS_PER_NS), 200_000);
  assert.equal(chooseIterations(0.1), 1000);
  assert.equal(chooseIterations(0.25), 1000);
  assert.equal(chooseIterations(1), 200);
  assert.equal(chooseIterations(100), 5);
  assert.equal(chooseIterations(2000), 2);
});

test('screening needs no more iterations than make counts exact', () => {
  assert.equal(chooseScreeningIterations(2 * MS_PER_NS), 100_000);
  assert.equal(chooseScreeningIterations(0.001), 20_000);
  assert.equal(chooseScreeningIterations(0.01), 2000);
  assert.equal(chooseScreeningIterations(0.25), 1000);
  assert.equal(chooseScreeningIterations(1), 200);
  assert.equal(chooseScreeningIterations(2000), 2);
  assert.equal(chooseScreeningIterations(QUICK_MS), 100_000, 'the most for what is estimated once');
});

test('as long as nothing better is known, N is small where one iteration may have done nothing', () => {
  const chooseAfter = (setUpMs: number): number =>
    chooseScreeningIterations(assumeOperation({ opMs: 1e-5, setUpMs }).opMs);
  assert.equal(chooseAfter(3000), 10);
  assert.equal(chooseAfter(10), 10);
  assert.equal(chooseAfter(0.1), 100_000);
});

test('a confirming round has more iterations, at most ten times, at least twice as many', () => {
  assert.equal(chooseConfirmingIterations(1000, 0.01), 10_000);
  assert.equal(chooseConfirmingIterations(1000, 0.1), 2000);
  assert.equal(chooseConfirmingIterations(2, 2000), 4);
  assert.equal(chooseConfirmingIterations(50_000, 1e-5), 100_000, 'more do not make counts more exact');
  assert.equal(chooseConfirmingIterations(100_000, 1e-5), 200_000);
});

test('slow benchmarks repeat less, and only hopeless ones are left out', () => {
  assert.equal(chooseRepeats({ opMs: 0.001, setUpMs: 0 }, 1000), 3);
  assert.equal(chooseRepeats({ opMs: 0.001, setUpMs: 1000 }, 1000), 1);
  assert.equal(chooseRepeats({ opMs: 2000, setUpMs: 0 }, 2), 2);
  assert.equal(isTooSlow({ opMs: 2000, setUpMs: 0 }), false);
  assert.equal(isTooSlow({ opMs: MAX_RUN_MS / 2, setUpMs: 0 }), true);
});

test('benchmarks with the same N share a process, up to a limit', () => {
  const fast = { opMs: 0.001, setUpMs: 0 };
  const estimates = new Map([
    ['BenchmarkB', fast],
    ['BenchmarkA', fast],
    ['BenchmarkSlow', { opMs: 50, setUpMs: 0 }],
  ]);
  const batches = planBatches(estimates, (_, estimate) => chooseIterations(estimate.opMs));
  assert.deepEqual(
    batches.map(({ iterations, names }) => ({ iterations, names })),
    [
      { iterations: 20_000, names: ['BenchmarkA', 'BenchmarkB'] },
      { iterations: 5, names: ['BenchmarkSlow'] },
    ],
  );
  const many = new Map(Array.from({ length: 450 }, (_, i) => [`BenchmarkX/${i}`, fast]));
  assert.equal(planBatches(many, () => 1000).length, 3);
});

test('slow benchmarks share a process only for some seconds, so that a budget that ends costs few of them', () => {
  const slow = Array.from(
    { length: 51 },
    (_, at) => [`BenchmarkSlow/${at}`, { opMs: 700, setUpMs: 0 }] as const,
  );
  const batches = planBatches(new Map([...slow, ['BenchmarkSlowest', { opMs: 9000, setUpMs: 0 }]]), () => 2);
  assert.equal(batches.flatMap(({ names }) => names).length, 52);
  for (const { names, expectedMs } of batches) assert.ok(names.length === 1 || expectedMs <= 10_000);
  assert.equal(batches.length, 27, 'two of 4.2 s in each, and the slowest alone');
});
