import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement } from '../../src/compare/types.ts';
import {
  correctTruncation,
  judge,
  mayHideAllocation,
  needsConfirmation,
  isMostlyWorse,
  needsMoreProcesses,
  requireExplanation,
  revealAllocation,
  summarize,
} from '../../src/compare/verdict.ts';

const bytes = { increase: 64, percent: 10 };

/** Rounds as [N, allocs/op values, B/op values]. */
function measured(...rounds: [number, number[], number[]?][]): Measurement {
  return {
    package: 'example.com/m',
    name: 'BenchmarkX',
    rounds: rounds.map(([iterations, allocs, sizes]) => ({
      'allocs/op': { iterations, values: allocs },
      'B/op': { iterations, values: sizes ?? allocs.map(() => 0) },
    })),
  };
}

function verdictOf(base: Measurement, head: Measurement): string {
  const delta = judge(base, head, bytes);
  return delta.reason ? `${delta.verdict}: ${delta.reason.kind}` : delta.verdict;
}

test('a sample is exact when all runs agree', () => {
  assert.deepEqual(summarize({ iterations: 10, values: [2, 2] }), { min: 2, max: 2, assumption: 'exact' });
  assert.deepEqual(summarize({ iterations: 10, values: [3, 2] }), { min: 2, max: 3, assumption: 'noisy' });
  assert.equal(summarize({ iterations: 10, values: [] }), null);
});

test('equal sides need no second round', () => {
  const side = measured([1000, [2, 2]]);
  assert.equal(needsConfirmation(side, side, bytes), false);
  assert.equal(verdictOf(side, side), 'unchanged');
});

test('one differing round is a reason to confirm, never a verdict', () => {
  const base = measured([1000, [2, 2]]);
  const head = measured([1000, [3, 3]]);
  assert.equal(needsConfirmation(base, head, bytes), true);
  assert.equal(judge(base, head, bytes).verdict, 'noisy');
});

test('a difference that lasts at larger N is a regression, the reverse an improvement, from 0 as well', () => {
  const low = measured([1000, [0, 0]], [10_000, [0, 0, 0, 0]]);
  const high = measured([1000, [1, 1]], [10_000, [1, 1, 1, 1]]);
  assert.equal(verdictOf(low, high), 'regression');
  assert.equal(verdictOf(high, low), 'improvement');
  assert.deepEqual(judge(low, high, bytes).allocsPerOp, { base: 0, head: 1, delta: 1 });
});

test('set-up work that fades with N is not a regression', () => {
  // A public benchmark read 2092, 208, 20, 2, 0 at N = 1 … 10000.
  const base = measured([1000, [0, 0]], [10_000, [0, 0]]);
  assert.equal(verdictOf(base, measured([1000, [2, 2]], [10_000, [0, 0]])), 'unchanged');
  assert.equal(
    verdictOf(base, measured([1000, [25, 25]], [10_000, [2, 2]])),
    'unchanged: fades-with-iterations',
  );
});

test('an average that grows with N has not settled', () => {
  // 3/1, 1/1, 3/2, 5/3, 6/3 at N = 10 … 100000 were seen of a public benchmark, before and after.
  const base = measured([1000, [1, 1]], [10_000, [3, 3]]);
  const head = measured([1000, [3, 3]], [10_000, [6, 6]]);
  assert.equal(verdictOf(base, head), 'noisy: does-not-settle');
});

test('an average that grows with N on the higher side only is a change', () => {
  // As if head kept every object in a slice, and base none.
  const flat = measured([1000, [1, 1]], [10_000, [1, 1, 1, 1]]);
  const growing = measured([1000, [3, 3]], [10_000, [6, 6, 6, 6]]);
  assert.equal(verdictOf(flat, growing), 'regression');
  assert.equal(verdictOf(growing, flat), 'improvement');
  // The lower side grows towards the other one.
  const high = measured([1000, [9, 9]], [10_000, [9, 9, 9, 9]]);
  assert.equal(verdictOf(growing, high), 'noisy: does-not-settle');
  // Screening showed no difference, so the growth may be chance.
  const late = measured([1000, [1, 1]], [10_000, [3, 3, 3, 3]]);
  assert.equal(verdictOf(flat, late), 'noisy: does-not-settle');
});

test('growth below the threshold is not called unchanged, if all runs agree on it', () => {
  const small = (size: number, more: number[] = []): Measurement =>
    measured([1000, [1, 1], [size, size]], [10_000, [1, 1, 1, 1], [size, size, size, size, ...more]]);
  assert.equal(verdictOf(small(16), small(48)), 'below-threshold');
  assert.equal(verdictOf(small(48), small(16)), 'below-threshold');
  assert.equal(verdictOf(small(16), small(20)), 'unchanged');
  assert.equal(verdictOf(small(16, [17]), small(48)), 'unchanged');
  const many = (count: number): Measurement => measured([1000, [count]], [10_000, [count, count]]);
  assert.equal(verdictOf(many(1000), many(1005)), 'below-threshold');
  assert.equal(needsConfirmation(measured([1000, [1], [16]]), measured([1000, [1], [48]]), bytes), true);
});

