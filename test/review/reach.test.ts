import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Review } from '../../src/report/model/review.ts';
import { configSchema } from '../../src/config/schema.ts';
import { joinRuns } from '../../src/review/package-reach.ts';
import { coverageFlags } from '../../src/go/coverage.ts';
import { planReport } from '../../src/report/data/report.ts';
import { reviewLocal } from '../../src/review/local.ts';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { findReached, joinAnswers, listOpen, listUnreached } from '../../src/review/reach.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';
import { createFakeBinary } from '../support/fake-binary.ts';
import { createTestSandbox, stageLimits } from '../support/sandboxes.ts';

// Keep is not called at run time, and its parameter leaks at head, which moves the variable of Caller to the heap.
const tests = `package m

import "testing"

var out int

func BenchmarkCaller(b *testing.B) {
	for i := 0; i < b.N; i++ {
		out = Caller()
	}
}
`;

// Only base has it.
const removed = `package m

import "testing"

func BenchmarkRemoved(b *testing.B) {
	for i := 0; i < b.N; i++ {
		out = Removed()
	}
}
`;

// Only built with the tag.
const tagged = `//go:build extra

package m

import "testing"

func BenchmarkUsed(b *testing.B) {
	Prepare()
	for i := 0; i < b.N; i++ {
		out = Used()
	}
}
`;

function library(isHead: boolean): Files {
  const number = isHead ? 2 : 1;
  // At head, what base has is only indented more.
  const rare = isHead
    ? '\tif isOn {\n\t\tif sink != nil {\n\t\t\tisOn = true\n\t\t}\n\t\treturn *sink\n\t}\n'
    : '\tif sink != nil {\n\t\tisOn = true\n\t}\n';
  const keep = isHead ? 'sink = p' : '_ = p';
  return {
    // Without a go line, which the go command would like to add.
    'go.mod': 'module example.com/m\n',
    'm.go': `package m

var sink *int
var isOn bool

//go:noinline
func Keep(p *int) { ${keep} }

func Caller() int {
	x := 1
	if isOn {
		Keep(&x)
	}
	return x
}

func Used() int {
${rare}	return ${number}
}

// Removed is run by a benchmark that head does not have any longer. It is measured with base's benchmark.
func Removed() int { return ${number} }

// Prepare is run before the loop of a benchmark.
func Prepare() int { return ${number} }

// Unused is run by no benchmark.
func Unused() int { return ${number} }

type node struct{}

func (node) mark${isHead ? 'ed' : ''}() {}
`,
    'cmd/tool/main.go': `package main

func main() { println(${number}) }
`,
    'm_test.go': tests,
    'extra_test.go': tagged,
    ...(!isHead && { 'removed_test.go': removed }),
    // Its source changes, but not what the compiler makes of it.
    'alike/alike.go': `package alike

func Alike() int {
	const ${isHead ? 'number' : 'n'} = 1
	return ${isHead ? 'number' : 'n'}
}
`,
    'inner/inner.go': `package inner\n\nfunc Inner() int { return ${number} }\n`,
    'web/web.go': 'package web\n\nimport "example.com/m/inner"\n\nfunc F() int { return inner.Inner() }\n',
    'web/web_test.go':
      'package web\n\nimport "testing"\n\nfunc BenchmarkF(b *testing.B) {\n\tfor b.Loop() {\n\t\tF()\n\t}\n}\n',
  };
}

let repository: GoRepository;
let result: Review;

before(async () => {
  repository = await createGoRepository();
  const base = await repository.commit(library(false));
  await repository.commit(library(true));
  const { signal } = new AbortController();
  const packages = ['.', './cmd/...', './inner', './alike'];
  const request = { dir: repository.dir, base, packages, tags: 'extra', signal, onProgress: () => {} };
  ({ result } = await reviewLocal(request));
});
after(() => repository.remove());

test('each changed function is reported with the benchmarks that run it, whether its source or a decision changed', () => {
  const { changedFunctions = [] } = planReport(result, configSchema.parse({}));
  assert.deepEqual(
    changedFunctions.map(({ name, change, isRun, benchmarks }) => [name, change, isRun, ...benchmarks]),
    [
      ['Caller', 'decisions', true, 'example.com/m.BenchmarkCaller'],
      ['Keep', 'source', false],
      ['Prepare', 'source', false, 'example.com/m.BenchmarkUsed'],
      ['Removed', 'source', true, 'example.com/m.BenchmarkRemoved'],
      ['Unused', 'source', false],
      ['Used', 'source', true, 'example.com/m.BenchmarkUsed'],
      ['main', 'source', false],
      // A package that is left out may run it.
      ['Inner', 'source', null],
    ],
  );
});

