import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchmarkFailure, Delta } from '../../../src/compare/types.ts';
import type { GateValue } from '../../../src/config/gate.ts';
import { type Config, configSchema } from '../../../src/config/schema.ts';
import {
  decideVerdict,
  exceedsThreshold,
  findThresholds,
  isGating,
  isOverThreshold,
  type Consent,
} from '../../../src/report/decide/gate.ts';
import { listUnmeasured } from '../../../src/report/decide/unmeasured.ts';
import type { UnmeasuredKind } from '../../../src/report/model/unmeasured.ts';
import type { Report } from '../../../src/report/model/schema.ts';
import type { Review } from '../../../src/report/model/review.ts';
import type { Finding } from '../../../src/rules/types.ts';
import {
  amount,
  buildConfig,
  buildDelta,
  buildFinding,
  buildReview,
  changedLine,
} from '../../support/review-data.ts';

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

test('equal sides pass, however little was measured', () => {
  const review = buildReview({ ...quiet, warnings: [{ kind: 'nothing-to-compare' }] });
  assert.equal(decideVerdict(review, buildConfig()), 'pass');
});

const failure = (kind: BenchmarkFailure['kind']): BenchmarkFailure => ({
  name: 'BenchmarkX',
  kind,
  detail: '',
});
const unequal = (side: 'base' | 'head'): Delta =>
  buildDelta({
    verdict: 'noisy',
    allocsPerOp: side === 'head' ? amount(1, null) : amount(null, 1),
    reason: { kind: 'failed', side, failure: failure('panicked') },
  });
const quietDelta = buildDelta({ name: 'BenchmarkQuiet', verdict: 'unchanged', allocsPerOp: amount(2, 2) });

const changedFunction = (isRun: boolean | null): NonNullable<Review['reach']>['functions'][number] => ({
  package: 'example.com/m',
  name: 'F',
  file: 'm.go',
  line: 1,
  change: 'source',
  isRun,
  benchmarks: [],
  unrunLines: null,
});

/** A benchmark whose sides print these counts in some processes. */
const overlapping = (base: number[], head: number[]): Delta =>
  buildDelta({
    verdict: 'noisy',
    reason: { kind: 'ranges-overlap' },
    samples: { base: { 'allocs/op': base }, head: { 'allocs/op': head } },
  });

/** A change of line 7 in a function. */
const reaching = (one: Partial<ReturnType<typeof changedFunction>>): Partial<Review> => ({
  deltas: [quietDelta],
  reach: { functions: [{ ...changedFunction(null), ...one }], unreached: [] },
  diff: [changedLine(7)],
});

/** What happened to a benchmark or a package, and the one entry that is listed for it; null: it was compared. */
const happenings: [string, Partial<Review>, UnmeasuredKind | null][] = [
  ['unchanged', { deltas: [quietDelta] }, null],
  ['improvement', { deltas: [buildDelta({ verdict: 'improvement', allocsPerOp: amount(3, 2) })] }, null],
  ['below its threshold', { deltas: [buildDelta({ verdict: 'below-threshold' })] }, null],
  ['overlapping runs', { deltas: [overlapping([1, 0, 0, 0], [0, 1, 1, 0])] }, null],
  ['worse in few runs', { deltas: [overlapping([0, 0, 0, 0], [1, 0, 0, 0])] }, null],
  ['worse in most runs', { deltas: [overlapping([0, 0, 0, 0], [0, 1, 1, 0])] }, 'undecided'],
  ['new', { deltas: [quietDelta, buildDelta({ verdict: 'new', allocsPerOp: amount(null, 4) })] }, null],
  [
    'its benchmark alone changed',
    {
      deltas: [
        buildDelta({
          verdict: 'benchmark-changed',
          reason: { kind: 'benchmark-edited', benchmarkOf: 'base' },
        }),
      ],
    },
    null,
  ],
  ['panics at head', { deltas: [quietDelta, unequal('head')] }, 'broken'],
  ['panics at base', { deltas: [quietDelta, unequal('base')] }, 'failed'],
  ['removed', { deltas: [buildDelta({ verdict: 'removed', allocsPerOp: amount(4, null) })] }, 'removed'],
  [
    'contradicts itself',
    { deltas: [buildDelta({ verdict: 'noisy', reason: { kind: 'inconsistent-output', side: 'head' } })] },
    'contradicting',
  ],
  [
    'changed and does not build across',
    {
      deltas: [buildDelta({ verdict: 'benchmark-changed', reason: { kind: 'not-comparable', detail: '' } })],
    },
    'incomparable',
  ],
  [
    'has no number',
    { deltas: [buildDelta({ verdict: 'noisy', allocsPerOp: amount(null, null) })] },
    'failed',
  ],
  [
    'fails on both sides',
    {
      deltas: [quietDelta],
      warnings: (['base', 'head'] as const).map((side) => ({
        kind: 'benchmark' as const,
        side,
        package: 'p',
        failure: failure('exited'),
      })),
    },
    'failed',
  ],
  [
    'is skipped on both sides',
    {
      deltas: [quietDelta],
      warnings: (['base', 'head'] as const).map((side) => ({
        kind: 'benchmark' as const,
        side,
        package: 'p',
        failure: failure('skipped'),
      })),
    },
    null,
  ],
  [
    'is skipped at head alone',
    {
      deltas: [
        quietDelta,
        buildDelta({
          verdict: 'noisy',
          allocsPerOp: amount(1, null),
          reason: { kind: 'failed', side: 'head', failure: failure('skipped') },
        }),
      ],
    },
    'broken',
  ],
  [
    'is skipped at base and fails at head',
    {
      deltas: [quietDelta],
      warnings: [
        { kind: 'benchmark', side: 'base', package: 'p', failure: failure('skipped') },
        { kind: 'benchmark', side: 'head', package: 'p', failure: failure('failed') },
      ],
    },
    'failed',
  ],
  [
    'a package does not run',
    {
      deltas: [quietDelta],
      warnings: [{ kind: 'package-run', side: 'head', package: 'p', detail: 'exit 2' }],
    },
    'package',
  ],
  [
    'a package does not compile',
    {
      deltas: [quietDelta],
      warnings: [{ kind: 'package-does-not-compile', side: 'base', package: 'p', lines: [] }],
    },
    'package',
  ],
  [
    'a limit is reached',
    { deltas: [quietDelta], warnings: [{ kind: 'limit', limit: 'benchmarks', value: 1, packages: ['p'] }] },
    'limit',
  ],
  [
    'a changed module is left out',
    { deltas: [quietDelta], warnings: [{ kind: 'module-skipped', module: 'm/sub', dir: 'sub' }] },
    'module',
  ],
  [
    'a module is gone',
    {
      warnings: [{ kind: 'nothing-affected' }, { kind: 'module-removed', module: 'm/sub', dir: 'sub' }],
    },
    'module',
  ],
  [
    'no benchmark runs a changed function',
    { deltas: [quietDelta], reach: { functions: [changedFunction(false)], unreached: [] } },
    'unreached',
  ],
  ['a changed function is run in set-up only', reaching({ isRun: false, isSetUp: true }), 'set-up'],
  ['no benchmark runs a changed line', reaching({ isRun: true, unrunLines: [4, 7] }), 'unreached-lines'],
  ['benchmarks run all changed lines', reaching({ isRun: true, unrunLines: [4] }), null],
  ['a line was only indented', reaching({ isRun: true, unrunLines: [4, 7], spacedLines: [7] }), null],
  [
    'a changed function is run, or nobody found out',
    {
      deltas: [quietDelta],
      reach: { functions: [changedFunction(true), changedFunction(null)], unreached: [] },
    },
    null,
  ],
  [
    'no benchmark runs what changed, and none is measured',
    { reach: { functions: [changedFunction(false)], unreached: [{ package: 'p', name: 'BenchmarkX' }] } },
    'unreached',
  ],
  ['there is no benchmark', { warnings: [{ kind: 'no-benchmarks', patterns: ['./...'] }] }, 'nothing'],
  [
    'base does not compile',
    { deltas: [quietDelta], warnings: [{ kind: 'base-does-not-compile', lines: [] }] },
    'nothing',
  ],
  ['nothing at all', {}, 'nothing'],
];

