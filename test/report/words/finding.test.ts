import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cause, causeKinds } from '../../../src/compare/cause.ts';
import type { Amount } from '../../../src/compare/types.ts';
import { describeFinding, quoteCompiler } from '../../../src/report/words/finding.ts';
import { formatChange, formatNumber, formatSigned } from '../../../src/report/words/numbers.ts';
import { planReport } from '../../../src/report/data/report.ts';
import { toPlain } from '../../../src/report/model/prose.ts';
import type { Finding } from '../../../src/rules/types.ts';
import { assertGolden } from '../../support/golden.ts';
import { amount, buildConfig, buildFinding, buildReview, escapeDecision } from '../../support/review-data.ts';

function describe(changes: Partial<Finding>) {
  const [finding] = planReport(buildReview({ findings: [buildFinding(changes)] }), buildConfig()).findings;
  assert.ok(finding);
  const { cost, why, cause } = describeFinding(finding);
  return { cost: toPlain(cost), why: toPlain(why), cause: toPlain(cause) };
}

test('numbers are whole where they nearly are, and traces stay visible', () => {
  const shown = [0, 1, 1.0004, 0.96, 1.5, 0.3, 0.02, 41_056, -2].map(formatNumber);
  assert.deepEqual(shown, ['0', '1', '1', '1', '1.5', '0.3', '0.02', '41056', '-2']);
  assert.deepEqual([2, -2, 0].map(formatSigned), ['+2', '-2', '0']);
});

test('changes are counts, from zero and from nothing', () => {
  assert.equal(formatChange(amount(0, 2)), '0 → 2');
  assert.equal(formatChange(amount(null, 2)), '– → 2');
  assert.equal(formatChange(amount(2, null)), '2 → –');
  assert.equal(formatChange(amount(2, 2)), '2');
});

test('decisions are quoted in the words of -gcflags=-m', () => {
  const quote = (changes: Partial<typeof escapeDecision>) => quoteCompiler({ ...escapeDecision, ...changes });
  assert.equal(quote({}), 'level escapes to heap');
  assert.equal(quote({ kind: 'moved-to-heap', expression: 'x' }), 'moved to heap: x');
  assert.equal(quote({ kind: 'leaking-param', expression: 'p' }), 'leaking param: p');
  assert.equal(quote({ kind: 'can-inline', expression: 'F', cost: 79 }), 'can inline F with cost 79');
  assert.equal(
    quote({ kind: 'cannot-inline', expression: 'F', reason: 'marked go:noinline' }),
    'cannot inline F: marked go:noinline',
  );
});

test('a single finding costs what its benchmark measures, whatever share the profile gives it', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const others = [
    { ...benchmark, name: 'BenchmarkA' },
    { ...benchmark, name: 'BenchmarkB' },
  ];
  assert.equal(
    describe({ benchmarks: [{ ...benchmark, addedObjects: 0.6 }, ...others] }).cost,
    '+1 allocs/op, +16 B/op in BenchmarkInfo/short (2 → 3 allocs/op), and in 2 more benchmarks.',
  );
});

test('findings that share a benchmark cost about what the profile says', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const findings = [0.6, 0.4].map((addedObjects, index) =>
    buildFinding({ id: `${index}`, line: 42 + index, benchmarks: [{ ...benchmark, addedObjects }] }),
  );
  const planned = planReport(buildReview({ findings }), buildConfig()).findings;
  assert.deepEqual(
    planned.map((finding) => toPlain(describeFinding(finding).cost)),
    [
      'About +0.6 allocs/op, +8 B/op in BenchmarkInfo/short (2 → 3 allocs/op in all).',
      'About +0.4 allocs/op, +8 B/op in BenchmarkInfo/short (2 → 3 allocs/op in all).',
    ],
  );
});

test('a possible finding claims no cost', () => {
  const possible: Partial<Finding> = { evidence: 'possible', benchmarks: [], site: null };
  assert.match(
    describe(possible).cost,
    /^Possible new allocation: the compiler's decision changed here, but no/,
  );
  assert.match(describe({ ...possible, decision: null }).cost, /the pattern is new here/);
  assert.equal(
    describe({ ...possible, decision: null }).why,
    'The change is at log/log.go:42 in (*Logger).Info.',
  );
});

test('without a word of the compiler the profile speaks', () => {
  assert.equal(
    describe({ decision: null }).why,
    'The heap profile shows the new allocation at log/log.go:42 in (*Logger).Info. The profile shows it inside fmt.Sprintf, called from this line.',
  );
});

test('an allocation of a benchmark that head does not have is told of as such', () => {
  const decision = { ...escapeDecision, expression: '... argument' };
  assert.equal(
    describe({ benchmarkCode: 'Join(one, two)', decision }).why,
    'The heap profile shows the new allocation in the benchmark itself, on a line that head does not have: Join(one, two). The compiler says of it: ... argument escapes to heap.',
  );
});

