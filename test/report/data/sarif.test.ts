import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReport } from '../../../src/report/data/report.ts';
import { planSarif, renderSarif } from '../../../src/report/data/sarif.ts';
import type { Review } from '../../../src/report/model/review.ts';
import { buildConfig, buildFinding, buildReview } from '../../support/review-data.ts';
import { validate } from './sarif-schema.ts';

function assertValid(review: Review): void {
  const log: unknown = JSON.parse(renderSarif(planReport(review, buildConfig())));
  assert.ok(validate(log), JSON.stringify(validate.errors?.slice(0, 3)));
}

const runOf = (review: Review) => {
  const [run] = planSarif(planReport(review, buildConfig())).runs;
  assert.ok(run);
  return run;
};

test('the schema in use refuses what is not SARIF', () => {
  assert.ok(!validate({ version: '2.1.0', runs: [{ tool: {} }] }));
});

test('logs keep the published schema', () => {
  assertValid(buildReview());
  assertValid(buildReview({ findings: [], deltas: [], warnings: [] }));
  assertValid(buildReview({ buildErrors: ['a.go:1:1: x {0} [y](z)'] }));
  assertValid(buildReview({ findings: [buildFinding({ file: 'a b/ü[1]{2}#%.go', function: '@x' })] }));
});

test('levels tell gating, proven and possible apart', () => {
  assert.deepEqual(
    runOf(buildReview()).results?.map(({ level }) => level),
    ['error', 'error', 'note'],
  );
  const [run] = planSarif(planReport(buildReview(), buildConfig({ gate: 'off' }))).runs;
  assert.deepEqual(
    run?.results?.map(({ level }) => level),
    ['warning', 'warning', 'note'],
  );
});

test('each result points at its rule, its place, its cause and its fingerprint', () => {
  const run = runOf(buildReview());
  for (const result of run.results ?? []) {
    assert.equal(run.tool.driver.rules?.[result.ruleIndex ?? -1]?.id, result.ruleId);
  }
  const [first] = run.results ?? [];
  assert.equal(first?.locations?.[0]?.physicalLocation?.artifactLocation?.uri, 'codec/codec.go');
  assert.equal(first?.locations?.[0]?.physicalLocation?.artifactLocation?.uriBaseId, '%SRCROOT%');
  assert.equal(first?.locations?.[0]?.physicalLocation?.region?.startLine, 210);
  assert.equal(first?.relatedLocations?.[0]?.physicalLocation?.artifactLocation?.uri, 'codec/reader.go');
  assert.deepEqual(first?.partialFingerprints, { 'allocgate/v1': '1122334455667788' });
});

test('messages hold no placeholders and no links, paths are percent-encoded', () => {
  const run = runOf(buildReview({ findings: [buildFinding({ file: 'a b.go', function: '[f](1){0}' })] }));
  const [result] = run.results ?? [];
  assert.ok(result?.message.text?.includes('in \\[f\\](1){{0}}, the compiler'), result?.message.text);
  assert.equal(result?.locations?.[0]?.physicalLocation?.artifactLocation?.uri, 'a%20b.go');
});

test('a rule that matched twice is listed once', () => {
  const findings = [buildFinding(), buildFinding({ id: 'x', line: 50 })];
  assert.equal(runOf(buildReview({ findings })).tool.driver.rules?.length, 1);
});

test('a head that does not build makes the invocation unsuccessful', () => {
  const [invocation] = runOf(buildReview({ buildErrors: ['x'] })).invocations ?? [];
  assert.equal(invocation?.executionSuccessful, false);
  assert.deepEqual(
    invocation?.toolExecutionNotifications?.map(({ level }) => level),
    ['error', 'warning'],
  );
});
