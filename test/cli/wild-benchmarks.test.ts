import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createModule, reviewPair, verdictOf, worse } from './support.ts';

test('benchmarks that fail, panic, exit or print junk end in a row or a warning, and the rest runs', async () => {
  const wild = `package m

import (
	"fmt"
	"os"
	"testing"
)

func BenchmarkExit(b *testing.B)  { os.Exit(0) }
func BenchmarkFail(b *testing.B)  { b.Fatal("no database") }
func BenchmarkPanic(b *testing.B) { panic("no luck") }
func BenchmarkSkip(b *testing.B)  { b.Skip("no network") }
func BenchmarkJunk(b *testing.B) {
	for i := 0; i < b.N; i++ {
		fmt.Println("BenchmarkForged-2 100 1 ns/op 0 B/op 9 allocs/op")
		fmt.Print("junk")
		sink = Key(sink[:0], 1000+i)
	}
}
func BenchmarkSub(b *testing.B) {
	b.Run("n=1/a b", func(b *testing.B) {
		for b.Loop() {
			sink = Key(sink[:0], 1000+len(sink))
		}
		b.ReportMetric(7, "things/op")
	})
}
func BenchmarkParallel(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		buf := make([]byte, 0, 64)
		for pb.Next() {
			buf = Key(buf[:0], 1000+len(buf))
		}
	})
}
`;
  const { status, report } = await reviewPair(
    createModule(undefined, { 'wild_test.go': wild }),
    createModule(worse, { 'wild_test.go': wild }),
  );
  assert.equal(status, 1);
  const warnings = report.warnings.join('\n');
  assert.match(
    warnings,
    /BenchmarkExit ended the test binary on both sides and was not compared: .*os\.Exit/,
  );
  assert.match(
    warnings,
    /BenchmarkFail failed on both sides and was not compared: wild_test\.go:10: no database/,
  );
  assert.match(warnings, /BenchmarkPanic panicked on both sides and was not compared: panic: no luck$/m);
  for (const name of ['BenchmarkKey', 'BenchmarkSub/n=1/a_b', 'BenchmarkParallel']) {
    assert.equal(verdictOf(report, name), 'regression', name);
  }
  assert.equal(verdictOf(report, 'BenchmarkForged'), undefined);
  const sub = report.benchmarks.find((one) => one.name === 'BenchmarkSub/n=1/a_b');
  assert.equal(sub?.samples.head['things/op']?.[0], 7);
});

test('a new benchmark that fails only when it runs longer is reported', async () => {
  const late = `package m

import "testing"

func BenchmarkLate(b *testing.B) {
	if b.N > 150 {
		b.Fatal("too many")
	}
	for i := 0; i < b.N; i++ {
		sink = Key(sink[:0], 1000+i)
	}
}
`;
  const { report } = await reviewPair(createModule(), createModule(undefined, { 'late_test.go': late }));
  assert.equal(verdictOf(report, 'BenchmarkLate'), undefined);
  assert.match(report.warnings.join('\n'), /BenchmarkLate failed at head and was not compared: .*too many/);
});