test('green means compared: what was not is at most neutral, as gate.unmeasured says', () => {
  const gateOf = (unmeasured: GateValue) => configSchema.parse({ gate: { unmeasured } });
  for (const [name, changes, kind] of happenings) {
    const review = buildReview({ ...quiet, ...changes });
    assert.deepEqual(
      listUnmeasured(review).map((one) => one.kind),
      kind === null ? [] : [kind],
      name,
    );
    const verdicts = (['fail', 'neutral', 'pass', 'off'] as const).map((value) =>
      decideVerdict(review, gateOf(value)),
    );
    const expected =
      kind === null ? ['pass', 'pass', 'pass', 'pass'] : ['fail', 'neutral', 'pass', 'neutral'];
    assert.deepEqual(verdicts, expected, name);
    assert.equal(decideVerdict(review, buildConfig()), kind === null ? 'pass' : 'neutral', name);
    const failing = buildReview({ ...changes, deltas: [...buildReview().deltas, ...(changes.deltas ?? [])] });
    assert.equal(decideVerdict(failing, buildConfig()), 'fail', `${name}, beside a regression`);
  }
});

test('each kind of evidence has its own gate', () => {
  const review = (evidence: Finding['evidence']) =>
    buildReview({ ...quiet, deltas: [quietDelta], findings: [buildFinding({ evidence })] });
  const table: [Finding['evidence'], Config['gate'], Report['verdict']][] = [
    ['adapted', 'fail', 'neutral'],
    ['tested', 'fail', 'neutral'],
    ['possible', 'fail', 'pass'],
    ['adapted', 'off', 'neutral'],
  ];
  for (const [evidence, gate, verdict] of table) {
    assert.equal(decideVerdict(review(evidence), buildConfig({ gate })), verdict, evidence);
  }
  for (const evidence of ['adapted', 'tested'] as const) {
    for (const value of ['fail', 'neutral', 'pass'] as const) {
      const config = configSchema.parse({ gate: { [evidence]: value } });
      assert.equal(decideVerdict(review(evidence), config), value);
      assert.equal(isGating(buildFinding({ evidence }), review(evidence), config), value === 'fail');
    }
  }
  const proven = buildReview();
  assert.equal(decideVerdict(proven, configSchema.parse({ gate: { proven: 'pass' } })), 'pass');
  assert.equal(decideVerdict(proven, configSchema.parse({ gate: { unmeasured: 'pass' } })), 'fail');
});

test('an adapted finding is accepted for all of its benchmarks or not at all', () => {
  const finding = buildFinding({ evidence: 'adapted' });
  const review = buildReview({ ...quiet, deltas: [quietDelta], findings: [finding] });
  const config = configSchema.parse({ gate: { adapted: 'fail' } });
  const consent: Consent = {
    toFinding: () => true,
    toBenchmark: () => false,
    toContract: () => false,
  };
  assert.equal(decideVerdict(review, config, consent), 'pass');
  const nameless = buildReview({ ...review, findings: [{ ...finding, benchmarks: [] }] });
  assert.equal(decideVerdict(nameless, config, consent), 'fail');
});
