import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reviewExitCode } from '../../src/cli/exit-codes.ts';
import type { FailOn } from '../../src/cli/flags.ts';
import { planReview } from '../../src/report/data/report.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../support/review-data.ts';

const gate = (word: 'fail' | 'neutral') => buildConfig({ gate: word });

/** The exit status of the example review with some parts replaced. */
function exitWith(
  changes: Parameters<typeof buildReview>[0],
  failOn?: FailOn,
  config = gate('fail'),
): number {
  return reviewExitCode(planReview(buildReview(changes), config).report, failOn);
}

const possible = {
  deltas: [buildDelta({ verdict: 'unchanged', allocsPerOp: amount(2, 2), bytesPerOp: amount(64, 64) })],
  findings: [buildFinding({ evidence: 'possible', benchmarks: [] })],
};

test('without --fail-on the configuration decides', () => {
  assert.equal(exitWith({}), 1);
  assert.equal(exitWith({}, undefined, gate('neutral')), 0);
});

test('--fail-on overrides the configuration in both directions', () => {
  assert.equal(exitWith({}, 'never'), 0);
  assert.equal(exitWith({}, 'regression', gate('neutral')), 1);
  assert.equal(exitWith(possible, 'regression'), 0);
  assert.equal(exitWith(possible, 'possible'), 1);
});

test('a review without a result is not a success', () => {
  assert.equal(exitWith({ buildErrors: ['m.go:1:1: syntax error'], deltas: [], findings: [] }, 'never'), 3);
});
