import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delta } from '../../src/compare/types.ts';
import type { Review } from '../../src/report/model/review.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { after, before } from '../support/hooks.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';

// What a careless comparison would call a regression or lose, each as one benchmark. `head` makes all of them differ.
const goMod = 'module example.com/m\n\ngo 1.24\n';

function library(head: boolean): string {
  return `package m

import (
	"math/rand/v2"
	"sync"
)

const isHead = ${head}

var Sink any

func SetUpSize() int {
	if isHead {
		return 30000
	}
	return 10
}

var once sync.Once

// Lazy allocates a lot at its first call when it is head.
func Lazy() {
	once.Do(func() {
		if isHead {
			for i := range 5000 {
				Sink = new([64]byte)
				_ = i
			}
		}
	})
}

// Rounded allocates 2.99 times per call on average, or 3 times.
func Rounded(i int) {
	Sink = new([32]byte)
	Sink = new([32]byte)
	if isHead || i%100 != 0 {
		Sink = new([32]byte)
	}
}

// Random allocates 10 to 30 times.
func Random() {
	for range 10 + rand.IntN(20) {
		Sink = new([32]byte)
	}
}

func Once() { Sink = new([32]byte) }

// Real allocates once more in head.
func Real() {
	Sink = new([32]byte)
	if isHead {
		Sink = new([32]byte) // the new one
	}
}

// Tiny allocates one more byte-sized object in head: sixteen of them share a block.
func Tiny(i int) {
	if isHead {
		b := byte(i)
		Sink = &b
	}
}

// Fewer allocates ten times less in head.
func Fewer() {
	if !isHead {
		for range 10 {
			Sink = new([32]byte)
		}
	}
}

func Bytes() {
	if isHead {
		Sink = new([4096]byte)
	} else {
		Sink = new([32]byte)
	}
}

// Boxed allocates for integers from 256 on only, so that its average stays just below one.
func Boxed(i int) {
	if isHead {
		Sink = i
	}
}

// Keep lets its argument escape in head: the caller's variable moves to the heap, in the caller.
func Keep(p *[32]byte) {
	${head ? 'Sink = p' : 'p[0] = 1'}
}

func Mode() bool { return isHead }
`;
}

const benchmarks = `package m

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func BenchmarkSetUp(b *testing.B) {
	for range SetUpSize() {
		Sink = new([32]byte)
	}
	for i := 0; i < b.N; i++ {
		Once()
	}
}

func BenchmarkLazy(b *testing.B) {
	for b.Loop() {
		Lazy()
	}
}

func BenchmarkRounded(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Rounded(i)
	}
}

func BenchmarkRandom(b *testing.B) {
	for b.Loop() {
		Random()
	}
}

func BenchmarkReal(b *testing.B) {
	for b.Loop() {
		Real()
	}
}

func BenchmarkTiny(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Tiny(i + 256)
	}
}

func BenchmarkFewer(b *testing.B) {
	for b.Loop() {
		Fewer()
	}
}

func BenchmarkBytes(b *testing.B) {
	for b.Loop() {
		Bytes()
	}
}

func BenchmarkParallel(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			Real()
		}
	})
}

func BenchmarkMetric(b *testing.B) {
	for b.Loop() {
		Once()
	}
	b.ReportMetric(2.5, "widgets/op")
}

func BenchmarkSub(b *testing.B) {
	for _, name := range []string{"a b", "a b", "x/y=1|2", "(.*)"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Real()
			}
		})
	}
}

func BenchmarkSlow(b *testing.B) {
	for b.Loop() {
		time.Sleep(150 * time.Millisecond)
		Real()
	}
}

func BenchmarkSkipped(b *testing.B) { b.Skip("not here") }

func BenchmarkFailsInHead(b *testing.B) {
	if Mode() {
		b.Fatal("the database is not there")
	}
	for b.Loop() {
		Once()
	}
}

func BenchmarkPanicsInHead(b *testing.B) {
	if Mode() {
		panic("boom")
	}
	for b.Loop() {
		Once()
	}
}

func BenchmarkExitsInHead(b *testing.B) {
	if Mode() {
		os.Exit(0)
	}
	for b.Loop() {
		Once()
	}
}

func BenchmarkPrints(b *testing.B) {
	fmt.Println("BenchmarkForged-2 \\t 1000\\t 1 ns/op\\t 0 B/op\\t 99 allocs/op")
	fmt.Print("no newline")
	for b.Loop() {
		Once()
	}
}

func BenchmarkForgesItself(b *testing.B) {
	fmt.Println("BenchmarkForgesItself-2 \\t 1000\\t 1 ns/op\\t 0 B/op\\t 0 allocs/op")
	for b.Loop() {
		Real()
	}
}

func BenchmarkBoxed(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Boxed(i)
	}
}

func BenchmarkCaller(b *testing.B) {
	for b.Loop() {
		var local [32]byte
		Keep(&local)
	}
}

func BenchmarkZLast(b *testing.B) {
	for b.Loop() {
		Real()
	}
}
`;

let repository: GoRepository;
let result: Review;

async function compare(base: Files, head: Files): Promise<Review> {
  const baseSha = await repository.commit(base);
  const headSha = await repository.commit(head);
  const { signal } = new AbortController();
  const commits = { dir: repository.dir, base: baseSha, head: headSha };
  const options = { ...commits, config: WITHOUT_REACH, signal, onProgress: () => {} };
  return (await reviewLocal(options)).result;
}

function delta(name: string): Delta {
  const found = result.deltas.find((one) => one.name === name);
  assert.ok(found, `no row for ${name}: ${result.deltas.map((one) => one.name).join(', ')}`);
  return found;
}