test('each kind of cause has its sentence', () => {
  const causeOf = (kind: Cause['kind']) =>
    describe({ cause: { kind, file: 'b.go', line: 7, text: 'F', via: [] } }).cause;
  const sentences = causeKinds.map(causeOf);
  for (const sentence of sentences) assert.match(sentence, /b\.go:7.*: F\.$| F changed at b\.go:7\.$/);
  assert.equal(new Set(sentences).size, causeKinds.length);
  const lines = causeKinds.map((kind, index) => `${kind}: ${sentences[index]}\n`);
  assertGolden('causes.txt', lines.join(''));
});

test('a finding without a cause says only what is known', () => {
  assert.equal(describe({ cause: null }).cause, 'This change added or edited this line.');
  assert.match(
    describe({ cause: null, onChangedLine: false }).cause,
    /no changed line could be linked to it/,
  );
});

test('allocations and bytes that change in opposite directions are reported with what that means', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const cost = (allocsPerOp: Amount, bytesPerOp: Amount) =>
    describe({ benchmarks: [{ ...benchmark, allocsPerOp, bytesPerOp }] }).cost;
  assert.match(
    cost(amount(2, 4), amount(512, 96)),
    /\. In all, the benchmark makes 2 more allocations and uses 416 B less per operation: .* fewer garbage collections\.$/u,
  );
  assert.match(
    cost(amount(4, 3), amount(96, 512)),
    /makes 1 fewer allocation and uses 416 B more per operation: .* more garbage collections\.$/u,
  );
  assert.doesNotMatch(cost(amount(2, 3), amount(64, 80)), /garbage collections/u);
  assert.doesNotMatch(cost(amount(2, 3), amount(64, 60)), /garbage collections/u);
});

test('a line that adds what others save more of does not contradict the whole', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const costs = (allocsPerOp: Amount, bytesPerOp: Amount): string[] => {
    const add = (addedObjects: number, addedBytes: number) =>
      buildFinding({ benchmarks: [{ ...benchmark, allocsPerOp, bytesPerOp, addedObjects, addedBytes }] });
    const findings = [add(1, 24), { ...add(1, 8), id: 'fedcba9876543210' }];
    const planned = planReport(buildReview({ findings }), buildConfig()).findings;
    return planned.map((finding) => toPlain(describeFinding(finding).cost));
  };
  for (const text of costs(amount(2, 4), amount(512, 96))) {
    assert.match(
      text,
      /\+1 allocs\/op, \+(?:24|8) B\/op .*Elsewhere the change saves more than it adds here: in all, .* 416 B less/u,
    );
  }
  for (const text of costs(amount(4, 3), amount(96, 512))) {
    assert.match(text, /\+1 allocs\/op.*saves more than it adds here: in all, the benchmark makes 1 fewer/u);
  }
});

test('a finding cites the page that shows its exercise, where that comes from, and what else fits', () => {
  const [finding] = planReport(buildReview({ findings: [buildFinding()] }), buildConfig()).findings;
  assert.ok(finding);
  const { exercise, page, source, url, others } = describeFinding(finding);
  assert.deepEqual(
    { exercise, page, source, url, others },
    {
      exercise: 'MA-01 `fmt.Sprintf` in a hot path',
      page: 'MA-01',
      source: 'Memory Allocator — Optimization, Exercise 1',
      url: 'https://example.com/rules/MA-01',
      others: ['MA-08 Boxing into any'],
    },
  );
  assert.match(
    finding.message,
    /\(allocgate rules MA-01\)\. Source: Memory Allocator — Optimization, Exercise 1: https:/u,
  );
  assert.match(finding.message, /Related rules: MA-08 Boxing into any\. Exercise: /u);
});

test('findings of one benchmark share its difference, and never add up to more', () => {
  const [benchmark] = buildFinding().benchmarks;
  assert.ok(benchmark);
  const of = (id: string, addedObjects: number, addedBytes: number): Finding =>
    buildFinding({
      id,
      benchmarks: [
        { ...benchmark, allocsPerOp: amount(2, 6), bytesPerOp: amount(64, 164), addedObjects, addedBytes },
      ],
    });
  const costs = (findings: Finding[]) =>
    planReport(buildReview({ findings }), buildConfig()).findings.map(({ costs: [cost] }) => [
      cost?.addedAllocsPerOp,
      cost?.addedBytesPerOp,
    ]);
  assert.deepEqual(costs([of('a', 6, 60), of('b', 2, 40)]), [[3, 60], [1, 40]]); // oxfmt-ignore
  assert.deepEqual(costs([of('a', 2, 50), of('b', 1, 20)]), [[2, 50], [1, 20]]); // oxfmt-ignore
  assert.deepEqual(costs([of('a', 7, 90)]), [[4, 100]]);
});
