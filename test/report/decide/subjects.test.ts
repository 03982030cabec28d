import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReport } from '../../../src/report/data/report.ts';
import {
  listGating,
  resolveAccepted,
  resolveRule,
  resolveSubject,
} from '../../../src/report/decide/subjects.ts';
import { toMarkdownCode } from '../../../src/report/model/escape.ts';
import { loadPages, loadRules } from '../../../src/review/rule-files.ts';
import { brokenWords } from '../../../src/rules/broken.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const report = planReport(buildReview(), buildConfig());
const info = {
  kind: 'benchmark',
  id: 'example.com/m/log.BenchmarkInfo/short',
  amounts: { 'example.com/m/log.BenchmarkInfo/short': { allocs: 1, bytes: 16 } },
};

test('a benchmark is found by its whole name, as comments show it, and alone', () => {
  for (const text of [
    'example.com/m/log.BenchmarkInfo/short',
    'log.BenchmarkInfo/short',
    'BenchmarkInfo/short',
    '`log.BenchmarkInfo/short`',
    ' BenchmarkInfo/short-8 ',
    'BenchmarkInfo',
    'log.Info/short',
    'example.com/m/log.Info/short',
    'Info/short',
    'log.Info',
  ]) {
    assert.deepEqual(resolveSubject(report, text), info, text);
  }
});

test('a finding is found by its fingerprint, or by six digits of it', () => {
  const subject = { kind: 'finding', id: '00c0ffee00c0ffee', amounts: info.amounts };
  for (const text of ['00c0ffee00c0ffee', '00c0ff', '00C0FFEE']) {
    assert.deepEqual(resolveSubject(report, text), subject, text);
  }
  assert.deepEqual(resolveSubject(report, '00c0f'), { problem: 'unknown', similar: [] });
});

test("a finding's amounts are what it costs each of its benchmarks", () => {
  const subject = resolveSubject(report, '1122334455667788');
  assert.deepEqual('amounts' in subject && subject.amounts, {
    'example.com/m/codec.BenchmarkDecode': { allocs: 2, bytes: 96 },
    'example.com/m/codec.BenchmarkRoundTrip/large-message-with-a-long-name': { allocs: 2, bytes: 96 },
  });
});

test('a name that is shown cut is accepted as it is shown', () => {
  const name = `BenchmarkInfo/${'long'.repeat(100)}`;
  const { package: path } = report.benchmarks[0] ?? { package: '' };
  const deltas = [buildDelta({ name, package: path, verdict: 'regression' })];
  const long = planReport(buildReview({ deltas, findings: [] }), buildConfig());
  for (const full of [`${path}.${name}`, `${path.slice(path.lastIndexOf('/') + 1)}.${name}`, name]) {
    for (const text of [full, toMarkdownCode(full)]) {
      const subject = resolveSubject(long, text);
      assert.ok('id' in subject && subject.id === `${path}.${name}`, text);
    }
  }
});

test('what may mean several is not guessed', () => {
  const deltas = [
    buildDelta({ package: 'a.example/x/log', name: 'BenchmarkX/a' }),
    buildDelta({ package: 'b.example/y/log', name: 'BenchmarkX/a' }),
    buildDelta({ package: 'b.example/y/log', name: 'BenchmarkX/b', verdict: 'unchanged' }),
  ];
  const findings = [buildFinding({ id: 'aaaaaa11' }), buildFinding({ id: 'aaaaaa22' })];
  const two = planReport(buildReview({ deltas, findings }), buildConfig());
  const similar = ['a.example/x/log.BenchmarkX/a', 'b.example/y/log.BenchmarkX/a'];
  assert.deepEqual(resolveSubject(two, 'log.BenchmarkX/a'), { problem: 'ambiguous', similar });
  assert.deepEqual(resolveSubject(two, 'BenchmarkX'), { problem: 'ambiguous', similar });
  assert.deepEqual(resolveSubject(two, 'aaaaaa'), {
    problem: 'ambiguous',
    similar: ['aaaaaa11', 'aaaaaa22'],
  });
});

test('of several benchmarks only those count that regressed', () => {
  const deltas = [
    buildDelta({ package: 'a.example/x/log', verdict: 'unchanged', allocsPerOp: amount(1, 1) }),
    buildDelta({ package: 'b.example/y/log' }),
  ];
  const subject = resolveSubject(planReport(buildReview({ deltas }), buildConfig()), 'BenchmarkInfo/short');
  assert.equal('id' in subject && subject.id, 'b.example/y/log.BenchmarkInfo/short');
});

