import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTwoFilesPatch } from 'diff';
import { planReview } from '../../../src/report/data/report.ts';
import { formats } from '../../../src/report/formats.ts';
import { planPullRequest } from '../../../src/report/pull-request/plan.ts';
import type { Finding, Suggestion } from '../../../src/rules/types.ts';
import { spanOf } from '../../../src/trials/check.ts';
import { buildConfig, buildFinding, buildReview } from '../../support/review-data.ts';

const suggestion = (changes: Partial<Suggestion> = {}): Suggestion => ({
  remedy: 'pass-pointer',
  file: 'log/log.go',
  first: 41,
  last: 42,
  replacement: ['\tkey := 1', '\tkeep(&key) // ``` and `more`'],
  patch: createTwoFilesPatch('a/log/log.go', 'b/log/log.go', 'a\nb\n', 'a\nc\n', '', ''),
  benchmark: 'example.com/m/log.BenchmarkInfo/short',
  unit: 'allocs/op',
  before: 3,
  after: 2,
  tests: 4,
  ...changes,
});

/** The hunk of the pull request covers lines 40 to 44. */
const hunks = [{ base: { start: 40, lines: 5 }, head: { start: 40, lines: 5 } }];
const diff = [{ basePath: 'log/log.go', headPath: 'log/log.go', binary: false, hunks }];

const planWith = (one: Suggestion) =>
  planReview(buildReview({ findings: [buildFinding({ suggestion: one })], diff }), buildConfig());

test('a fix on lines that the pull request shows is a suggestion on exactly those lines', () => {
  const [comment] = planPullRequest(planWith(suggestion()), 'f'.repeat(40)).comments;
  assert.deepEqual(
    [comment?.anchor.startLine, comment?.anchor.line, comment?.anchor.side],
    [41, 42, 'RIGHT'],
  );
  assert.match(
    comment?.body ?? '',
    /\n````suggestion\n\tkey := 1\n\tkeep\(&key\) \/\/ ``` and `more`\n````\n/u,
  );
  assert.match(
    comment?.body ?? '',
    /\*\*Tried: with this fix `BenchmarkInfo\/short` makes 2 allocs\/op instead of 3; 4 tests passed before and still pass\.\*\*/u,
  );
});

test('elsewhere it is a patch in the details', () => {
  for (const other of [
    suggestion({ first: 20, last: 22 }),
    suggestion({ file: 'log/other.go' }),
    suggestion({ last: 60 }),
  ]) {
    const [comment] = planPullRequest(planWith(other), 'f'.repeat(40)).comments;
    assert.doesNotMatch(comment?.body ?? '', /`suggestion/u);
    assert.match(comment?.body ?? '', /<summary>Patch<\/summary>[^]*```diff\n[^]*\n-b\n\+c\n/u);
  }
});

const readAssets = () => ({ script: '', style: '', exercise: () => null });
const page = { colour: false, width: 100, readAssets };

test('the page shows it with its patch', () => {
  const text = formats.html.render(planWith(suggestion()), page);
  assert.match(
    text,
    /A fix that was tried<\/h4>\s*<p>Tried: with this fix <code>BenchmarkInfo\/short<\/code> makes 2 allocs\/op instead of 3;[^]*?@@ -1,2 \+1,2 @@\n a\n-b\n\+c\n/u,
  );
  assert.doesNotMatch(text, /a\/log\/log\.go/u);
});

const ownBenchmark = {
  function: 'parse',
  name: 'BenchmarkParse',
  code: 'package log\n\nfunc BenchmarkParse(b *testing.B) {\n\t<x>\n}\n',
  from: 'TestParse',
  base: { allocs: 0, bytes: 0 },
  head: { allocs: 2, bytes: 64 },
};
const planBenchmark = (own: Finding['ownBenchmark']) =>
  planReview(
    buildReview({
      findings: [buildFinding({ evidence: 'possible', benchmarks: [], ...(own && { ownBenchmark: own }) })],
      diff,
    }),
    buildConfig(),
  );

test('a benchmark to paste is shown everywhere with what it measured', () => {
  const words =
    /A benchmark to paste, with the inputs of .{0,6}TestParse.{0,7}\. .{0,6}BenchmarkParse.{0,7} was run on both sides: 0 → 2 allocs\/op, 0 → 64 B\/op\./u;
  for (const format of ['html', 'text', 'markdown'] as const) {
    const text = formats[format].render(planBenchmark(ownBenchmark), page);
    assert.match(text.replaceAll(/\s+/gu, ' '), words, format);
    assert.match(text, /func BenchmarkParse\(b \*testing\.B\) \{\n/u, format);
    if (format === 'html') assert.doesNotMatch(text, /<x>/u);
  }
});

test('why there is no benchmark is said', () => {
  const problem = { kind: 'unwritable', what: 'parameter', name: 'c', type: 'chan int' } as const;
  const text = formats.text.render(planBenchmark({ function: 'wait', problem }), page);
  const words =
    'No benchmark could be written for wait: no value could be made for its parameter c chan int.';
  assert.ok(text.replaceAll(/\s+/gu, ' ').includes(words));
});

test('a terminal shows the patch below what was measured', () => {
  const text = formats.text.render(planWith(suggestion({ tests: 1 })), page);
  assert.match(
    text,
    /^ {2}fix {6}Tried: with this fix BenchmarkInfo\/short makes 2 allocs\/op instead of 3; 1 test passed\s+before and still passes\.\n {11}@@ -1,2 \+1,2 @@\n {11} a\n {11}-b\n {11}\+c\n/mu,
  );
});

test('a part of the change taken back is called a last resort everywhere', () => {
  const back = planWith(suggestion({ remedy: 'take-back' }));
  const words =
    /Last resort, tried: with these lines as before the change .{0,6}BenchmarkInfo\/short.{0,7} makes 2 allocs\/op instead of 3; 4 tests passed before and still pass\. This takes a part of the change back: use it only if you can do without that part\./u;
  for (const format of ['html', 'text', 'markdown'] as const) {
    assert.match(formats[format].render(back, page).replaceAll(/\s+/gu, ' '), words, format);
  }
  const [comment] = planPullRequest(back, 'f'.repeat(40)).comments;
  const body = comment?.body ?? '';
  assert.match(body, /````suggestion\n\tkey := 1/u);
  assert.ok(body.indexOf('**What to do:**') < body.indexOf('Last resort'), 'after the advice of the rule');
});

test('the span of an edit is the lines that differ, never none', () => {
  assert.deepEqual(spanOf('a\nb\nc\n', 'a\nB\nc\n'), { first: 2, last: 2, replacement: ['B'] });
  assert.deepEqual(spanOf('a\nc\n', 'a\nb\nc\n'), { first: 2, last: 2, replacement: ['b', 'c'] });
  assert.deepEqual(spanOf('a\nb\nc\n', 'a\nc\n'), { first: 2, last: 2, replacement: [] });
});
