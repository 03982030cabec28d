import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Report } from '../../src/report/model/schema.ts';
import type { Review } from '../../src/report/model/review.ts';
import { renderExperiments } from '../../src/report/terminal/experiments.ts';
import type { Cause } from '../../src/compare/cause.ts';
import { proveCauses } from '../../src/trials/experiments.ts';
import { after, before } from '../support/hooks.ts';
import type { GoRepository } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';

/** Four benchmarks whose allocations have their causes in other files; `wrong` gets a cause that is none. */
const files = (head: boolean): Record<string, string> => ({
  'go.mod': 'module example.com/m\n\ngo 1.24\n',
  'keep.go': `package m

var Sink any

func New(i int) any { return i }
${head ? '\n// Filler has nothing to do with anything.\nfunc Filler() int { return 1 }\n' : ''}
func keep(p *[4]int) int {
	${head ? 'Sink = p' : 'p[0]++'}
	return p[0]
}

func Keep(i int) int {
	var p [4]int
	p[1] = i
	return keep(&p)
}
`,
  'text.go': `package m
${head ? '\nimport "fmt"\n' : ''}
func text(p *[8]int) string {
	${head ? 'return fmt.Sprint(p)' : 'return name(p)'}
}
${head ? '' : '\nfunc name(p *[8]int) string { return "name" }\n'}
func Text(i int) int {
	var p [8]int
	p[1] = i
	return len(text(&p))
}
`,
  'split.go': `package m

func twice(p *[4]int, q *[2]int) int {
	${head ? 'Sink = p' : 'p[0]++'}
	p[1]++
	${head ? 'Sink = q' : 'q[0]++'}
	return p[0] + q[0]
}

func Twice(i int) int {
	var p [4]int
	var q [2]int
	p[1], q[1] = i, i
	return twice(&p, &q)
}
`,
  'm_test.go': `package m

import "testing"

${['Keep', 'Text', 'Twice']
  .map(
    (name) => `func Benchmark${name}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${name}(i)\n\t}\n}\n`,
  )
  .join('\n')}`,
});

/** A cause that the inference might have named: a changed line that nothing depends on. */
const wrong: Cause = { kind: 'caller', file: 'keep.go', line: 8, text: '', via: [] };

let repository: GoRepository | null = null;
let first: Review | null = null;
let labDir = '';
let report: Report | null = null;

before(async () => {
  ({ repository, report } = await reviewChange(files(false), files(true), {
    extend: async (found, _config, lab) => {
      first = found;
      labDir = lab.dir;
      const keep = found.findings.find(({ file }) => file === 'keep.go');
      const more = keep ? [{ ...keep, id: 'wrong', cause: wrong }] : [];
      const tried = await proveCauses({ ...found, findings: [...found.findings, ...more] }, lab, {
        budgetMs: 600_000,
      });
      assert.deepEqual(existsSync(lab.dir) ? readdirSync(lab.dir) : [], [], 'what was tried is gone');
      return tried;
    },
  }));
});
after(() => repository?.remove());

const experimentOf = (file: string, id?: string) => {
  const found = report?.findings.find(
    (one) => one.file === file && one.experiment && (id === undefined || one.id === id),
  );
  assert.ok(found?.experiment, `${file}: ${JSON.stringify(report?.findings)}`);
  return { ...found.experiment, message: found.message };
};

test('the first verdict does not wait: it has no experiments', () => {
  assert.ok(first && first.findings.length > 0);
  assert.ok(first.findings.every(({ experiment }) => experiment === undefined));
  assert.equal(existsSync(labDir), false);
});

test('a cause is proved when the allocation goes with it', () => {
  const { outcome, trials, unit, head, message } = experimentOf('keep.go');
  assert.deepEqual([outcome, unit, head], ['proved', 'allocs/op', 1]);
  assert.deepEqual(trials, [
    { lines: [{ file: 'keep.go', first: 11, last: 11, deleted: false }], outcome: 'gone', value: 0 },
  ]);
  assert.match(
    message,
    /Proved by experiment: with keep\.go:11 as before, BenchmarkKeep makes 0 allocs\/op instead of 1\./u,
  );
});

test('what the compiler misses without a change is taken back with it', () => {
  const { outcome, trials } = experimentOf('text.go');
  assert.equal(outcome, 'proved');
  assert.equal(trials[0]?.value, 0);
  assert.ok((trials[0]?.lines.length ?? 0) >= 2, 'the import and the helper come along');
});

test('several causes split the cost', () => {
  const { outcome, added, trials, message } = experimentOf('split.go');
  assert.deepEqual([outcome, added], ['partly', 2]);
  assert.deepEqual(
    trials.map(({ lines, value }) => [lines[0]?.first, value]),
    [
      [4, 1],
      [6, 1],
    ],
  );
  assert.match(
    message,
    /Experiments split the \+2 allocs\/op among these changes: split\.go:4: 1; split\.go:6: 1\./u,
  );
});

test('a wrong cause is refuted, and the right one is found by halving', () => {
  const { outcome, trials, message } = experimentOf('keep.go', 'wrong');
  assert.equal(outcome, 'refuted');
  assert.equal(trials[0]?.outcome, 'same');
  assert.deepEqual(
    trials
      .slice(1)
      .map(({ outcome: found, lines }) => [found, lines.map(({ file, first: line }) => `${file}:${line}`)]),
    [['gone', ['keep.go:11']]],
  );
  assert.match(
    message,
    /does not confirm this cause: with keep\.go:7–9 as before, BenchmarkKeep still makes 1 allocs\/op\. The allocation disappears with keep\.go:11 as before/u,
  );
});

test('the report says it below the text', () => {
  assert.ok(report);
  assert.match(renderExperiments(report), /^\nExperiments: \d+ in \d+ s\./u);
});
