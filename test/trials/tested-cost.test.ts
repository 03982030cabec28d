import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllocationSite } from '../../src/compare/types.ts';
import { planReport } from '../../src/report/data/report.ts';
import { costPerCall, functionOfFrame, sharedOf } from '../../src/trials/tested-cost.ts';
import { createHalfTime, splitCosts } from '../../src/trials/tested.ts';
import { readCoverage } from '../../src/trials/tests.ts';
import type { Finding } from '../../src/rules/types.ts';
import { amount, buildConfig, buildFinding, buildReview } from '../support/review-data.ts';

const site = (name: string, objects: number, bytes = objects * 16): AllocationSite => ({
  position: { file: 'a.go', line: 1, column: 0 },
  function: name,
  objects,
  bytes,
  callees: [],
  inlines: false,
  stacks: [],
});

test('closures and instances count for their function', () => {
  assert.equal(functionOfFrame('example.com/m/p.(*T[go.shape.int]).M.func1.2'), 'example.com/m/p.(*T).M');
  assert.equal(functionOfFrame('example.com/m/p.F-range1'), 'example.com/m/p.F');
});

test('only what lies far apart on both sides is a cost, for each call', () => {
  const of = (...objects: number[]) => objects.map((one) => ({ objects: one, bytes: one * 16, shared: one }));
  assert.deepEqual(costPerCall(of(0, 0), of(12, 12), 12), { objects: 1, bytes: 16 });
  assert.deepEqual(costPerCall(of(10, 10), of(34, 34), 12), { objects: 2, bytes: 32 });
  assert.equal(costPerCall(of(10, 12), of(13, 14), 1), null, 'the repeats differ as much as the sides');
  assert.equal(costPerCall(of(10, 10), of(10, 10), 1), null);
  assert.equal(costPerCall(of(10, 10), of(4, 4), 1), null, 'less');
  assert.equal(costPerCall(of(0, 0), of(1, 1), 100), null, 'made once');
  assert.equal(costPerCall(of(0, 0), of(5, 5), 0), null, 'never called');
  const larger = [{ objects: 2, bytes: 256, shared: 0 }];
  assert.deepEqual(costPerCall([{ objects: 2, bytes: 64, shared: 0 }], larger, 2), { objects: 0, bytes: 96 });
  assert.equal(
    costPerCall([{ objects: 2, bytes: 64, shared: 0 }], [{ objects: 2, bytes: 66, shared: 0 }], 1),
    null,
  );
});

test('tiny objects of both sides that only open more blocks of the tiny allocator cost nothing', () => {
  const of = (objects: number, shared: number) => {
    const one = { objects, bytes: shared * 16 + (objects - shared) * 32, shared };
    return [one, one];
  };
  // math/big's words of 8 bytes: one per call on both sides.
  assert.equal(costPerCall(of(1.5, 0.5), of(2, 1), 1), null);
  assert.equal(costPerCall(of(30, 3), of(42, 15), 16), null);
  assert.equal(costPerCall(of(1, 0), of(1.5, 0.5), 1), null, 'a single call can have them hidden at base');
  assert.deepEqual(costPerCall(of(16, 0), of(24, 8), 16), { objects: 0.5, bytes: 8 }, 'base has none');
  assert.deepEqual(costPerCall(of(2, 1), of(3, 2), 1), { objects: 1, bytes: 16 }, 'a whole object more');
  assert.deepEqual(
    costPerCall(of(2, 0.5), of(3, 1), 1),
    { objects: 0.5, bytes: 16 },
    'one of the others is new',
  );
});

test('a site whose objects have several sizes tells which can share blocks', () => {
  const parts = [
    { objects: 2, bytes: 32, callees: [[]] },
    { objects: 1, bytes: 24, callees: [[]] },
  ];
  assert.equal(sharedOf({ ...site('m/p.F', 3, 56), parts }), 2);
  assert.equal(sharedOf(site('m/p.F', 3, 48)), 3);
  assert.equal(sharedOf(site('m/p.F', 3, 56)), 0);
});

test('coverage counters are read by line', () => {
  const text =
    'mode: count\nexample.com/m/p/a.go:12.34,15.2 3 5\nnonsense\nexample.com/m/p/b.go:1.1,2.2 1 0\n';
  assert.deepEqual(readCoverage(text), [
    { file: 'a.go', line: 12, column: 34, lastLine: 15, count: 5 },
    { file: 'b.go', line: 1, column: 1, lastLine: 2, count: 0 },
  ]);
});

test('a tested finding says what each call adds, and in which test', () => {
  const tested = {
    function: 'parseHeader',
    test: 'example.com/m/log.TestParse',
    calls: 12,
    objects: 1,
    bytes: 16,
  };
  const finding = buildFinding({ evidence: 'tested', tested });
  const [told] = planReport(buildReview({ findings: [finding] }), buildConfig()).findings;
  assert.match(
    told?.message ?? '',
    /^\+1 object, \+16 B each time parseHeader runs, seen in TestParse \(12 calls\); no benchmark that was compared runs it\./u,
  );
  assert.equal(told?.gates, false);
});

test('where a function has several findings, each says its part', () => {
  const tested = { function: 'parse', test: 'm.TestParse', calls: 4, objects: 3, bytes: 48 };
  const adding = (name: string, objects: number): Finding => {
    const measured = { package: 'm', allocsPerOp: amount(0, 12), bytesPerOp: amount(0, 192) };
    const benchmarks = [{ ...measured, name, addedObjects: objects, addedBytes: objects * 16 }];
    return buildFinding({ evidence: 'tested', tested: { ...tested, test: `m.${name}` }, benchmarks });
  };
  const findings = splitCosts([adding('TestParse', 4), adding('TestParse', 8), adding('TestOther', 12)]);
  assert.deepEqual(
    findings.map((one) => one.tested?.here),
    [{ objects: 1, bytes: 16 }, { objects: 2, bytes: 32 }, undefined],
  );
  const [told] = planReport(buildReview({ findings }), buildConfig()).findings;
  assert.match(
    told?.message ?? '',
    /^\+3 objects, \+48 B each time parse runs, about \+1 object, \+16 B of them here, seen in TestParse/u,
  );
});

test('finding out which tests run the change ends at half time', () => {
  let left = 100;
  const isLate = createHalfTime(() => left);
  assert.equal(isLate(), false);
  left = 51;
  assert.equal(isLate(), false);
  left = 50;
  assert.equal(isLate(), true);
  left = 0;
  assert.equal(createHalfTime(() => left)(), true, 'there is no time at all');
});
