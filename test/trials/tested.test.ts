import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReport } from '../../src/report/data/report.ts';
import type { Report } from '../../src/report/model/schema.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { offerBenchmarks } from '../../src/trials/skeletons.ts';
import { measureTests } from '../../src/trials/tested.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type GoRepository } from '../support/go-repository.ts';

/**
 * `Parse` allocates more, `Quiet` is only written otherwise, `Fast` is what the benchmark runs, and of `Branch` only what
 * does not allocate; the compiler moves a variable of `Small` to the heap, but it has no size; `Keep` and `Wait` are run
 * by nothing. A benchmark that fails runs `Parse`, too, which measures nothing.
 */
const files = (head: boolean): Record<string, string> => ({
  'go.mod': 'module example.com/m\n\ngo 1.24\n',
  'm.go': `package m

var Sink any

func Parse(text string) int {
	${head ? 'key := []byte(text)\n\tSink = &key\n\treturn len(key)' : 'return len(text)'}
}

func Quiet(text string) int {
	${head ? 'sum := 0\n\tfor i := range text {\n\t\tsum += i\n\t}\n\treturn sum' : 'sum := 0\n\tfor at := range text {\n\t\tsum += at\n\t}\n\treturn sum'}
}

//go:noinline
func hold(p *[0]int) {
	${head ? 'Sink = p' : '_ = p'}
}

func Small(n int) int {
	var mark [0]int
	hold(&mark)
	return n
}

func Keep(text string, n int) int {
	${head ? 'key := []byte(text)\n\tSink = &key\n\treturn len(key) + n' : 'return len(text) + n'}
}

func Wait(c chan string) int {
	${head ? 'key := []byte(<-c)\n\tSink = &key\n\treturn len(key)' : 'return len(<-c)'}
}

func Fast(i int) int {
	${head ? 'return i + 2' : 'return i + 1'}
}

func Branch(text string) int {
	if len(text) > 3 {
		${head ? 'key := []byte(text)\n\t\tSink = &key\n\t\treturn len(key)' : 'return len(text)'}
	}
	return 0
}
`,
  'm_test.go': `package m

import "testing"

var ran bool

func TestParse(t *testing.T) {
	for range 12 {
		Parse("a key of some length")
	}
	Quiet("abc")
	for range 3 {
		Branch("")
		Branch("a long key")
	}
}

func TestSmall(t *testing.T) {
	for n := range 10 {
		Small(n)
	}
}

func ExampleQuiet() {
	Quiet("abc")
	// Output:
}

func TestOnce(t *testing.T) {
	if ran {
		t.Fatal("again")
	}
	ran = true
	for range 40 {
		Parse("another key")
	}
}

func TestFails(t *testing.T) { t.Fatal("no network") }
${head ? '\nfunc TestNew(t *testing.T) { Parse("new") }\n' : ''}
func BenchmarkFast(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Fast(i)
		Branch("")
	}
}

func BenchmarkFails(b *testing.B) {
	Parse("a key")
	b.Fatal("no data")
}
`,
});

let repository: GoRepository | null = null;
let report: Report | null = null;

before(async () => {
  repository = await createGoRepository();
  const base = await repository.commit(files(false));
  const head = await repository.commit(files(true));
  const { signal } = new AbortController();
  const { result, config } = await reviewLocal({
    dir: repository.dir,
    base,
    head,
    signal,
    onProgress: () => {},
    extend: async (found, _config, lab) =>
      offerBenchmarks(await measureTests(found, lab, 600_000), lab, 600_000),
  });
  report = planReport(result, config);
});
after(() => repository?.remove());

test('what no benchmark runs is measured by the tests that call it', () => {
  const tested = report?.findings.filter((one) => one.tested?.function === 'Parse') ?? [];
  assert.deepEqual(
    tested.map(({ tested: cost }) => cost && [cost.function, cost.test, cost.calls, cost.objects]),
    [['Parse', 'example.com/m.TestParse', 12, 2]],
    JSON.stringify(report),
  );
  assert.ok(tested.every(({ file, line, gates }) => file === 'm.go' && line >= 6 && line <= 7 && !gates));
  assert.ok(
    !report?.findings.some((one) => one.evidence === 'possible' && one.function === 'Parse'),
    'what is measured is not merely possible',
  );
});

