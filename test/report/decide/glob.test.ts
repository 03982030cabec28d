import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canMatch, compileGlob } from '../../../src/report/decide/glob.ts';
import { processorTime } from '../../support/processor-time.ts';

const cases: [glob: string, matches: string[], others: string[]][] = [
  ['example.com/m/pkg.BenchmarkX', ['example.com/m/pkg.BenchmarkX'], ['example.com/m/pkg.BenchmarkXY']],
  [
    'm/pkg.BenchmarkX/*',
    ['m/pkg.BenchmarkX/a'],
    ['m/pkg.BenchmarkX', 'm/pkg.BenchmarkX/', 'm/pkg.BenchmarkX/a/b'],
  ],
  ['m/pkg.BenchmarkX/**', ['m/pkg.BenchmarkX/a', 'm/pkg.BenchmarkX/a/b'], ['m/pkg.BenchmarkXY']],
  [
    '**/pkg.Benchmark*',
    ['pkg.BenchmarkX', 'a/b/pkg.BenchmarkX'],
    ['a/xpkg.BenchmarkX', 'a/pkg.BenchmarkX/y'],
  ],
  ['a/**/b.*', ['a/b.X', 'a/x/y/b.X'], ['a/xb.X']],
  ['a.Bench**k', ['a.Benchmark'], ['a.Bench/k']],
  ['a.B?', ['a.BX'], ['a.B', 'a.B/', 'a.BXY']],
  ['a.B[0-9x]', ['a.B7', 'a.Bx'], ['a.By', 'a.B']],
  ['a.B[!0-9]', ['a.Bx'], ['a.B7', 'a.B/']],
  ['a.B[', ['a.B['], ['a.B']],
  ['a.B[z-a]', ['a.B[z-a]'], ['a.Bz']],
  ['a.{B,C}x', ['a.Bx', 'a.Cx'], ['a.x', 'a.B,Cx']],
  ['a.{B{1,2},C}', ['a.B1', 'a.B2', 'a.C'], ['a.B']],
  ['a.{B,C', ['a.B', 'a.C'], ['a.{B']],
  ['a.B,C}', ['a.B,C}'], []],
  ['a.B\\*', ['a.B*'], ['a.BX']],
  ['!a.B', ['!a.B'], ['a.C']],
  ['.a/.B*', ['.a/.Bx'], ['xa/.Bx']],
  ['a.(B)+$^|.', ['a.(B)+$^|.'], ['a.BB']],
  ['a.日*', ['a.日本'], ['a.本']],
];

test('a glob matches the whole name', () => {
  for (const [glob, matches, others] of cases) {
    const isMatch = compileGlob(glob);
    for (const name of matches) assert.ok(isMatch(name), `${glob} ${name}`);
    for (const name of others) assert.ok(!isMatch(name), `${glob} ${name}`);
  }
});

test('a glob that is longer than any name matches only itself', () => {
  const long = '{a,'.repeat(3000);
  assert.deepEqual([long, 'a', ''].map(compileGlob(long)), [true, false, false]);
});

const timeOf = (glob: string, name: string): number => processorTime(() => void compileGlob(glob)(name));

test('ten times the name takes about ten times the time', () => {
  for (const glob of ['m.B/(a+)+b', 'm.B/*a*a*a*a*a*b', '**/*a**/*b', '{a,aa}'.repeat(20), 'm.B/+(a|aa)b']) {
    const [small, large] = [2000, 20_000].map((length) => timeOf(glob, `m.B/${'a'.repeat(length)}`));
    assert.ok((large ?? 0) < 40 * ((small ?? 0) + 1), `${glob}: ${small} ms and ${large} ms`);
  }
});

test('a glob can match sub-benchmarks, whose names are not known', () => {
  const ids = ['example.com/m/a/b.BenchmarkX', 'example.com/n.BenchmarkY'];
  const matching = [
    'example.com/m/a/b.BenchmarkX',
    'example.com/m/a/b.BenchmarkX/small/**',
    'example.com/**/size=1',
    'example.com/**/size=*',
    '**/size=?',
    'example.com/{m/a,n}.BenchmarkY/small',
    'example.com/*.Benchmark[XY]/small',
  ];
  for (const glob of matching) assert.ok(canMatch(glob, ids), glob);
  const others = [
    'example.com/m.BenchmarkX',
    'BenchmarkX',
    'BenchmarkX/small',
    'example.com/n.BenchmarkX/*',
    '*.BenchmarkY',
  ];
  for (const glob of others) assert.ok(!canMatch(glob, ids), glob);
});