test('changed lines that no benchmark runs are listed, without those that were only indented', () => {
  const { changedFunctions = [] } = planReport(result, configSchema.parse({}));
  const used = changedFunctions.find(({ name }) => name === 'Used');
  assert.deepEqual(used?.linesNotRun, [used && used.line + 5]);
});

test('packages with benchmarks that see the change and are left out are named', () => {
  const leftOut = result.warnings.filter(({ kind }) => kind === 'packages-left-out');
  assert.deepEqual(leftOut, [{ kind: 'packages-left-out', packages: ['example.com/m/web'] }]);
});

test('changed code that no benchmark runs is unmeasured', () => {
  const { unmeasured } = planReport(result, configSchema.parse({}));
  assert.deepEqual(
    unmeasured.map(({ kind, package: importPath, name }) => [kind, importPath, name]),
    [
      ['unreached', 'example.com/m', 'Keep'],
      ['unreached', 'example.com/m', 'Unused'],
      ['unreached', 'example.com/m/cmd/tool', 'main'],
      ['set-up', 'example.com/m', 'Prepare'],
      ['unreached-lines', 'example.com/m', 'Used'],
    ],
  );
});

test('benchmarks that run nothing that changed are found together, the others one by one', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-reach-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const names = Array.from({ length: 16 }, (_, at) => `Benchmark${String(at).padStart(2, '0')}`);
  // Late runs at the fifth iteration only.
  const bodies = names.map((name, at) => {
    const call = at === 3 ? 'Changed()' : at === 9 ? 'if i == 4 {\n\t\t\tLate()\n\t\t}' : 'Other()';
    return `func ${name}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${call}\n\t}\n}\n`;
  });
  await writeFile(path.join(dir, 'go.mod'), 'module example.com/m\n\ngo 1.24\n');
  const source =
    'package m\n\nvar n int\n\nfunc Changed() { n++ }\nfunc Late() { n++ }\nfunc Other() { n++ }\n';
  await writeFile(path.join(dir, 'm.go'), source);
  await writeFile(path.join(dir, 'm_test.go'), `package m\n\nimport "testing"\n\n${bodies.join('\n')}`);
  const file = path.join(dir, 'm.test');
  await promisify(execFile)('go', ['test', '-c', ...coverageFlags(['example.com/m']), '-o', file], {
    cwd: dir,
  });
  const { sandbox } = await createTestSandbox('none');
  const functions = ['Changed', 'Late'].map((name, at) => ({
    package: 'example.com/m',
    name,
    change: 'source' as const,
    base: null,
    head: { file: 'm.go', firstLine: 5 + at, lastLine: 5 + at },
    isEmpty: false,
  }));
  let processes = 0;
  const counting = {
    ...sandbox,
    run: (command: Parameters<typeof sandbox.run>[0]) => {
      processes += 1;
      return sandbox.run(command);
    },
  };
  const binary = {
    sandbox: counting,
    package: 'example.com/m',
    file,
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, TMPDIR: dir },
    view: { readOnly: [], writable: [], scratch: null, network: false },
    limits: stageLimits,
  };
  const ask = async (iterations: number, isLate = false): Promise<[string, string[]][]> => {
    const answer = await findReached(binary, {
      task: {
        importPath: 'example.com/m',
        base: null,
        head: null,
        cross: null,
        code: { functions, isDecidable: true },
      },
      variant: 'head',
      screening: {
        batches: [{ iterations, repeats: 1, names, expectedMs: 1, longestMs: 1, quietMs: 0 }],
        estimates: new Map(names.map((name) => [name, { opMs: 1e-6, setUpMs: 0 }])),
        variants: new Map(names.map((name) => [name, ['base', 'head'] as const])),
        expectedMs: 1,
      },
      wanted: () => true,
      maxIterations: Infinity,
      isOver: () => false,
      isLate: () => isLate,
    });
    const unreached = listUnreached(answer);
    const reached = answer.groups.filter((group) => !group.names.every((name) => unreached.has(name)));
    return reached.map(({ names: [name = ''], functions: run }) => [
      name,
      [...(run ?? [])].map((one) => one.name),
    ]);
  };
  assert.deepEqual(await ask(10), [
    ['Benchmark03', ['Changed']],
    ['Benchmark09', ['Late']],
  ]);
  assert.equal(processes, 1 + 4 + 8, 'all, four parts, and the single ones of two parts');
  assert.deepEqual(await ask(4), [['Benchmark03', ['Changed']]], 'only as many iterations as are measured');
  const [together, ...others] = await ask(10, true);
  assert.deepEqual(
    [together?.[1], others],
    [['Changed', 'Late'], []],
    'late: all that is known is known of all',
  );
});

