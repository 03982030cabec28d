import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delta } from '../../src/compare/types.ts';
import type { Review } from '../../src/report/model/review.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { after, before } from '../support/hooks.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';

const lean = (name: string, more = ''): string =>
  `package ${name}\n\nvar Sink any\n\nfunc F(i int) int { return i + 1 }\n${more}`;
const wasteful = (name: string, more = ''): string =>
  `package ${name}\n\nvar Sink any\n\nfunc F(i int) int {\n\tSink = new([32]byte)\n\treturn i + 1\n}\n${more}`;

const header = (name: string): string => `package ${name}\n\nimport "testing"\n\n`;
const loop = (name: string, body: string): string =>
  `func Benchmark${name}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${body}\n\t}\n}\n\n`;

/** What a benchmark can learn of where and as what it runs, each as a number. */
const lookAround = `package around

import (
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"testing"
)

func report(b *testing.B, text, unit string) {
	b.ReportMetric(float64(crc32.ChecksumIEEE([]byte(text))), unit)
	b.ReportMetric(float64(len(text)), unit+"-length")
	for _, word := range []string{"base", "head"} {
		if strings.Contains(text, word) {
			b.ReportMetric(1, unit+"-has-"+word)
		}
	}
}

func BenchmarkF(b *testing.B) {
	for i := 0; i < b.N; i++ {
		F(i)
	}
	var arguments []string
	for _, one := range os.Args {
		if !strings.HasPrefix(one, "-test.memprofile=") {
			arguments = append(arguments, one)
		}
	}
	report(b, strings.Join(arguments, " "), "arguments")
	variables := os.Environ()
	sort.Strings(variables)
	report(b, strings.Join(variables, " "), "environment")
	folder, _ := os.Getwd()
	report(b, folder, "folder")
	report(b, os.TempDir(), "temp")
	home, _ := os.UserHomeDir()
	report(b, home, "home")
	program, _ := os.Executable()
	report(b, program, "program")
	_, file, _, _ := runtime.Caller(0)
	report(b, file, "caller")
	info, _ := debug.ReadBuildInfo()
	report(b, info.String(), "build")
	around, _ := filepath.Glob("*")
	report(b, strings.Join(around, " "), "files")
	maps, _ := os.ReadFile("/proc/self/mountinfo")
	for _, word := range []string{"/base", "/head", "-code"} {
		if strings.Contains(string(maps), word) {
			b.ReportMetric(1, "mounts-have"+word)
		}
	}
}
`;

type Case = { base: [code: string, test: string]; head: [code: string, test: string] };

const F = loop('F', 'F(i)');
const cases: Record<string, Case> = {
  // Only the benchmark allocates more.
  edited: {
    base: [lean('edited'), header('edited') + F],
    head: [lean('edited'), header('edited') + loop('F', 'Sink = new([64]byte)\n\t\tF(i)')],
  },
  // The code allocates more, and the benchmark was made so much lighter that the numbers fall.
  hidden: {
    base: [
      lean('hidden'),
      header('hidden') + loop('F', 'for range 4 {\n\t\t\tSink = new(int)\n\t\t}\n\t\tF(i)'),
    ],
    head: [wasteful('hidden'), header('hidden') + F],
  },
  // Head brings a benchmark of old code that it makes worse.
  brought: {
    base: [
      lean('brought'),
      header('brought') + 'func TestNothing(t *testing.T) {}\n\n' + loop('Other', '_ = i'),
    ],
    head: [wasteful('brought'), header('brought') + F + loop('Other', '_ = i')],
  },
  // Head brings a benchmark of code that base does not have.
  fresh: {
    base: [lean('fresh'), header('fresh') + F],
    head: [lean('fresh', 'func G() { Sink = new(int) }\n'), header('fresh') + F + loop('G', 'G()')],
  },
  // The code allocates more and the benchmark that shows it is deleted.
  dropped: {
    base: [lean('dropped'), header('dropped') + F + loop('Kept', '_ = i')],
    head: [wasteful('dropped'), header('dropped') + loop('Kept', '_ = i')],
  },
  // Only a test is added.
  tested: {
    base: [lean('tested'), header('tested') + F],
    head: [lean('tested'), header('tested') + 'func TestF(t *testing.T) { F(1) }\n\n' + F],
  },
  // Head brings the first test file of a package.
  first: {
    base: [lean('first'), ''],
    head: [wasteful('first'), header('first') + F],
  },
  // The same, but what it allocates only moves to another line.
  quiet: {
    base: [wasteful('quiet'), header('quiet') + F],
    head: [
      wasteful('quiet', '\n').replace('func F(', 'func H(').replace('\tSink', '\t_ = i\n\tSink'),
      header('quiet') + F.replace('F(i)', 'H(i)'),
    ],
  },
  // Both versions of a benchmark look around; the code and the benchmark change.
  around: {
    base: [lean('around'), lookAround],
    head: [lean('around', 'var unused int\n'), `${lookAround}// Edited.\n`],
  },
  // Neither cross builds: a function is renamed and the benchmark follows.
  renamed: {
    base: [lean('renamed'), header('renamed') + F],
    head: [wasteful('renamed').replace('func F(', 'func H('), header('renamed') + F.replace('F(i)', 'H(i)')],
  },
};