test('screening and confirmation must point the same way', () => {
  const base = measured([1000, [3, 3]], [10_000, [2, 2, 2, 2]]);
  assert.equal(verdictOf(base, measured([1000, [2, 2]], [10_000, [3, 3, 3, 3]])), 'noisy: does-not-settle');
  assert.equal(verdictOf(base, measured([1000, [3, 3]], [10_000, [3, 3, 3, 3]])), 'noisy: does-not-settle');
});

test('a claim that some processes do not agree on needs more of them, an exact one does not', () => {
  const base = measured([1000, [56]], [10_000, [56, 56, 56, 56]]);
  const ask = (...counts: number[]): boolean =>
    needsMoreProcesses(base, measured([1000, [59]], [10_000, counts]), bytes);
  assert.equal(ask(58, 59, 58, 60), true);
  assert.equal(ask(58, 58, 58, 58), false);
  assert.equal(ask(56, 59, 56, 56), false);
  assert.equal(ask(56, 59, 58, 60), true);
  const sizes = (...values: number[]): Measurement =>
    measured([1000, [1], [640]], [10_000, [1, 1, 1, 1], values]);
  const small = measured([1000, [1], [512]], [10_000, [1, 1, 1, 1], [512, 512, 512, 512]]);
  assert.equal(needsMoreProcesses(small, sizes(640, 641, 640, 640), bytes), true);
  assert.equal(needsMoreProcesses(small, sizes(640, 640, 640, 640), bytes), false);
});

test('where most runs of head are worse and none of base, the minima do not make it unchanged', () => {
  const base = measured([1000, [0, 0]], [10_000, [0, 0, 0, 0]]);
  const head = (...counts: number[]): Measurement => measured([1000, [0, 1]], [10_000, counts]);
  assert.equal(verdictOf(base, head(0, 1, 1, 0)), 'noisy: ranges-overlap');
  assert.equal(needsMoreProcesses(base, head(0, 1, 1, 0), bytes), true);
  assert.equal(verdictOf(base, head(0, 1, 0, 0)), 'unchanged');
  assert.equal(needsMoreProcesses(base, head(0, 1, 0, 0), bytes), false);
  assert.equal(
    verdictOf(head(0, 1, 0, 0), head(0, 1, 1, 1)),
    'unchanged',
    'base differs from run to run as well',
  );
  assert.equal(verdictOf(head(0, 1, 1, 0), base), 'unchanged', 'an improvement needs no doubt');
  assert.equal(isMostlyWorse([1000], [1009, 1000]), false);
  assert.equal(isMostlyWorse([1000], [1011, 1000]), true);
  assert.equal(isMostlyWorse([], [1]), false);
  assert.equal(isMostlyWorse([0], [1, 1]), false, 'certain');
});

test('a claim of which the profiles show less than half is taken back', () => {
  const side = (count: number, size: number): Measurement =>
    measured([1000, [count], [size]], [10_000, [count, count], [size, size]]);
  const explain = (
    base: Measurement,
    head: Measurement,
    objects: [number, number],
    sizes: [number, number],
  ) => {
    const delta = requireExplanation(
      judge(base, head, bytes),
      { objects: objects[0], bytes: sizes[0] },
      { objects: objects[1], bytes: sizes[1] },
    );
    return delta.reason ? `${delta.verdict}: ${delta.reason.kind}` : delta.verdict;
  };
  const rise = [side(1, 100), side(8, 900)] as const;
  assert.equal(explain(...rise, [1, 1.3], [100, 120]), 'noisy: unexplained');
  assert.equal(explain(...rise, [1, 5], [100, 120]), 'regression');
  assert.equal(explain(...rise, [8, 1], [900, 100]), 'noisy: unexplained');
  // Objects without pointers share blocks of sixteen bytes: their bytes are all there, their number is not.
  assert.equal(explain(side(0, 0), side(16, 16), [0, 1], [0, 16]), 'regression');
  // An object more that lies in the same block: only the printed counts show it.
  assert.equal(explain(side(1, 16), side(2, 16), [1, 1], [16, 16]), 'regression');
  assert.equal(explain(side(2, 16), side(1, 16), [1, 1], [16, 16]), 'improvement');
  assert.equal(explain(side(1, 16), side(2, 32), [1, 1], [16, 16]), 'noisy: unexplained');
  const unequal = measured([1000, [2], [16]], [10_000, [2, 3], [16, 16]]);
  assert.equal(explain(side(1, 16), unequal, [1, 1], [16, 16]), 'noisy: unexplained');
  assert.equal(explain(rise[1], rise[0], [8, 1], [900, 100]), 'improvement');
  assert.equal(explain(rise[1], rise[0], [8, 7.9], [900, 890]), 'noisy: unexplained');
  assert.equal(explain(side(1, 1024), side(1, 512), [1, 1], [1024, 1020]), 'noisy: unexplained');
  assert.equal(explain(side(1, 16), side(1, 48), [1, 1], [16, 16]), 'below-threshold');
});

