import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../../src/config/schema.ts';
import { judgeAcceptances } from '../../../src/report/decide/acceptances.ts';
import { planReport } from '../../../src/report/data/report.ts';
import type { Acceptance } from '../../../src/report/model/pull-request.ts';
import type { Review } from '../../../src/report/model/review.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const bench = 'example.com/m/log.BenchmarkInfo/short';

function accept(changes: Partial<Acceptance> = {}): Acceptance {
  return {
    subject: { kind: 'finding', id: '00c0ffee00c0ffee' },
    amounts: { [bench]: { allocs: 1, bytes: 16 } },
    reason: 'the level is needed',
    by: 'gopher',
    at: '2026-11-20T10:00:00Z',
    ...changes,
  };
}

const ofBenchmark = (changes: Partial<Acceptance> = {}): Acceptance =>
  accept({ subject: { kind: 'benchmark', id: bench }, ...changes });

/** One finding that makes one benchmark dearer by `allocs` and `bytes`. */
function reviewOf(allocs: number, bytes: number): Review {
  const amounts = { allocsPerOp: amount(2, 2 + allocs), bytesPerOp: amount(64, 64 + bytes) };
  const [first] = buildFinding().benchmarks;
  assert.ok(first);
  return buildReview({
    deltas: [buildDelta(amounts)],
    findings: [buildFinding({ benchmarks: [{ ...first, ...amounts }] })],
  });
}

const plan = (review: Review, ...acceptances: Acceptance[]) => {
  const { verdict, findings } = planReport(review, buildConfig(), acceptances);
  return { verdict, gates: findings.map((finding) => finding.gates) };
};

test('an accepted finding does not gate, by its fingerprint or by its benchmark', () => {
  const review = reviewOf(1, 16);
  assert.deepEqual(plan(review), { verdict: 'fail', gates: [true] });
  assert.deepEqual(plan(review, accept()), { verdict: 'pass', gates: [false] });
  assert.deepEqual(plan(review, ofBenchmark()), { verdict: 'pass', gates: [false] });
});

test('what somebody accepted of something else does not help', () => {
  const review = reviewOf(1, 16);
  const other = accept({ subject: { kind: 'finding', id: 'ffffffffffffffff' } });
  const elsewhere = accept({ amounts: { 'example.com/m/log.BenchmarkOther': { allocs: 9, bytes: 999 } } });
  const mixedUp = accept({ subject: { kind: 'benchmark', id: '00c0ffee00c0ffee' } });
  for (const acceptance of [other, elsewhere, mixedUp]) {
    assert.equal(plan(review, acceptance).verdict, 'fail');
  }
});

test('an acceptance is void when allocations or bytes grew', () => {
  for (const acceptance of [accept(), ofBenchmark()]) {
    assert.equal(plan(reviewOf(2, 16), acceptance).verdict, 'fail');
    assert.equal(plan(reviewOf(1, 24), acceptance).verdict, 'fail');
  }
});

test('an average that wobbles below an allocation or the smallest object does not count as growth', () => {
  for (const acceptance of [accept(), ofBenchmark()]) {
    assert.equal(plan(reviewOf(1.3, 16), acceptance).verdict, 'pass');
    assert.equal(plan(reviewOf(1, 23), acceptance).verdict, 'pass');
    assert.equal(plan(reviewOf(1, 8), acceptance).verdict, 'pass');
  }
});

test('a large number may wobble by one percent, and no more', () => {
  const acceptance = accept({ amounts: { [bench]: { allocs: 1000, bytes: 100_000 } } });
  assert.equal(plan(reviewOf(1009, 100_900), acceptance).verdict, 'pass');
  assert.equal(plan(reviewOf(1010, 100_000), acceptance).verdict, 'fail');
  assert.equal(plan(reviewOf(1000, 101_000), acceptance).verdict, 'fail');
});

test('a later, larger acceptance of the same regression holds', () => {
  const larger = accept({ amounts: { [bench]: { allocs: 2, bytes: 32 } }, at: '2026-11-21T00:00:00Z' });
  assert.equal(plan(reviewOf(2, 32), larger, accept()).verdict, 'pass');
});

test('a finding with several benchmarks gates as long as one of them is not accepted', () => {
  const review = buildReview();
  const [dear] = review.findings;
  assert.ok(dear);
  const [decode, roundTrip] = dear.benchmarks;
  assert.ok(decode && roundTrip);
  const of = (...benchmarks: (typeof decode)[]): Acceptance =>
    accept({
      subject: { kind: 'finding', id: dear.id },
      amounts: Object.fromEntries(
        benchmarks.map((one) => [`${one.package}.${one.name}`, { allocs: 2, bytes: 96 }]),
      ),
    });
  const gates = (acceptance: Acceptance): boolean | undefined =>
    planReport(review, buildConfig(), [acceptance]).findings.find(({ id }) => id === dear.id)?.gates;
  assert.equal(gates(of(decode)), true);
  assert.equal(judgeAcceptances(review, buildConfig(), [of(decode)])[0]?.holds, false);
  assert.equal(gates(of(decode, roundTrip)), false);
});

test('another finding still gates, and a benchmark that no finding explains stays neutral until it is accepted', () => {
  assert.equal(plan(buildReview(), accept()).verdict, 'fail');
  const unexplained = buildReview({ findings: [], deltas: [buildDelta()] });
  assert.equal(plan(unexplained, accept()).verdict, 'neutral');
  assert.equal(plan(unexplained, ofBenchmark()).verdict, 'pass');
});

test('a head that does not build stays an error, whatever is accepted', () => {
  assert.equal(plan({ ...reviewOf(1, 16), buildErrors: ['x.go:1:1: y'] }, accept()).verdict, 'error');
});

test('each accepted subject that regresses is judged once, by its newest acceptance', () => {
  const newest = accept({ by: 'other', at: '2026-11-21T00:00:00Z' });
  const [judged, ...more] = judgeAcceptances(reviewOf(1, 16), buildConfig(), [newest, accept()]);
  assert.equal(more.length, 0);
  assert.deepEqual(judged, {
    acceptance: newest,
    holds: true,
    now: { [bench]: { allocs: 1, bytes: 16 } },
    findings: ['00c0ffee00c0ffee'],
  });
  const [grown] = judgeAcceptances(reviewOf(3, 48), buildConfig(), [ofBenchmark()]);
  assert.equal(grown?.holds, false);
  assert.deepEqual(grown?.now, { [bench]: { allocs: 3, bytes: 48 } });
  assert.deepEqual(grown?.findings, ['00c0ffee00c0ffee']);
});

test('nothing is reported about what is gone or below its threshold', () => {
  const gone = buildReview({ findings: [], deltas: [] });
  assert.deepEqual(judgeAcceptances(gone, buildConfig(), [accept(), ofBenchmark()]), []);
  const tolerant = configSchema.parse({ thresholds: { allocs: { increase: 5 } } });
  assert.deepEqual(judgeAcceptances(reviewOf(1, 16), tolerant, [accept(), ofBenchmark()]), []);
});
