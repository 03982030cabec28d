import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision, Delta } from '../../src/compare/types.ts';
import { attachContracts, judgeContracts } from '../../src/contracts/judge.ts';
import type { NoEscape } from '../../src/contracts/promises.ts';
import { resolveGate } from '../../src/config/gate.ts';
import { decideVerdict } from '../../src/report/decide/gate.ts';
import { planReport } from '../../src/report/data/report.ts';
import { describeWarning } from '../../src/report/words/warnings.ts';
import { toPlain } from '../../src/report/model/prose.ts';
import type { Finding } from '../../src/rules/types.ts';
import {
  amount,
  buildConfig,
  buildDelta,
  buildFinding,
  buildReview,
  escapeDecision,
} from '../support/review-data.ts';

const declared = { file: 'log/log_test.go', line: 9, side: 'head' } as const;
const locate = () => ({ file: 'log/log_test.go', line: 10 });
const judge = (deltas: Delta[], allocs = 2) =>
  judgeContracts({
    deltas,
    limitOf: () => ({ allocs, declared }),
    locate,
    noEscape: [],
    headDecisions: [],
    escapes: [],
  });

test('a limit is broken where head is above it and base was not', () => {
  const outcome = (changes: Partial<Delta>, allocs = 2): string => {
    const found = judge([buildDelta(changes)], allocs);
    return found.allocs.length > 0 ? 'broken' : found.before.length > 0 ? 'before' : 'kept';
  };
  assert.equal(outcome({}), 'broken');
  assert.equal(outcome({}, 3), 'kept');
  assert.equal(outcome({}, 1), 'before');
  assert.equal(outcome({ verdict: 'new', allocsPerOp: amount(null, 3) }), 'broken');
  assert.equal(outcome({ verdict: 'noisy' }), 'kept', 'nobody knows');
  assert.equal(outcome({ verdict: 'unchanged' }), 'kept', 'only rounding makes the difference');
  assert.equal(outcome({ verdict: 'improvement', allocsPerOp: amount(9, 3) }), 'before');
  assert.equal(outcome({ verdict: 'removed', allocsPerOp: amount(3, null) }), 'kept');
  const samples = { base: {}, head: { 'allocs/op': [3, 2, 3] } };
  assert.equal(outcome({ samples }), 'kept', 'the least counts');
});

const promise: NoEscape = {
  declared: { file: 'log/log.go', line: 40, side: 'base' },
  function: 'Logger.Info',
  lines: [{ file: 'log/log.go', first: 41, last: 44 }],
};

test('what newly moves to the heap breaks a noescape contract, what was there before does not', () => {
  const at = (line: number): Decision => ({
    ...escapeDecision,
    position: { ...escapeDecision.position, line },
  });
  const [added, old, outside] = [at(42), at(43), at(45)];
  const found = judgeContracts({
    deltas: [],
    limitOf: () => null,
    locate,
    noEscape: [promise],
    headDecisions: [added, old, outside, { ...at(44), expression: '"constant"' }],
    escapes: [added, outside].map((decision) => ({
      change: 'added',
      decision,
      onChangedLine: true,
      flipped: false,
    })),
  });
  assert.deepEqual(
    found.noEscape.map(({ decision }) => decision.position.line),
    [42],
  );
  assert.deepEqual(
    found.before.map(({ now }) => now),
    ['log/log.go:43 level escapes to heap'],
  );
});

const general = { ruleId: 'XX-01', rule: 'general', exercise: buildFinding().exercise, advice: 'Look.' };

test('a broken limit is reported where it is explained, else at its contract', () => {
  const judged = judge([buildDelta()]);
  const explained = buildFinding({
    benchmarks: buildFinding().benchmarks.map((one) => ({ ...one, name: 'BenchmarkInfo/short' })),
  });
  const [attached, ...others] = attachContracts([explained], judged, general, () => 'id');
  assert.equal(attached?.contract?.allocs, 2);
  assert.deepEqual(others, []);
  const [alone] = attachContracts([], judged, general, () => 'id');
  assert.deepEqual([alone?.file, alone?.line, alone?.rule], ['log/log_test.go', 10, 'general']);
});

const broken: Finding = {
  ...buildFinding({ evidence: 'possible', benchmarks: [] }),
  contract: {
    kind: 'noescape',
    subject: 'Logger.Info',
    allocs: null,
    allocsPerOp: null,
    declared: promise.declared,
  },
};
const quiet = buildDelta({ verdict: 'unchanged', allocsPerOp: amount(2, 2), bytesPerOp: amount(64, 64) });
const review = buildReview({ deltas: [quiet], findings: [broken], warnings: [], escapes: [] });

test('a broken contract gates as the gate says of contracts, until somebody accepts it', () => {
  assert.equal(decideVerdict(review, buildConfig()), 'fail');
  assert.equal(decideVerdict(review, buildConfig({ gate: 'neutral' })), 'neutral');
  const gate = { ...resolveGate('fail'), contract: 'pass' } as const;
  assert.equal(decideVerdict(review, buildConfig({ gate })), 'pass');
  const without = { ...review, findings: [{ ...buildFinding({ evidence: 'possible', benchmarks: [] }) }] };
  assert.equal(decideVerdict(without, buildConfig()), 'pass');
  const acceptance = {
    subject: { kind: 'finding', id: broken.id },
    amounts: {},
    by: 'ann',
    at: '2026-01-01T00:00:00Z',
    reason: 'r',
  } as const;
  const accepted = planReport(review, buildConfig(), [acceptance]);
  assert.deepEqual([accepted.verdict, accepted.findings[0]?.gates], ['pass', false]);
});

test('a finding says which contract it breaks, and where that stands', () => {
  const [finding] = planReport(review, buildConfig()).findings;
  assert.equal(finding?.gates, true);
  assert.match(
    finding?.message ?? '',
    /This breaks a contract that allows no value in Logger\.Info to move to the heap \(log\/log\.go:40 at base\)\./u,
  );
  const [limit] = judge([buildDelta()]).allocs;
  assert.ok(limit);
  const measured = { ...buildFinding(), contract: limit.contract };
  const [told] = planReport(buildReview({ findings: [measured] }), buildConfig()).findings;
  assert.match(
    told?.message ?? '',
    /allows example\.com\/m\/log\.BenchmarkInfo\/short at most 2 allocs\/op \(log\/log_test\.go:9\); it now makes 3\./u,
  );
});

test('a contract that base broke and an invalid directive are warnings', () => {
  const [before] = judge([buildDelta()], 1).before;
  assert.ok(before);
  assert.match(
    toPlain(describeWarning({ kind: 'contract-broken-before', ...before })),
    /Base already broke it, so it does not gate: base makes 2 allocs\/op, head makes 3\.$/u,
  );
  assert.equal(
    toPlain(
      describeWarning({
        kind: 'bad-directive',
        file: 'a.go',
        line: 3,
        text: '//allocgate:allocs',
        problem: 'not-a-count',
      }),
    ),
    '//allocgate:allocs at a.go:3 is not a valid contract. It must be followed by one whole number, as in //allocgate:allocs 0.',
  );
});
