import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { checkGoRegexp, compileBench, compileTopLevel } from '../../src/config/go-regexp.ts';

const good = [
  '', '.', '^BenchmarkX$', 'X/small', 'A|B', '(A|B)/c', '(?i)parse', '(?P<name>a)', '(?<name>a)', '(?:a)+?',
  '[[:alpha:]]+', '[]a]', '(?P<n>a)(?P<n>b)', 'a{2}', 'a{2,3}?', 'a{', 'a{1000}', '\\pN', '\\p{Greek}', '\\Qa(b\\E', '\\Qa',
  'a//b', '(?s:.)', '\\/', '[a/b]', 'x{,5}', 'a b', 'a\tb', 'a\u0001b', 'a]b', '[/]|x', 'a||b', '日本|语', 'a{1,1000}',
  '[a[/]b]', '\\d+\\s\\w\\b', '(?U)a+',
]; // oxfmt-ignore
const bad: [string, string, string][] = [
  ['(', 'missing closing )', '('],
  ['a)', 'unexpected )', 'a)'],
  ['[a', 'missing closing ]', '[a'],
  ['[]', 'missing closing ]', '[]'],
  ['a|[b', 'missing closing ]', '[b'],
  ['*', 'missing argument to repetition operator', '*'],
  ['a|*', 'missing argument to repetition operator', '*'],
  ['(+a)', 'missing argument to repetition operator', '+'],
  ['a/*', 'missing argument to repetition operator', '*'],
  ['a**', 'invalid nested repetition operator', '**'],
  ['a\\', 'trailing backslash at end of expression', ''],
  ['a(?=b)', 'invalid or unsupported Perl syntax', '(?='],
  ['(?<!b)a', 'invalid named capture', '(?<'],
  ['(a)\\1', 'invalid escape sequence', '\\1'],
  ['a{1001}', 'invalid repeat count', '{1001}'],
  ['(a{500}){3}', 'invalid repeat count', '{3}'],
  ['[z-a]', 'invalid character class range', 'z-a'],
  ['\\pX', 'invalid character class range', '\\pX'],
  ['\\y', 'invalid escape sequence', '\\y'],
  ['[[:foo:]]', 'invalid character class range', '[:foo:]'],
  ['a\u200Bb', 'invalid escape sequence', '\\u'],
  ['(?P<n>a)(?P<n>b', 'missing closing )', '('],
  ['[^]/]', 'missing closing ]', '[^]'],
];

test('a pattern that go test refuses is refused in the words of its parser', () => {
  for (const text of good) assert.equal(checkGoRegexp(text), null, text);
  for (const [text, description, fragment] of bad) {
    const fault = checkGoRegexp(text);
    assert.equal(fault?.description, description, text);
    assert.ok(fault.fragment.startsWith(fragment), `${text}: ${fault.fragment}`);
  }
});

test('go test itself agrees', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'allocgate-regexp-'));
  try {
    writeFileSync(path.join(dir, 'go.mod'), 'module m\n\ngo 1.23\n');
    writeFileSync(
      path.join(dir, 'm_test.go'),
      'package m\n\nimport "testing"\n\nfunc BenchmarkX(b *testing.B) {}\n',
    );
    const build = spawnSync('go', ['test', '-c', '-o', 'm.test'], { cwd: dir, encoding: 'utf8' });
    assert.equal(build.status, 0, build.stderr);
    for (const text of [...good, ...bad.map(([pattern]) => pattern)]) {
      const { stderr } = spawnSync(
        path.join(dir, 'm.test'),
        ['-test.run=^$', '-test.benchtime=1x', `-test.bench=${text}`],
        {
          encoding: 'utf8',
        },
      );
      assert.equal(stderr.includes('invalid regexp'), checkGoRegexp(text) !== null, `${text}: ${stderr}`);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a pattern that is expensive to compile is refused by its length', () => {
  for (const part of ['\\Q', '(a|b)', 'a/', '|', '[', '\\pL{1000}', 'a{1000}', '(']) {
    assert.equal(checkGoRegexp(part.repeat(30_000))?.description, 'expression too large', part);
  }
  assert.equal(checkGoRegexp('a|'.repeat(999)), null);
});

test('the first level of each alternative chooses top-level benchmarks, as in go test -bench', () => {
  const chosen = (pattern: string) =>
    ['BenchmarkEncode', 'BenchmarkDecode', 'BenchmarkDecodeAll'].filter(compileTopLevel(pattern));
  assert.deepEqual(chosen('.'), ['BenchmarkEncode', 'BenchmarkDecode', 'BenchmarkDecodeAll']);
  assert.deepEqual(chosen('Decode$/small'), ['BenchmarkDecode']);
  assert.deepEqual(chosen('Encode|All/x'), ['BenchmarkEncode', 'BenchmarkDecodeAll']);
  assert.deepEqual(chosen('(En|De)code$'), ['BenchmarkEncode', 'BenchmarkDecode']);
  assert.deepEqual(chosen('decode'), []);
  assert.deepEqual(chosen('(?P<a>De)(?P<a>code)$'), ['BenchmarkDecode']);
});

test('a -bench pattern runs the names whose parts its levels match', () => {
  const matches = (pattern: string, ...names: string[]): string[] => names.filter(compileBench(pattern));
  const names = [
    'BenchmarkEncode',
    'BenchmarkEncode/small',
    'BenchmarkEncode/large/x',
    'BenchmarkDecode/small',
  ];
  assert.deepEqual(matches('Encode', ...names), names.slice(0, 3));
  assert.deepEqual(matches('Encode/small', ...names), ['BenchmarkEncode/small']);
  assert.deepEqual(matches('^BenchmarkDecode$/.|/large', ...names), names.slice(2));
  assert.deepEqual(matches('Encode|small', ...names), names.slice(0, 3), 'levels begin at the top');
  assert.deepEqual(matches('encode', ...names), []);
});