test('a branch that no benchmark runs is measured by the tests that run it', () => {
  const tested = report?.findings.filter((one) => one.tested?.function === 'Branch') ?? [];
  assert.deepEqual(
    tested.map(({ file, line, tested: cost }) => [
      file,
      line === cost?.line,
      cost?.test,
      cost?.calls,
      cost?.objects,
    ]),
    [['m.go', true, 'example.com/m.TestParse', 3, 2]],
    JSON.stringify(report),
  );
  assert.match(
    tested[0]?.message ?? '',
    /^\+2 objects, .* each time Branch runs line \d+, seen in TestParse \(3 times\)/u,
  );
});

test('a possible finding says that tests ran its line and saw no allocation', () => {
  const [own, ...others] = report?.findings.filter((one) => one.function === 'Small') ?? [];
  assert.deepEqual([own?.evidence, own?.quietTests, others], ['possible', { tests: 1, runs: 10 }, []]);
  assert.match(own?.message ?? '', /, but 1 test ran this line 10 times and saw no allocation\./u);
  assert.equal(own?.ownBenchmark, undefined, 'it is measured already');
  const isSaid = (one: Report['findings'][number]): boolean => one.quietTests !== undefined;
  assert.equal(report?.findings.filter(isSaid).length, 1);
});

test('tests that cannot tell are named', () => {
  const warnings = report?.warnings.filter((one) => one.includes('measured nothing')) ?? [];
  assert.ok(
    warnings.some((one) => one.startsWith('TestFails of example.com/m')),
    JSON.stringify(report?.warnings),
  );
  assert.ok(
    warnings.some((one) => one.startsWith('TestOnce of example.com/m') && one.includes('several times')),
  );
});

test('what no test runs either gets a benchmark, which was run on both sides', () => {
  const own = report?.findings.find((one) => one.function === 'Keep')?.ownBenchmark;
  assert.ok(own && 'code' in own, JSON.stringify(report?.findings));
  assert.match(
    own.code,
    /func BenchmarkKeep\(b \*testing\.B\) \{[^}]*for b\.Loop\(\) \{\n\t\tsinkKeep = Keep\("/u,
  );
  assert.deepEqual([own.from, own.base, own.head.allocs], [null, { allocs: 0, bytes: 0 }, 2]);
});

test('whose parameters cannot be made gets none, and says so', () => {
  const own = report?.findings.find((one) => one.function === 'Wait')?.ownBenchmark;
  assert.deepEqual(own, {
    function: 'Wait',
    problem: { kind: 'unwritable', what: 'parameter', name: 'c', type: 'chan string' },
  });
});

test('of base’s tests those count that compile at head, whatever else changed in the tests', async () => {
  const own = await createGoRepository();
  try {
    const write = (head: boolean): Record<string, string> => ({
      'go.mod': 'module example.com/m\n\ngo 1.24\n',
      'm.go': `package m

var Sink any

func sized(${head ? 'n, cap int' : 'n int'}) []int { return make([]int, n${head ? ', cap' : ''}) }

func Fill(n int) { Sink = sized(n${head ? ', 100*n' : ''}) }
`,
      'm_test.go': `package m

import "testing"

func TestSized(t *testing.T) { Sink = sized(3${head ? ', 30' : ''}) }

var cases = make([]int, ${head ? 3 : 2})

func check(t *testing.T) { ${head ? 't.Log(len(cases))' : 't.Helper()'} }

func TestFill(t *testing.T) {
	for range 5 {
		Fill(8)
	}
	check(t)
}
`,
    });
    const base = await own.commit(write(false));
    const head = await own.commit(write(true));
    const { signal } = new AbortController();
    const { result } = await reviewLocal({
      dir: own.dir,
      base,
      head,
      signal,
      onProgress: () => {},
      extend: (found, _config, lab) => measureTests(found, lab, 600_000),
    });
    const tested = result.findings.flatMap((one) => one.tested ?? []);
    assert.deepEqual(
      tested.map(({ test: name, calls, objects }) => [name, calls, objects]),
      [['example.com/m.TestFill', 5, 0]],
      JSON.stringify(result.warnings),
    );
    assert.ok((tested[0]?.bytes ?? 0) > 6000);
  } finally {
    await own.remove();
  }
});
