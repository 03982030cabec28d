import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../../../src/config/schema.ts';
import {
  decideVerdict,
  exceedsThreshold,
  findThresholds,
  isOverThreshold,
} from '../../../src/report/decide/gate.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const withThresholds = (thresholds: unknown) => configSchema.parse({ thresholds });
const quiet = { deltas: [], findings: [], warnings: [], skipped: { unchangedTestBinaries: 0, packages: [] } };

function isOver(allocs: [number, number], bytes: [number, number], thresholds: unknown = {}): boolean {
  const delta = buildDelta({ allocsPerOp: amount(...allocs), bytesPerOp: amount(...bytes) });
  return exceedsThreshold(delta, withThresholds(thresholds));
}

test('allocations gate from the increase on', () => {
  assert.equal(isOver([0, 1], [0, 0]), true);
  assert.equal(isOver([2, 2], [0, 0]), false);
  assert.equal(isOver([2, 1], [0, 0]), false);
  assert.equal(isOver([2, 6], [0, 0], { allocs: { increase: 5 } }), false);
  assert.equal(isOver([2, 7], [0, 0], { allocs: { increase: 5 } }), true);
});

test('bytes gate only when both number and percent are reached', () => {
  assert.equal(isOver([1, 1], [640, 704]), true);
  assert.equal(isOver([1, 1], [640, 703]), false);
  assert.equal(isOver([1, 1], [641, 705]), false);
  assert.equal(isOver([1, 1], [0, 64]), true);
  assert.equal(isOver([1, 1], [0, 63]), false);
});

test('the last override that fits wins, key by key', () => {
  const config = withThresholds({
    bytes: { increase: 100, percent: 5 },
    overrides: [
      { benchmark: 'example.com/m/**', allocs: { increase: 3 }, bytes: { percent: 20 } },
      { benchmark: 'example.com/m/log.BenchmarkInfo/*', allocs: { increase: 9 } },
      { benchmark: 'example.com/other.*', allocs: { increase: 50 } },
    ],
  });
  assert.deepEqual(findThresholds('example.com/m/log.BenchmarkInfo/short', config), {
    allocs: { increase: 9 },
    bytes: { increase: 100, percent: 20 },
  });
  assert.equal(findThresholds('example.com/m/log.BenchmarkInfo', config).allocs.increase, 3);
  assert.equal(findThresholds('elsewhere.BenchmarkX', config).allocs.increase, 1);
});

test('a star stays within one element of a benchmark name', () => {
  const config = withThresholds({ overrides: [{ benchmark: 'p.BenchmarkX/*', allocs: { increase: 9 } }] });
  assert.equal(findThresholds('p.BenchmarkX/a', config).allocs.increase, 9);
  assert.equal(findThresholds('p.BenchmarkX/a/b', config).allocs.increase, 1);
});

test('only proven findings on comparable benchmarks count', () => {
  const config = buildConfig();
  const review = buildReview();
  assert.equal(isOverThreshold(buildFinding(), review, config), true);
  assert.equal(isOverThreshold(buildFinding({ evidence: 'possible' }), review, config), false);
  for (const verdict of ['noisy', 'benchmark-changed', 'new', 'unchanged'] as const) {
    const unsure = { ...review, deltas: [buildDelta({ verdict })] };
    assert.equal(isOverThreshold(buildFinding(), unsure, config), false, verdict);
  }
});

test('a finding that gates fails the review, unless the config says otherwise', () => {
  assert.equal(decideVerdict(buildReview(), buildConfig()), 'fail');
  assert.equal(decideVerdict(buildReview(), buildConfig({ gate: 'neutral' })), 'neutral');
  assert.equal(decideVerdict(buildReview(), buildConfig({ gate: 'off' })), 'neutral');
});

test('a head that does not build is an error, whatever else is known', () => {
  assert.equal(decideVerdict(buildReview({ buildErrors: ['x.go:1:1: y'] }), buildConfig()), 'error');
});

test('a regression under its threshold passes, whatever the gate', () => {
  const thresholds = withThresholds({ allocs: { increase: 10 }, bytes: { increase: 1000 } }).thresholds;
  assert.equal(decideVerdict(buildReview(), buildConfig({ thresholds })), 'pass');
  assert.equal(decideVerdict(buildReview(), buildConfig({ thresholds, gate: 'off' })), 'pass');
});

test('a regression that no site explains is neutral', () => {
  assert.equal(decideVerdict(buildReview({ findings: [] }), buildConfig()), 'neutral');
});

test('equal test binaries pass without a measurement', () => {
  const review = buildReview({ ...quiet, skipped: { unchangedTestBinaries: 3, packages: [] } });
  assert.equal(decideVerdict(review, buildConfig()), 'pass');
});

test('when nothing could be measured the verdict is neutral', () => {
  assert.equal(decideVerdict(buildReview(quiet), buildConfig()), 'neutral');
  const failed = buildReview({
    ...quiet,
    skipped: { unchangedTestBinaries: 3, packages: [] },
    warnings: [{ kind: 'package-run', side: 'head', package: 'p', detail: 'exit 2' }],
  });
  assert.equal(decideVerdict(failed, buildConfig()), 'neutral');
  const empty = [buildDelta({ verdict: 'noisy', allocsPerOp: amount(null, null) })];
  assert.equal(decideVerdict(buildReview({ ...quiet, deltas: empty }), buildConfig()), 'neutral');
});

test('improvements, new and noisy benchmarks pass', () => {
  const deltas = (['improvement', 'new', 'noisy', 'unchanged'] as const).map((verdict) =>
    buildDelta({ verdict }),
  );
  assert.equal(decideVerdict(buildReview({ ...quiet, deltas }), buildConfig()), 'pass');
});

test('equal sides pass, however little was measured', () => {
  const review = buildReview({ ...quiet, warnings: [{ kind: 'nothing-to-compare' }] });
  assert.equal(decideVerdict(review, buildConfig()), 'pass');
});