test('a run with counters is ended when the time is over, and then nothing is known', async (t) => {
  const { sandbox, remove } = await createTestSandbox('none');
  t.after(remove);
  let isOver = false;
  const run: Sandbox['run'] = ({ until }) =>
    new Promise((resolve) => {
      assert.ok(until && !until.aborted);
      isOver = true;
      until.addEventListener('abort', () =>
        resolve({
          ended: 'timed-out',
          exitCode: null,
          signal: null,
          wasOutOfProcesses: false,
          durationMs: 0,
          tail: [],
          result: null,
        }),
      );
    });
  const binary = createFakeBinary({ ...sandbox, run });
  const names = ['BenchmarkA', 'BenchmarkB'];
  const answer = await findReached(binary, {
    task: {
      importPath: 'example.com/m',
      base: null,
      head: null,
      cross: null,
      code: { functions: [], isDecidable: true },
    },
    variant: 'head',
    screening: {
      batches: [{ iterations: 1, repeats: 1, names, expectedMs: 1, longestMs: 1, quietMs: 0 }],
      estimates: new Map(),
      variants: new Map(names.map((name) => [name, ['head'] as const])),
      expectedMs: 1,
    },
    wanted: () => true,
    maxIterations: Infinity,
    isOver: () => isOver,
    isLate: () => false,
  });
  assert.deepEqual(answer.groups, [{ names, functions: null, isOwn: true }]);
});

test('what was not found out before measuring is completed afterwards', () => {
  const place = { file: 'm.go', firstLine: 1, lastLine: 9 };
  const one = {
    package: 'm',
    name: 'F',
    change: 'source' as const,
    base: place,
    head: place,
    isEmpty: false,
  };
  const before = {
    groups: [
      { names: ['BenchmarkA'], functions: new Set([one]), isOwn: true },
      { names: ['BenchmarkB', 'BenchmarkC'], functions: null, isOwn: true },
    ],
    run: new Set([one]),
    unknown: new Set<typeof one>(),
    lines: new Map([
      [
        one,
        new Map([
          [2, true],
          [3, false],
          [4, false],
        ]),
      ],
    ]),
  };
  assert.deepEqual([...listOpen(before)], ['BenchmarkB', 'BenchmarkC']);
  const groups = [{ names: ['BenchmarkB', 'BenchmarkC'], functions: new Set<typeof one>(), isOwn: true }];
  const after = {
    ...before,
    groups,
    lines: new Map([
      [
        one,
        new Map([
          [3, true],
          [4, false],
        ]),
      ],
    ]),
  };
  const joined = joinAnswers(before, after);
  assert.equal(listOpen(joined).size, 0);
  assert.deepEqual(
    joined.groups.map(({ names }) => names.length),
    [1, 2],
  );
  assert.deepEqual(
    [...(joined.lines.get(one) ?? [])],
    [
      [2, true],
      [3, true],
      [4, false],
    ],
  );
});

test('a function is measured if a benchmark of any variant measures it, and unknown before it is only set up', () => {
  const [measured, unknown, setUp, not] = [
    { isRun: true, isSetUp: false },
    { isRun: null, isSetUp: false },
    { isRun: false, isSetUp: true },
    { isRun: false, isSetUp: false },
  ];
  assert.deepEqual(joinRuns(['not', 'set-up', null, 'measured']), measured);
  assert.deepEqual(joinRuns(['not', 'set-up', null]), unknown);
  assert.deepEqual(joinRuns(['not', 'set-up']), setUp);
  assert.deepEqual(joinRuns(['not']), not);
});