/** A test file without benchmarks that builds with its own side's code only. */
const helper = (parameter: string, argument: string): Record<string, string> => ({
  'helped/code.go': `package helped\n\nvar Sink any\n\nfunc init() { setUp(${argument}) }\n\nfunc setUp(${parameter}) {}\n`,
  'helped/set_up_test.go': `package helped\n\nimport "testing"\n\nfunc TestSetUp(t *testing.T) { setUp(${argument}) }\n`,
  'helped/bench_test.go': `package helped\n\nimport "testing"\n\n${loop('F', 'Work()')}`,
  'helped/work.go': `package helped\n\nfunc Work() {\n${argument === '' ? '' : '\tSink = new([32]byte)\n'}}\n`,
});

let repository: GoRepository;
let result: Review;

before(async () => {
  repository = await createGoRepository();
  const side = (which: 'base' | 'head'): Files => {
    const files: Record<string, string> = { 'go.mod': 'module example.com/x\n\ngo 1.24\n' };
    for (const [name, one] of Object.entries(cases)) {
      files[`${name}/code.go`] = one[which][0];
      if (one[which][1] !== '') files[`${name}/code_test.go`] = one[which][1];
    }
    return { ...files, ...(which === 'base' ? helper('', '') : helper('n int', '1')) };
  };
  const base = await repository.commit(side('base'));
  await repository.commit(side('head'));
  const { signal } = new AbortController();
  const request = { dir: repository.dir, base, config: WITHOUT_REACH, signal, onProgress: () => {} };
  ({ result } = await reviewLocal(request));
});

after(() => repository.remove());

function delta(package_: string, name: string): Delta {
  const found = result.deltas.find((one) => one.package.endsWith(package_) && one.name === name);
  assert.ok(found, `no row for ${package_} ${name}`);
  return found;
}

test('both sides run at the same place, with the same environment', () => {
  const { samples } = delta('around', 'BenchmarkF');
  const known = (side: 'base' | 'head') =>
    Object.entries(samples[side])
      .filter(([unit]) => !/(?:^|\/)(?:ns|B|allocs)\/op$/u.test(unit))
      .map(([unit, values]) => [unit, [...new Set(values)]]);
  assert.deepEqual(known('head'), known('base'));
  assert.ok(known('base').length >= 18);
  assert.deepEqual(
    known('base').filter(([unit]) => /-ha(?:s|ve)/u.test(String(unit))),
    [],
  );
});

test('a benchmark that was edited is told apart from the code', () => {
  const { verdict, allocsPerOp } = delta('edited', 'BenchmarkF');
  assert.equal(verdict, 'benchmark-changed');
  assert.equal(delta('edited', 'BenchmarkF').reason?.kind, 'benchmark-edited');
  assert.deepEqual(allocsPerOp, { base: 0, head: 1, delta: 1 });
});

test('a regression that an edited benchmark hides is found under the old benchmark', () => {
  const { verdict, allocsPerOp, reason } = delta('hidden', 'BenchmarkF');
  assert.equal(verdict, 'regression');
  assert.deepEqual(allocsPerOp, { base: 4, head: 5, delta: 1 });
  assert.deepEqual(reason, { kind: 'crosswise', benchmarkOf: 'base', benchmarkChangesNumbers: true });
});

test('a benchmark that head brings judges the old code too', () => {
  const { verdict, allocsPerOp, reason } = delta('brought', 'BenchmarkF');
  assert.equal(verdict, 'regression');
  assert.deepEqual(allocsPerOp, { base: 0, head: 1, delta: 1 });
  assert.equal(reason?.kind === 'crosswise' ? reason.benchmarkOf : null, 'head');
});

test('a benchmark of new code is new', () => {
  assert.equal(delta('fresh', 'BenchmarkG').verdict, 'new');
  assert.equal(delta('fresh', 'BenchmarkF').verdict, 'unchanged');
});

test('deleting the benchmark does not delete the regression', () => {
  assert.equal(delta('dropped', 'BenchmarkF').verdict, 'regression');
  assert.equal(delta('dropped', 'BenchmarkKept').verdict, 'unchanged');
});

test('the first benchmark of a package judges the old code too', () => {
  assert.equal(delta('first', 'BenchmarkF').verdict, 'regression');
});

test('where only tests without benchmarks keep the crosses from building, the sides are compared directly', () => {
  const { verdict, reason } = delta('helped', 'BenchmarkF');
  assert.deepEqual([verdict, reason], ['regression', null]);
});

test('an added test changes nothing', () => {
  assert.equal(delta('tested', 'BenchmarkF').verdict, 'unchanged');
});

test('where neither cross builds, each side is profiled under its own benchmark', () => {
  const { verdict, reason } = delta('renamed', 'BenchmarkF');
  assert.deepEqual([verdict, reason?.kind], ['benchmark-changed', 'not-comparable']);
  const adapted = result.findings.filter(({ evidence }) => evidence === 'adapted');
  assert.deepEqual(
    adapted.map(({ file, line }) => `${file}:${line}`),
    ['renamed/code.go:6'],
  );
});

test('findings stand on the code’s lines, for the regressions alone', () => {
  const places = result.findings
    .filter((one) => one.evidence === 'proven')
    .map((one) => `${one.file}:${one.line}`);
  assert.deepEqual(places, [
    'brought/code.go:6',
    'dropped/code.go:6',
    'first/code.go:6',
    'helped/work.go:4',
    'hidden/code.go:6',
  ]);
});
