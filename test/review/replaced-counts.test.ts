import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reviewChange } from '../support/local-review.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';

const MODULE = 'module example.com/m\n\ngo 1.24\n';
const BENCHMARKS = `package m

import "testing"

var n int

func hide(b *testing.B) {
	b.ReportMetric(0, "B/op")
	b.ReportMetric(0, "allocs/op")
}

func BenchmarkHidden(b *testing.B) {
	for b.Loop() {
		n += F(n)
	}
	hide(b)
}
`;

test('a benchmark that prints its own counts instead of those of Go was not compared', async (t) => {
  const side = (code: string) => ({
    'go.mod': MODULE,
    'm.go': `package m\n\nvar last *int\n\n${code}`,
    'm_test.go': BENCHMARKS,
  });
  const { repository, report } = await reviewChange(
    side('func F(n int) int { return n }\n'),
    side('func F(n int) int {\n\tlast = &n\n\treturn n\n}\n'),
    { config: WITHOUT_REACH },
  );
  t.after(() => repository.remove());
  assert.equal(report.verdict, 'neutral');
  assert.deepEqual(
    report.unmeasured.map(({ kind, name }) => [kind, name]),
    [['replaced', 'BenchmarkHidden']],
  );
});
