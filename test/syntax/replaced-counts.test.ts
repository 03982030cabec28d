import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findReplacedCounts } from '../../src/syntax/replaced-counts.ts';
import { processorTime } from '../support/processor-time.ts';

const found = (...texts: string[]): string[] => [...findReplacedCounts(texts)].sort();

test('functions that report allocs/op or B/op themselves, and their callers in any test file', () => {
  const one = 'func BenchmarkA(b *testing.B) {\n\tb.ReportMetric(float64(n)/float64(b.N), "allocs/op")\n}\n';
  const helper = 'func (s *suite) hide(b *testing.B) {\n\tb.ReportMetric(0, "B/op")\n}\n';
  const outer = 'func run(b *testing.B) { s.hide(b) }\n\nfunc BenchmarkB(b *testing.B) {\n\trun(b)\n}\n';
  assert.deepEqual(found(one, helper, outer), ['BenchmarkA', 'BenchmarkB', 'hide', 'run']);
});

test('other units and other functions replace nothing', () => {
  const time =
    'func BenchmarkA(b *testing.B) {\n\tb.ReportMetric(0, "ns/op")\n\tb.ReportMetric(2, "widgets/op")\n}\n';
  const other =
    'func BenchmarkB(b *testing.B) {\n\tprint("allocs/op")\n}\n\nfunc hide() {}\n\nfunc BenchmarkC() { hideAll() }\n';
  assert.deepEqual(found(time, other), []);
});

test('ten times as long a test file takes about ten times as long', () => {
  const timeOf = (count: number): number => {
    const line = `func A() {${'.ReportMetric('.repeat(count)}${'x'.repeat(count)}}\n`;
    const chain = Array.from({ length: count }, (_, at) => `func F${at}() { F${at + 1}() }\n`).join('');
    return processorTime(() =>
      findReplacedCounts([line, `${chain}func F${count}() { b.ReportMetric(0, "B/op") }\n`]),
    );
  };
  assert.ok(timeOf(20_000) < 40 * Math.max(timeOf(2000), 1));
});
