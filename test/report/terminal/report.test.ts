import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { planReport } from '../../../src/report/data/report.ts';
import { renderText } from '../../../src/report/terminal/report.ts';
import type { Review } from '../../../src/report/model/review.ts';
import { amount, buildConfig, buildDelta, buildFinding, buildReview } from '../../support/review-data.ts';

const render = (review: Review, { colour = false, width = 96 } = {}): string =>
  renderText(planReport(review, buildConfig()), { colour, width });

const linesOf = (text: string): string[] => text.trimEnd().split('\n');

test('the verdict is the first and the last line', () => {
  const lines = linesOf(render(buildReview()));
  assert.equal(
    lines[0],
    'FAIL: 3 of 6 benchmarks allocate more, 1 allocates less, 1 differs from run to run; 2 findings',
  );
  assert.equal(lines.at(-1), 'FAIL after 34.1 s, of which the go tool and the benchmarks took 33.8 s.');
});

test('changed benchmarks line up in columns, counts from zero included', () => {
  const text = render(buildReview());
  const rows = linesOf(text).filter((line) => /(regression|improvement|noisy|new)$/.test(line));
  assert.equal(rows.length, 6);
  assert.equal(new Set(rows.map((row) => row.search(/(regression|improvement|noisy|new)$/))).size, 1);
  assert.match(text, /BenchmarkDecode +0 → 2 +\+2 +0 → 96 +\+96 +regression/);
  assert.match(text, /BenchmarkEncode +7 → 5 +-2 +2048 → 1024 +-1024 +improvement/);
  assert.match(text, /BenchmarkWarn +– → 4 +– → 128 +new/);
  assert.doesNotMatch(text, /\?|Infinity|NaN|null|undefined/);
});

test('unchanged benchmarks are only counted', () => {
  const text = render(buildReview());
  assert.doesNotMatch(text, /BenchmarkNop/);
  assert.match(
    text,
    /1 benchmark unchanged\. 17 test binaries are identical on both sides and were not run\./,
  );
});

test('proven and possible findings are distinguished', () => {
  const lines = linesOf(render(buildReview()));
  assert.ok(lines.includes('PROVEN gates  log/log.go:42  sprintf-in-hot-path'));
  assert.ok(lines.includes('POSSIBLE  log/field.go:9  boxing-into-any'));
  assert.match(lines.join(' ').replaceAll(/ +/g, ' '), /cost Possible new allocation: .* no benchmark shows/);
});

test('lines keep to the width, but names are not broken', () => {
  for (const width of [60, 80, 100]) {
    for (const line of linesOf(render(buildReview(), { width }))) assert.ok(line.length <= width, line);
  }
  const name = `Benchmark${'Long'.repeat(40)}`;
  assert.ok(render(buildReview({ deltas: [buildDelta({ name })] }), { width: 80 }).includes(name));
});

test('numbers go below the names where the window is narrow', () => {
  const deltas = [
    buildDelta({ name: 'BenchmarkEncode/with/a/longer/name', allocsPerOp: amount(117, 186) }),
    buildDelta({ allocsPerOp: amount(7, 5), bytesPerOp: amount(64, 64), verdict: 'improvement' }),
  ];
  const lines = linesOf(render(buildReview({ deltas }), { width: 60 }));
  assert.deepEqual(lines.slice(lines.indexOf('Benchmarks that changed') + 1).slice(0, 7), [
    '  example.com/m/log',
    '  BenchmarkEncode/with/a/longer/name  regression',
    '    allocs/op  117 → 186  +69',
    '    B/op         64 → 80  +16',
    '  BenchmarkInfo/short  improvement',
    '    allocs/op      7 → 5   -2',
    '    B/op              64',
  ]);
});

test('names of wide characters keep the columns and the width', () => {
  const names = ['BenchmarkParse/日本語のテキスト', 'BenchmarkParse/🚀🚀', 'BenchmarkParse/한국어'];
  const deltas = names.map((name) => buildDelta({ name, package: 'example.com/文字/log' }));
  const findings = [buildFinding({ file: '文字/記録.go', function: 'example.com/文字.読む' })];
  for (const width of [60, 96]) {
    const lines = linesOf(render(buildReview({ deltas, findings }), { width }));
    for (const line of lines) assert.ok(stringWidth(line) <= width, line);
    const ends = lines
      .filter((line) => / {2}(\+16|\+16 {2}regression)$/u.test(line))
      .map((line) => stringWidth(line));
    assert.equal(ends.length, 3);
    assert.equal(new Set(ends).size, 1);
  }
});

test('colour only adds control sequences, and only when asked for', () => {
  const plain = render(buildReview());
  const coloured = render(buildReview(), { colour: true });
  assert.equal(stripVTControlCharacters(plain), plain);
  assert.equal(stripVTControlCharacters(coloured), plain);
  assert.ok(coloured.includes('\u001B[32mBenchmarkEncode'));
});

test('when nothing changed there is little to read', () => {
  const review = buildReview({
    deltas: [],
    findings: [],
    warnings: [],
    escapes: [],
    skipped: { unchangedTestBinaries: 3, packages: [] },
  });
  assert.deepEqual(linesOf(render(review)), [
    'PASS: No benchmark had to run: 3 test binaries are identical on both sides.',
    'base 1a2b3c4d5e6f → head 9f8e7d6c5b4a, go1.26.10 linux/amd64',
    'run in a sandbox (bubblewrap, seccomp, cgroup v2)',
    '',
    'PASS after 34.1 s, of which the go tool and the benchmarks took 33.8 s.',
  ]);
});

test('a head that does not build shows the compiler, line by line', () => {
  const text = render(
    buildReview({ deltas: [], findings: [], buildErrors: ['a.go:1:2: undefined: x', '  note'] }),
  );
  assert.match(text, /^ERROR: The head does not compile/);
  assert.match(text, /\n {2}a\.go:1:2: undefined: x\n {4}note\n/);
});

test('the work tree is named as such', () => {
  assert.match(render(buildReview({ head: { sha: null } })), /→ the work tree,/);
});

test('names from the reviewed code cannot steer the terminal', () => {
  const evil = '\u001B[2J\u001B]0;owned\u0007\u202E\r\nPASS';
  const review = buildReview({
    deltas: [buildDelta({ name: `Benchmark${evil}`, package: `p${evil}` })],
    findings: [buildFinding({ file: `a${evil}.go`, function: evil, rule: 'x' })],
    warnings: [{ kind: 'module-skipped', module: evil, dir: evil }],
    buildErrors: [evil],
  });
  const text = render(review);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
  assert.ok(!linesOf(text).some((line) => line.startsWith('PASS')));
});

test('fractions and a loss of bytes are shown as they are', () => {
  const deltas = [buildDelta({ allocsPerOp: amount(117, 186), bytesPerOp: amount(9000, 4000) })];
  assert.match(render(buildReview({ deltas })), /117 → 186 +\+69 +9000 → 4000 +-5000 +regression/);
});