before(async () => {
  repository = await createGoRepository();
  const side = (head: boolean): Files => ({
    'go.mod': goMod,
    'm.go': library(head),
    'm_test.go': benchmarks,
  });
  result = await compare(side(false), side(true));
});

after(() => repository.remove());

test('a real new allocation is a regression with exact counts, in every kind of loop', () => {
  for (const name of ['BenchmarkReal', 'BenchmarkSlow', 'BenchmarkZLast']) {
    assert.equal(delta(name).verdict, 'regression', name);
    assert.deepEqual(delta(name).allocsPerOp, { base: 1, head: 2, delta: 1 }, name);
  }
  assert.equal(delta('BenchmarkParallel').verdict, 'regression');
});

test('the site of a regression is the line that allocates', () => {
  const [site] = delta('BenchmarkReal').sites;
  const line =
    library(true)
      .split('\n')
      .findIndex((text) => text.includes('the new one')) + 1;
  assert.deepEqual([site?.position.file, site?.position.line], ['m.go', line]);
  assert.equal(Math.round(site?.objectsPerOp.head ?? 0), 1);
});

test('sub-benchmarks are rows of their own, whatever their names hold', () => {
  const names = result.deltas.map((one) => one.name).filter((name) => name.startsWith('BenchmarkSub'));
  assert.deepEqual(names.sort(), [
    'BenchmarkSub/(.*)',
    'BenchmarkSub/a_b',
    'BenchmarkSub/a_b#01',
    'BenchmarkSub/x/y=1|2',
  ]);
  for (const name of names) assert.equal(delta(name).verdict, 'regression', name);
});

test('0 to N is a regression also where the profile undercounts tiny objects', () => {
  assert.equal(delta('BenchmarkTiny').verdict, 'regression');
  assert.deepEqual(delta('BenchmarkTiny').allocsPerOp, { base: 0, head: 1, delta: 1 });
});

test('bytes alone are a regression over their threshold', () => {
  assert.equal(delta('BenchmarkBytes').verdict, 'regression');
  assert.equal(delta('BenchmarkBytes').allocsPerOp.delta, 0);
});

test('fewer allocations are an improvement', () => {
  assert.deepEqual(delta('BenchmarkFewer').allocsPerOp, { base: 10, head: 0, delta: -10 });
  assert.equal(delta('BenchmarkFewer').verdict, 'improvement');
});

test('set-up work and lazy initialisation raise nothing', () => {
  assert.equal(delta('BenchmarkSetUp').verdict, 'unchanged');
  assert.equal(delta('BenchmarkLazy').verdict, 'unchanged');
});

test('2.99 against 3.00 allocations is rounding, not a regression', () => {
  assert.equal(delta('BenchmarkRounded').verdict, 'unchanged');
  assert.equal(delta('BenchmarkRounded').reason?.kind, 'truncation');
});

test('a benchmark whose counts vary is never a regression', () => {
  assert.ok(['unchanged', 'noisy'].includes(delta('BenchmarkRandom').verdict));
});

test('custom metrics are kept', () => {
  assert.deepEqual([...new Set(delta('BenchmarkMetric').samples.head['widgets/op'])], [2.5]);
});

test('a benchmark that fails, panics or exits on one side is a row that says so, and the rest still runs', () => {
  const kinds = ['Fails', 'Panics', 'Exits'].map((how) => {
    const { verdict, reason } = delta(`Benchmark${how}InHead`);
    assert.equal(verdict, 'noisy');
    return reason?.kind === 'failed' ? [reason.side, reason.failure.kind] : null;
  });
  assert.deepEqual(kinds, [
    ['head', 'failed'],
    ['head', 'panicked'],
    ['head', 'exited'],
  ]);
});

test('a skipped benchmark is a warning on both sides, the only ones', () => {
  const skips = result.warnings.map((one) => (one.kind === 'benchmark' ? [one.side, one.failure.name] : one));
  assert.deepEqual(skips, [
    ['base', 'BenchmarkSkipped'],
    ['head', 'BenchmarkSkipped'],
  ]);
});

test('an allocation that rounding hides is a regression', () => {
  const { verdict, allocsPerOp, reason } = delta('BenchmarkBoxed');
  assert.deepEqual([verdict, reason?.kind], ['regression', 'hidden-by-rounding']);
  assert.deepEqual(allocsPerOp, { base: 0, head: 1, delta: 1 });
});

test('an allocation on the benchmark’s own line is blamed on what made it escape', () => {
  const finding = result.findings.find((one) =>
    one.benchmarks.some(({ name }) => name === 'BenchmarkCaller'),
  );
  assert.equal(delta('BenchmarkCaller').verdict, 'regression');
  assert.equal(finding?.cause?.file, 'm.go');
});

test('rows that a benchmark prints, of others or of its own, make it noisy and nobody else', () => {
  for (const name of ['BenchmarkPrints', 'BenchmarkForgesItself']) {
    const { verdict, reason } = delta(name);
    assert.deepEqual([verdict, reason?.kind], ['noisy', 'inconsistent-output'], name);
  }
  assert.ok(!result.deltas.some((one) => one.name === 'BenchmarkForged'));
});

test('every regression has its findings, every benchmark that breaks one of its own, and nothing else has any', () => {
  const byName = result.findings.flatMap(({ evidence, benchmarks }) =>
    benchmarks.map(({ name }) => [name, evidence === 'broken'] as const),
  );
  const regressed = result.deltas.filter((one) => one.verdict === 'regression').map((one) => one.name);
  const broken = ['BenchmarkExitsInHead', 'BenchmarkFailsInHead', 'BenchmarkPanicsInHead'];
  const expected = new Map(broken.map((name) => [name, true]));
  for (const name of regressed) expected.set(name, false);
  assert.deepEqual(new Map(byName), expected);
});
