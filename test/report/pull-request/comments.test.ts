import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planComments, renderMarkdown, type Comments } from '../../../src/report/pull-request/comments.ts';
import { planReview } from '../../../src/report/data/report.ts';
import type { Review } from '../../../src/report/model/review.ts';
import { buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

function comment(review: Review, config = buildConfig()): Comments {
  return planComments(planReview(review, config));
}

const quiet: Partial<Review> = { deltas: [], findings: [], warnings: [], escapes: [] };

test('the summary has a row for each changed benchmark and none for the others', () => {
  const { summary } = comment(buildReview());
  assert.match(summary, /^<!-- allocgate:summary -->\n\n### allocgate: fail\n/);
  assert.ok(summary.includes('| 🔴 regression | 0 → 2 (**+2**) | `codec.Decode` | 0 → 96 (**+96**) |'));
  assert.ok(summary.includes('| 🔵 new | – → 4 | `log.Warn` | – → 128 |'));
  assert.doesNotMatch(summary, /BenchmarkNop|Infinity|NaN|undefined|null/);
});

test('each finding that gates has a comment with its anchor and its marker', () => {
  const { inline } = comment(buildReview());
  assert.deepEqual(
    inline.map(({ anchor, id }) => [anchor.file, anchor.line, anchor.side, id]),
    [
      ['codec/reader.go', 17, 'RIGHT', '1122334455667788'],
      ['log/log.go', 42, 'RIGHT', '00c0ffee00c0ffee'],
    ],
  );
  for (const { id, body } of inline) assert.ok(body.startsWith(`<!-- allocgate:${id} -->`));
});

test('a comment says cost, place and reason, advice, exercise, in this order', () => {
  const body = comment(buildReview()).inline[1]?.body ?? '';
  const order = [
    '**+1 allocs/op, +16 B/op in `BenchmarkInfo/short`',
    'the compiler says: `level escapes to heap`',
    '**What to do:**',
    '**Exercise:** MA-01 `fmt.Sprintf` in a hot path (`/allocgate explain MA-01` shows it), from ' +
      '[Memory Allocator — Optimization, Exercise 1](https://example.com/rules/MA-01)',
    '<details>',
  ].map((part) => body.indexOf(part));
  assert.ok(
    order.every((at) => at >= 0),
    String(order),
  );
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
});

test('a finding without a place in the diff is reported in the summary', () => {
  const { summary, inline } = comment(buildReview({ diff: [] }));
  assert.equal(inline.length, 0);
  assert.ok(summary.includes('### Findings\n'));
  assert.ok(summary.includes('#### `log/log.go:42`'));
});

test('findings on one line have a comment each', () => {
  const findings = [buildFinding({ id: 'a1' }), buildFinding({ id: 'b2', rule: 'other' })];
  const { inline } = comment(buildReview({ findings }));
  assert.deepEqual(
    inline.map(({ id, anchor, body }) => [id, anchor.line, body.split('\n')[0]]),
    [
      ['a1', 42, '<!-- allocgate:a1 -->'],
      ['b2', 42, '<!-- allocgate:b2 -->'],
    ],
  );
});

test('the summary is posted as the config wishes, and not when nothing changed', () => {
  const wish = (summary: 'always' | 'changes' | 'never') =>
    buildConfig({ comments: { ...buildConfig().comments, summary } });
  const posts = (review: Review, summary: 'always' | 'changes' | 'never') =>
    comment(review, wish(summary)).postSummary;
  const calm = buildReview({
    ...quiet,
    deltas: [buildDelta({ verdict: 'unchanged' }), buildDelta({ verdict: 'noisy' })],
  });
  assert.deepEqual(
    [posts(calm, 'always'), posts(calm, 'changes'), posts(calm, 'never')],
    [true, false, false],
  );
  const changed = buildReview();
  assert.deepEqual(
    [posts(changed, 'always'), posts(changed, 'changes'), posts(changed, 'never')],
    [true, true, false],
  );
  assert.equal(posts(buildReview({ ...quiet, buildErrors: ['x'] }), 'changes'), true);
});

test('a body too long for GitHub loses rows and says how many', () => {
  const deltas = Array.from({ length: 3000 }, (_, i) =>
    buildDelta({ name: `BenchmarkX/case-${String(i).padStart(4, '0')}` }),
  );
  const { summary } = comment(buildReview({ ...quiet, deltas }));
  assert.ok(summary.length <= 65_535, String(summary.length));
  assert.match(summary, /\| … and 2500 more \|/);
  assert.ok(summary.endsWith('</details>'));
});

test('a body stays within the limit whatever its names hold', () => {
  const name = `Benchmark${'|'.repeat(400)}`;
  const benchmarks = Array.from({ length: 200 }, () => ({
    package: name,
    name,
    allocsPerOp: { base: 0, head: 1, delta: 1 },
    bytesPerOp: { base: 0, head: 1, delta: 1 },
    addedObjects: 1,
    addedBytes: 1,
  }));
  const findings = Array.from({ length: 60 }, (_, i) =>
    buildFinding({ id: `id${i}`, benchmarks, function: name }),
  );
  const deltas = Array.from({ length: 50 }, () =>
    buildDelta({ package: name, name, reason: { kind: 'not-comparable', detail: name } }),
  );
  const warnings = Array.from({ length: 50 }, (_, i) => ({
    kind: 'module-skipped' as const,
    module: `${i}${name}`,
    dir: name,
  }));
  const buildErrors = Array.from({ length: 300 }, () => '`'.repeat(900));
  for (const diff of [[], buildReview().diff]) {
    const { summary, inline } = comment(buildReview({ findings, deltas, warnings, buildErrors, diff }));
    for (const body of [summary, ...inline.map((one) => one.body)]) {
      assert.ok(body.length <= 65_535, String(body.length));
      assert.ok(body.endsWith('</details>') || / more findings/.test(body), body.slice(-200));
    }
  }
});

test('a body stays within the limit whatever was tried', () => {
  const long = Array.from({ length: 200 }, () => `\t_ = "${'x'.repeat(900)}"`);
  const suggestion = {
    remedy: 'pass-pointer',
    file: 'log/log.go',
    first: 41,
    last: 42,
    replacement: long,
    patch: long.map((line) => `+${line}`).join('\n'),
    benchmark: 'example.com/m/log.BenchmarkInfo/short',
    unit: 'allocs/op',
    before: 3,
    after: 2,
    tests: 4,
  } as const;
  const hunks = [{ base: { start: 40, lines: 5 }, head: { start: 40, lines: 5 } }];
  const diff = [{ basePath: 'log/log.go', headPath: 'log/log.go', binary: false, hunks }];
  const { inline, summary } = comment(buildReview({ findings: [buildFinding({ suggestion })], diff }));
  for (const body of [summary, ...inline.flatMap(({ body: own, elsewhere = '' }) => [own, elsewhere])]) {
    assert.ok(body.length <= 65_535, String(body.length));
  }
  assert.match(inline[0]?.body ?? '', /^…$/mu);
});

test('packages that end alike are named in full', () => {
  const deltas = [buildDelta({ package: 'a.example/x/log' }), buildDelta({ package: 'b.example/y/log' })];
  const { summary } = comment(buildReview({ ...quiet, deltas }));
  assert.ok(summary.includes('| `a.example/x/log.Info/short` |'));
});

test('nothing of the reviewed code is active Markdown', () => {
  const evil =
    '@octocat |x| `y` <img src=x> </details> [a](https://evil.example) ```\n# h <!-- allocgate:summary -->';
  const decision = buildFinding().decision;
  assert.ok(decision);
  const finding = buildFinding({
    file: evil,
    function: evil,
    alternatives: [evil],
    decision: { ...decision, expression: evil, flow: [{ text: evil, reason: evil, position: null }] },
    cause: { kind: 'flow', file: evil, line: 1, text: evil, via: [{ file: evil, line: 1, text: evil }] },
    benchmarks: buildFinding().benchmarks.flatMap((b) => [
      { ...b, name: evil },
      { ...b, package: evil },
    ]),
  });
  const review = buildReview({
    findings: [finding],
    deltas: [
      buildDelta({
        name: evil,
        package: evil,
        verdict: 'noisy',
        reason: { kind: 'not-comparable', detail: evil },
      }),
    ],
    warnings: [{ kind: 'package-run', side: 'head', package: evil, detail: evil }],
    skipped: { unchangedTestBinaries: 1, packages: [evil] },
    buildErrors: [evil],
  });
  const text = renderMarkdown(comment(review));
  const fence = /^(`{4,})text\n[^]*?\n\1$/gmu;
  assert.match(text, fence);
  const active = text
    .replaceAll(fence, '')
    .replaceAll(/<code>(?:[\p{L}\p{N} ]|&#\d+;|…)*<\/code>/gu, '')
    .replaceAll(/`[^`\n]*`/g, '');
  assert.doesNotMatch(active, /octocat|evil\.example|<img|\]\(https:\/\/evil/);
  assert.equal(active.match(/<!-- allocgate:summary -->/g)?.length, 1, 'as the marker alone');
});

test('the document shows the summary first, then each comment under its anchor', () => {
  const text = renderMarkdown(comment(buildReview()));
  const headings = text.split('\n').filter((line) => /^##+ /.test(line));
  assert.deepEqual(headings, [
    '### allocgate: fail',
    '### Other findings',
    '#### `log/field.go:9`',
    '## Inline comments',
    '### `codec/reader.go:17` (RIGHT)',
    '### `log/log.go:42` (RIGHT)',
  ]);
  assert.doesNotMatch(renderMarkdown(comment(buildReview(quiet))), /Inline comments/);
});

test('regressions come first, so that a cut table keeps them', () => {
  const news = Array.from({ length: 3000 }, (_, i) =>
    buildDelta({ name: `BenchmarkA/${i}`, verdict: 'new' }),
  );
  const { summary } = comment(
    buildReview({ ...quiet, deltas: [...news, buildDelta({ name: 'BenchmarkZ' })] }),
  );
  assert.ok(summary.includes('| 2 → 3 (**+1**) | `log.Z` |'));
});