test('overlapping ranges decide nothing', () => {
  const base = measured([1000, [10, 11]], [10_000, [10, 11, 12, 10]]);
  const head = measured([1000, [12, 12]], [10_000, [12, 13, 12, 12]]);
  assert.equal(verdictOf(base, head), 'noisy: ranges-overlap');
});

test('above 100 allocs a change must exceed one per cent', () => {
  const base = measured([1000, [1000, 1000]], [10_000, [1000, 1002]]);
  assert.equal(verdictOf(base, measured([1000, [1009, 1009]], [10_000, [1009, 1010]])), 'unchanged');
  assert.equal(verdictOf(base, measured([1000, [1015, 1015]], [10_000, [1015, 1016]])), 'regression');
  const small = measured([1000, [100, 100]], [10_000, [100, 100]]);
  assert.equal(verdictOf(small, measured([1000, [101, 101]], [10_000, [101, 101]])), 'regression');
});

test('bytes regress only over both thresholds, and alone suffice', () => {
  const base = measured([1000, [1, 1], [512, 512]], [10_000, [1, 1], [512, 512]]);
  const withBytes = (size: number): Measurement =>
    measured([1000, [1, 1], [size, size]], [10_000, [1, 1], [size, size]]);
  assert.equal(verdictOf(base, withBytes(575)), 'below-threshold');
  assert.equal(verdictOf(base, withBytes(517)), 'unchanged');
  assert.equal(verdictOf(base, withBytes(576)), 'regression');
  const large = measured([1000, [1, 1], [4096, 4096]], [10_000, [1, 1], [4096, 4096]]);
  assert.equal(verdictOf(large, withBytes(4400)), 'below-threshold');
});

test('more allocations with fewer bytes are a regression that shows both', () => {
  const base = measured([1000, [117, 117], [9000, 9000]], [10_000, [117, 117], [9000, 9000]]);
  const head = measured([1000, [186, 186], [4000, 4000]], [10_000, [186, 186], [4000, 4000]]);
  const delta = judge(base, head, bytes);
  assert.equal(delta.verdict, 'regression');
  assert.equal(delta.bytesPerOp.delta, -5000);
});

test('rounds at different N are not compared', () => {
  const base = measured([1000, [1, 1]]);
  assert.equal(judge(base, measured([100, [9, 9]]), bytes).verdict, 'unchanged');
});

test('an exact average tells rounding from an allocation', () => {
  const base = measured([1000, [2, 2]], [10_000, [2, 2]]);
  const head = measured([1000, [3, 3]], [10_000, [3, 3]]);
  const delta = judge(base, head, bytes);
  assert.equal(correctTruncation(delta, { base: 2.99, head: 3 }, bytes).verdict, 'unchanged');
  assert.equal(correctTruncation(delta, { base: 2, head: 3 }, bytes).verdict, 'regression');
  // One new byte-sized object: the tiny allocator's block holds sixteen, so the profile shows a sixteenth.
  assert.equal(correctTruncation(delta, { base: 2, head: 2.06 }, bytes).verdict, 'regression');
});

test('bytes that rise by an object under equal counts are a doubt that only an exact count ends', () => {
  const base = measured([1000, [0, 0], [0, 0]], [10_000, [0, 0], [0, 0]]);
  const head = measured([1000, [0, 0], [5, 5]], [10_000, [0, 0], [7, 7]]);
  assert.equal(
    needsConfirmation(measured([1000, [0, 0], [0, 0]]), measured([1000, [0, 0], [5, 5]]), bytes),
    true,
  );
  assert.equal(mayHideAllocation(base, head), true);
  assert.equal(mayHideAllocation(head, base), false);
  const delta = judge(base, head, bytes);
  assert.equal(delta.verdict, 'unchanged');
  // Integers of eight bytes share a block of sixteen: half an object in the profile.
  const revealed = revealAllocation(delta, { base: 0, head: 0.4985 });
  assert.deepEqual([revealed.verdict, revealed.allocsPerOp.head], ['regression', 1]);
  assert.equal(revealAllocation(delta, { base: 0, head: 0.2 }).verdict, 'unchanged');
  // A number of eight bytes becomes a struct of twenty-four: half a block before, a whole one now, one object in both.
  const whole = judge(
    measured([1000, [1], [8]], [10_000, [1], [8]]),
    measured([1000, [1], [24]], [10_000, [1], [24]]),
    bytes,
  );
  assert.equal(revealAllocation(whole, { base: 0.5, head: 1 }).verdict, 'below-threshold');
});
