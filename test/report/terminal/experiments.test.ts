import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReview } from '../../../src/report/data/report.ts';
import type { Warning } from '../../../src/report/model/review.ts';
import { renderExperiments } from '../../../src/report/terminal/experiments.ts';
import { buildConfig, buildReview } from '../../support/review-data.ts';

const planWith = (...warnings: Warning[]) => planReview(buildReview({ warnings }), buildConfig()).report;
const left: Warning = {
  kind: 'tests-left-out',
  package: 'example.com/m',
  tests: ['TestDial'],
  reason: 'failed',
};
const budget: Warning = { ...left, package: 'example.com/n', tests: [], reason: 'budget' };

test('tests that could not tell are named below the experiments, but no warning twice', () => {
  const first = planWith(budget);
  const text = renderExperiments(planWith(budget, left), first.warnings);
  assert.match(text, /\nWarnings: 1\n {2}- TestDial of example\.com\/m [^\n]+\n$/u);
  assert.doesNotMatch(renderExperiments(first, first.warnings), /Warnings/u);
});
