import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listSubBenchmarks } from '../../src/syntax/sub-benchmarks.ts';

const list = (...lines: string[]): string[] | null =>
  listSubBenchmarks(`func BenchmarkX(b *testing.B) {\n${lines.join('\n')}\n}`);

test('names of sub-benchmarks are literals, on all levels', () => {
  assert.deepEqual(list('for b.Loop() {', 'work()', '}'), []);
  assert.deepEqual(
    list(
      'b.ReportAllocs() // b',
      'b.Run("small", func(b *testing.B) { work(b.N) })',
      'b.Run(`large`, func(c *testing.B) {',
      '\tc.Run("inner", func(*testing.B) {})',
      '})',
    ),
    ['small', 'large', 'inner'],
  );
});

test('the source does not tell if a name is computed, or something else may run sub-benchmarks', () => {
  for (const line of [
    'for _, one := range cases { b.Run(one.name, one.run) }',
    'b.Run("a" + suffix, work)',
    'b.Run(fmt.Sprint(1), work)',
    'b.Run("tab\\t", work)',
    'b.Run("", work)',
    'helper(b)',
    'suite{B: b}.all()',
    'run := b.Run',
    'other := b',
    '(b).Run("x", work)',
    'func(c *testing.B) { helper(c) }(nil)',
  ]) {
    assert.equal(list('b.Run("small", work)', line), null, line);
  }
  const cut = 'func BenchmarkX(b *testing.B) {\n/*\nfor {\n}';
  assert.equal(listSubBenchmarks(cut), null);
  assert.equal(listSubBenchmarks('func BenchmarkX(b *B) { b.Run(name, nil) }'), null);
  assert.equal(listSubBenchmarks('func BenchmarkX(b *testing.B) { " }'), null);
});