test('a slip of the keyboard gets a suggestion, a wild guess none', () => {
  assert.deepEqual(resolveSubject(report, 'BenchmarkInfo/shrot'), {
    problem: 'unknown',
    similar: ['BenchmarkInfo/short'],
  });
  assert.deepEqual(resolveSubject(report, 'nonsense'), { problem: 'unknown', similar: [] });
  assert.deepEqual(resolveSubject(report, ''), { problem: 'unknown', similar: [] });
});

test('what costs nothing more cannot be accepted', () => {
  for (const text of ['BenchmarkNop', 'BenchmarkEncode', 'BenchmarkWarn', '99aabbccddeeff00']) {
    assert.deepEqual(resolveSubject(report, text), { problem: 'nothing-to-accept', similar: [] }, text);
  }
});

test('what was accepted is found by the names that accept takes, also when it is fixed', () => {
  const accepted = [
    { kind: 'benchmark', id: 'example.com/m/log.BenchmarkInfo/short' },
    { kind: 'finding', id: '00c0ffee00c0ffee' },
    { kind: 'benchmark', id: 'example.com/m/a.BenchmarkX/a.BenchmarkY' },
    { kind: 'benchmark', id: 'example.com/m/b.BenchmarkX/b' },
    { kind: 'finding', id: 'aaaaaa11aaaaaa11' },
    { kind: 'finding', id: 'aaaaaa22aaaaaa22' },
  ] as const;
  const fixed = planReport(buildReview({ deltas: [], findings: [] }), buildConfig());
  const noLongerRed = planReport(
    buildReview({ deltas: [buildDelta({ verdict: 'unchanged' })], findings: [] }),
    buildConfig(),
  );
  const names: Readonly<Record<string, string>> = {
    '00c0ffee00c0ffee': '00c0ffee00c0ffee',
    '00c0ff': '00c0ffee00c0ffee',
    '`00C0FFEE`': '00c0ffee00c0ffee',
    'example.com/m/log.BenchmarkInfo/short': accepted[0].id,
    'log.BenchmarkInfo/short': accepted[0].id,
    'BenchmarkInfo/short-8': accepted[0].id,
    'Info/short': accepted[0].id,
    BenchmarkInfo: accepted[0].id,
    'a.BenchmarkX/a.BenchmarkY': accepted[2].id,
    'BenchmarkX/a.BenchmarkY': accepted[2].id,
  };
  for (const [text, id] of Object.entries(names)) {
    for (const now of [null, report, fixed, noLongerRed]) {
      const found = resolveAccepted([...accepted, ...accepted], now, text);
      assert.equal('id' in found && found.id, id, text);
    }
  }
  for (const text of ['00c0f', 'BenchmarkWarn', 'BenchmarkDecode', '']) {
    assert.deepEqual(resolveAccepted(accepted, report, text), { problem: 'unknown', similar: [] }, text);
  }
  assert.deepEqual(resolveAccepted(accepted, fixed, 'aaaaaa'), {
    problem: 'ambiguous',
    similar: ['aaaaaa11aaaaaa11', 'aaaaaa22aaaaaa22'],
  });
  assert.deepEqual(resolveAccepted(accepted, fixed, 'BenchmarkX'), {
    problem: 'ambiguous',
    similar: [accepted[2].id, accepted[3].id],
  });
});

test('the button accepts what gates, and nothing else', () => {
  assert.deepEqual(
    listGating(report).map(({ kind, id }) => [kind, id]),
    [
      ['finding', '1122334455667788'],
      ['finding', '00c0ffee00c0ffee'],
    ],
  );
});

test('a rule is found by id, name or finding', async () => {
  const { rules } = await loadRules();
  const found = (text: string) => {
    const answer = resolveRule(rules, report, text);
    return 'rule' in answer ? [answer.rule.id, answer.finding?.id ?? null] : answer;
  };
  assert.deepEqual(found('ma-01'), ['MA-01', null]);
  assert.deepEqual(found('sprintf-in-hot-path'), ['MA-01', null]);
  assert.deepEqual(found('00c0ffee'), ['MA-01', '00c0ffee00c0ffee']);
  assert.deepEqual(found('sprintf-in-hotpath'), { problem: 'unknown', similar: ['sprintf-in-hot-path'] });
  assert.deepEqual(resolveRule(rules, null, '00c0ffee'), { problem: 'unknown', similar: [] });
});

test('a benchmark that broke has a page, too, by its name and by its finding', async () => {
  const finding = { ...buildFinding(), ...brokenWords, evidence: 'broken' as const };
  const broken = planReport({ ...buildReview(), findings: [finding] }, buildConfig());
  const pages = await loadPages();
  for (const text of ['benchmark-broken', finding.id]) {
    const answer = resolveRule(pages, broken, text);
    assert.ok('rule' in answer, text);
    assert.match(answer.rule.exercise, /^# Benchmark that broke$/mu);
  }
});
