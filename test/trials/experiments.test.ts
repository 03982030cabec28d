import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Report } from '../../src/report/model/schema.ts';
import type { Review } from '../../src/report/model/review.ts';
import { renderExperiments } from '../../src/report/terminal/experiments.ts';
import { applyFixes } from '../../src/cli/fix.ts';
import type { Cause } from '../../src/compare/cause.ts';
import type { Suggestion } from '../../src/rules/types.ts';
import { createChecker } from '../../src/trials/check.ts';
import { proveCauses } from '../../src/trials/experiments.ts';
import { offerTakeBacks } from '../../src/trials/last-resort.ts';
import { after, before } from '../support/hooks.ts';
import type { GoRepository } from '../support/go-repository.ts';
import { reviewChange } from '../support/local-review.ts';

/**
 * Benchmarks whose allocations have their causes on other lines. `TestText` wants what head does; the line that makes `share`
 * allocate also adds an exported function; `note` only got a line more.
 */
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
  'share.go': `package m

func Share(i int) int {
	var p [4]int
	p[1] = i
	return share(&p)
}

${head ? 'func share(p *[4]int) int { Sink = p; return 1 }\nfunc Shared() any          { return Sink }' : 'func share(p *[4]int) int { return p[1] }'}
`,
  'note.go': `package m

func Note(i int) int {
	var p [4]int
	p[1] = i
	return note(&p)
}

func note(p *[4]int) int {
${head ? '\tSink = p\n' : ''}	return p[1]
}
`,
  'old.go': `package m

func Old(i int) int {
	var p [4]int
	p[1] = i
	return old(&p)
}

func old(p *[4]int) int {
	${head ? 'Sink = p' : 'p[0]++'}
	return p[0]
}
`,
  'own.go': `package m

var Small *byte

func tiny(n int) {
	for j := range n {
		b := byte(j)
		Small = &b
	}
}

func Own(i int) int {
	${head ? 'Sink = &[3]int{i}' : 'Sink = nil'}
	i++
	tiny(${head ? 4 : 0})
	return i
}
`,
  'm_test.go': `package m

import "testing"

func TestKeep(t *testing.T) {
	if Keep(3) < 0 {
		t.Fatal("negative")
	}
}
${head ? '\nfunc TestText(t *testing.T) {\n\tif Text(3) == 4 {\n\t\tt.Fatal("only a name")\n\t}\n}\n' : ''}
${['Keep', 'Text', 'Twice', 'Share', 'Note', 'Own', ...(head ? [] : ['Old'])]
  .map(
    (name) => `func Benchmark${name}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${name}(i)\n\t}\n}\n`,
  )
  .join('\n')}`,
});

/** A cause that the inference might have named: a changed line that nothing depends on. */
const wrong: Cause = { kind: 'caller', file: 'keep.go', line: 8, text: '', via: [] };

/** A remedy that passed for the finding with the wrong cause. */
const remedied: Suggestion = {
  remedy: 'some-remedy',
  file: 'none.go',
  first: 1,
  last: 1,
  replacement: [],
  patch: '',
  benchmark: 'example.com/m.BenchmarkKeep',
  unit: 'allocs/op',
  before: 1,
  after: 0,
  tests: 1,
};

let repository: GoRepository | null = null;
let told = '';
let first: Review | null = null;
let labDir = '';
let report: Report | null = null;

before(async () => {
  ({ repository, report } = await reviewChange(files(false), files(true), {
    extend: async (found, _config, lab) => {
      first = found;
      labDir = lab.dir;
      const keep = found.findings.find(({ file }) => file === 'keep.go');
      const more = keep ? [{ ...keep, id: 'wrong', cause: wrong, suggestion: remedied }] : [];
      const proved = await proveCauses({ ...found, findings: [...found.findings, ...more] }, lab, {
        budgetMs: 600_000,
      });
      const tried = await offerTakeBacks(proved, lab, 600_000, createChecker(lab));
      assert.deepEqual(existsSync(lab.dir) ? readdirSync(lab.dir) : [], [], 'what was tried is gone');
      told = await applyFixes(tried, lab.toplevel);
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
  return { ...found.experiment, message: found.message, suggestion: found.suggestion };
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

test('as a last resort, the lines of a proved cause are offered as they were', async () => {
  const { suggestion } = experimentOf('keep.go');
  assert.ok(suggestion);
  const { patch, ...rest } = suggestion;
  assert.deepEqual(rest, {
    remedy: 'take-back',
    file: 'keep.go',
    first: 11,
    last: 11,
    replacement: ['\tp[0]++'],
    benchmark: 'example.com/m.BenchmarkKeep',
    unit: 'allocs/op',
    before: 1,
    after: 0,
    tests: 2,
  });
  assert.match(patch, /^-\tSink = p\n\+\tp\[0\]\+\+$/mu);
  assert.match(
    told,
    /^Not written, because it takes a part of the change back: keep\.go:11, old\.go:10, own\.go:15\.$/mu,
  );
  assert.ok(repository);
  assert.match(await readFile(`${repository.dir}/keep.go`, 'utf8'), /Sink = p/u);
});

test('it is not offered where a test fails, something exported would go, or lines were only added', () => {
  for (const file of ['text.go', 'share.go', 'note.go']) {
    const { outcome, suggestion } = experimentOf(file);
    assert.equal(outcome, 'proved', file);
    assert.equal(suggestion, undefined, file);
  }
});

test('it is not offered where a remedy passed, or where it is only a part of the cost', () => {
  assert.deepEqual(experimentOf('keep.go', 'wrong').suggestion, remedied);
  assert.equal(experimentOf('split.go').suggestion, undefined);
});

test('a benchmark that head deleted is run as base has it', () => {
  const { outcome, benchmark, trials } = experimentOf('old.go');
  assert.deepEqual([outcome, benchmark], ['proved', 'example.com/m.BenchmarkOld']);
  assert.deepEqual(
    trials.map(({ lines, value }) => [lines[0]?.first, value]),
    [[10, 0]],
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

test('a cost that the lines of the profile do not add up to is split, too', () => {
  const found = report?.findings.find(({ function: name, cause }) => name === 'Own' && cause === null);
  assert.deepEqual(
    [found?.experiment?.added, found?.experiment?.trials.map(({ lines, value }) => [lines[0]?.first, value])],
    [
      5,
      [
        [13, 4],
        [15, 1],
      ],
    ],
    JSON.stringify(report?.findings),
  );
  assert.match(
    found?.message ?? '',
    /split the \+5 allocs\/op among these changes: own\.go:13: 1; own\.go:15: 4\./u,
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
  assert.match(renderExperiments(report, []), /^\nExperiments: \d+ in \d+ s\./u);
});
