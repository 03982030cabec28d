import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { planReport } from '../../../src/report/data/report.ts';
import { renderJson, reportJsonSchema, reportSchema } from '../../../src/report/model/schema.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

test('a report keeps the published JSON Schema', () => {
  const validate = new Ajv2020({ strict: true }).compile(reportJsonSchema());
  const report: unknown = JSON.parse(renderJson(planReport(buildReview(), buildConfig())));
  assert.ok(validate(report), JSON.stringify(validate.errors));
  assert.ok(!validate({ schemaVersion: 2 }));
  assert.ok(!validate({ ...planReport(buildReview(), buildConfig()), schemaVersion: 1 }));
});

test('a report keeps its own zod schema, also with nothing in it', () => {
  const empty = buildReview({
    deltas: [],
    escapes: [],
    findings: [],
    warnings: [],
    diff: [],
    head: { sha: null },
    skipped: { unchangedTestBinaries: 0, packages: [] },
  });
  for (const review of [buildReview(), empty]) {
    const report = planReport(review, buildConfig());
    assert.deepEqual(reportSchema.parse(report), report);
  }
});

test('the order of the input does not matter', () => {
  const review = buildReview();
  const turned = buildReview({
    deltas: review.deltas.toReversed(),
    escapes: review.escapes.toReversed(),
    findings: review.findings.toReversed(),
    warnings: review.warnings.toReversed(),
    skipped: { ...review.skipped, packages: review.skipped.packages.toReversed() },
  });
  assert.equal(renderJson(planReport(turned, buildConfig())), renderJson(planReport(review, buildConfig())));
});

test('findings are proven first, then by place; gates is stated for each', () => {
  const report = planReport(buildReview(), buildConfig());
  assert.deepEqual(
    report.findings.map(({ evidence, gates, file, line }) => [evidence, gates, file, line]),
    [
      ['proven', true, 'codec/codec.go', 210],
      ['proven', true, 'log/log.go', 42],
      ['possible', false, 'log/field.go', 9],
    ],
  );
  const off = planReport(buildReview(), buildConfig({ gate: 'neutral' }));
  assert.ok(off.findings.every((finding) => !finding.gates));
});

test('a finding says cost, place and reason, advice, exercise, in this order', () => {
  const { findings } = planReport(buildReview({ findings: [buildFinding()] }), buildConfig());
  assert.equal(
    findings[0]?.message,
    '+1 allocs/op, +16 B/op in BenchmarkInfo/short (2 → 3 allocs/op). ' +
      'At log/log.go:42 in (*Logger).Info, the compiler says: level escapes to heap. ' +
      'The profile shows it inside fmt.Sprintf, called from this line. This change added or edited this line. ' +
      'Append the parts to a reused buffer: `strconv.AppendInt(buf, n, 10)` writes without boxing. ' +
      'Related rules: MA-08 Boxing into any. ' +
      'Exercise: MA-01 `fmt.Sprintf` in a hot path (allocgate rules MA-01). ' +
      'Source: Memory Allocator — Optimization, Exercise 1: https://example.com/rules/MA-01',
  );
});

test('escapes are the heap decisions, with the cause of their finding and the flow as lines', () => {
  const cause = { kind: 'flow', file: 'log/log.go', line: 40, text: 'level', via: [] } as const;
  const findings = [buildFinding({ cause })];
  const { escapes } = planReport(buildReview({ findings }), buildConfig());
  assert.equal(escapes.length, 1);
  assert.equal(escapes[0]?.kind, 'escapes-to-heap');
  assert.deepEqual(escapes[0]?.cause, cause);
  assert.equal(escapes[0]?.flow[1], 'level (interface-converted) at log/log.go:42');
});

test('averages of profiles are rounded, so that traces of set-up do not show', () => {
  const report = planReport(buildReview(), buildConfig());
  const info = report.benchmarks.find((benchmark) => benchmark.name === 'BenchmarkInfo/short');
  assert.deepEqual(info?.sites[0]?.objectsPerOp, { base: 0, head: 1 });
  const finding = report.findings.find(({ file }) => file === 'log/log.go');
  assert.equal(finding?.costs[0]?.addedAllocsPerOp, 1);
  const [cost] = buildFinding().benchmarks;
  assert.ok(cost);
  const sharing = [1, 2].map((line) => buildFinding({ line, benchmarks: [{ ...cost, addedBytes: 7.0123 }] }));
  const shared = planReport(buildReview({ findings: sharing }), buildConfig());
  assert.equal(shared.findings[0]?.costs[0]?.addedBytesPerOp, 7.01);
  assert.equal(finding?.costs[0]?.addedBytesPerOp, 16);
});

test('reasons and warnings are sentences without control characters, each warning once', () => {
  const warning = { kind: 'module-skipped', module: 'tools\u001B[31m', dir: 'to\nols' } as const;
  const report = planReport(
    buildReview({
      warnings: [warning, warning],
      deltas: [buildDelta({ verdict: 'noisy', reason: { kind: 'does-not-settle' } })],
      buildErrors: ['x.go:1:1: \u001B]0;t\u0007undefined: y'],
    }),
    buildConfig(),
  );
  assert.deepEqual(report.warnings, [
    "The module tools changed and was not reviewed. Run allocgate review 'to ols', or add it to benchmarks.modules in the configuration.",
  ]);
  assert.match(report.benchmarks[0]?.reason ?? '', /contradict/);
  assert.deepEqual(report.buildErrors, ['x.go:1:1: undefined: y']);
});

test('the plan does not share data with the review', () => {
  const review = buildReview();
  const before = structuredClone(review);
  const report = planReport(review, buildConfig());
  report.findings[0]?.alternatives.push('x');
  report.benchmarks[0]?.samples.head['B/op']?.push(1);
  assert.deepEqual(review, before);
});

test('from zero is shown as a count, and a side without a number as null', () => {
  const deltas = [buildDelta({ verdict: 'new', allocsPerOp: amount(null, 4), bytesPerOp: amount(null, 9) })];
  const [benchmark] = planReport(buildReview({ deltas }), buildConfig()).benchmarks;
  assert.deepEqual(benchmark?.allocsPerOp, { base: null, head: 4, delta: null });
});

test('the example review names no rule as the other rule of itself, and gives every other rule a name', () => {
  for (const { ruleId, alternatives, others } of buildReview().findings) {
    assert.ok(!alternatives.includes(ruleId), ruleId);
    assert.deepEqual(others?.map(({ id }) => id) ?? [], alternatives);
  }
});
