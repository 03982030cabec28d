import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReport } from '../../../src/report/data/report.ts';
import { describeUntried } from '../../../src/report/words/experiments.ts';
import type { Experiment, Trial } from '../../../src/rules/types.ts';
import { buildConfig, buildFinding, buildReview } from '../../support/review-data.ts';

const lines = (first: number, last = first): Trial['lines'] => [
  { file: 'a.go', first, last, deleted: false },
];
const message = (changes: Partial<Experiment>): string => {
  const experiment: Experiment = {
    outcome: 'proved',
    benchmark: 'example.com/m/log.BenchmarkInfo/short',
    unit: 'allocs/op',
    head: 249,
    added: 248,
    trials: [],
    seconds: 3.2,
    ...changes,
  };
  const [finding] = planReport(
    buildReview({ findings: [buildFinding({ experiment })] }),
    buildConfig(),
  ).findings;
  assert.ok(finding);
  assert.equal(describeUntried([finding]), 'Experiments: 1 in 3 s.');
  return finding.message;
};

test('an experiment says what head makes without a change', () => {
  const proved = message({ trials: [{ lines: lines(24), outcome: 'gone', value: 1 }] });
  assert.match(
    proved,
    / Proved by experiment: with a\.go:24 as before, BenchmarkInfo\/short makes 1 allocs\/op instead of 249\./u,
  );
  const parts = message({
    outcome: 'partly',
    trials: [
      { lines: lines(118, 120), outcome: 'less', value: 215 },
      { lines: [{ file: 'a.go', first: 7, last: 7, deleted: true }], outcome: 'less', value: 247 },
    ],
  });
  assert.match(
    parts,
    / Experiments split the \+248 allocs\/op among these changes: a\.go:118–120: 34; the lines deleted at a\.go:7: 2\. The other 212 stay while only one of them is as before\./u,
  );
  const whole = message({
    outcome: 'partly',
    trials: [
      { lines: lines(2), outcome: 'less', value: 149 },
      { lines: lines(5), outcome: 'less', value: 101 },
    ],
  });
  assert.doesNotMatch(whole, /The other/u);
  const found: Trial = {
    lines: [...lines(1), ...lines(3), ...lines(5), ...lines(7), ...lines(9)],
    outcome: 'gone',
    value: 1,
  };
  const refuted = message({
    outcome: 'refuted',
    trials: [{ lines: lines(2), outcome: 'same', value: 249 }, found],
  });
  assert.match(
    refuted,
    / An experiment does not confirm this cause: with a\.go:2 as before, BenchmarkInfo\/short still makes 249 allocs\/op\. The allocation disappears with a\.go:1, a\.go:3, a\.go:5, a\.go:7 and 1 more place as before: 1 allocs\/op instead of 249\./u,
  );
  assert.match(message({ outcome: 'undecided', trials: [] }), / No experiment could decide this\./u);
  assert.match(
    message({ outcome: 'undecided', trials: [found] }),
    / An experiment found the cause\. The allocation disappears with/u,
  );
});
