import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { planReport } from '../../src/report/data/report.ts';
import type { Report } from '../../src/report/model/schema.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { measureTests } from '../../src/trials/tested.ts';
import { createGoRepository, type GoRepository } from '../support/go-repository.ts';

/** `Parse` allocates more, `Quiet` is only written otherwise, `Fast` is what the benchmark runs. */
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

func Fast(i int) int {
	${head ? 'return i + 2' : 'return i + 1'}
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
	}
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
    extend: (found, _config, lab) => measureTests(found, lab, 600_000),
  });
  report = planReport(result, config);
});
after(() => repository?.remove());

test('what no benchmark runs is measured by the tests that call it', () => {
  const tested = report?.findings.filter(({ evidence }) => evidence === 'tested') ?? [];
  assert.deepEqual(
    tested.map(({ tested: cost }) => cost && [cost.function, cost.test, cost.calls, cost.objects]),
    [['Parse', 'example.com/m.TestParse', 12, 2]],
    JSON.stringify(report),
  );
  assert.ok(tested.every(({ file, line, gates }) => file === 'm.go' && line >= 6 && line <= 7 && !gates));
  assert.ok(
    !report?.findings.some(({ evidence }) => evidence === 'possible'),
    'what is measured is not merely possible',
  );
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
