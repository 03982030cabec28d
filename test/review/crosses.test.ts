import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delta } from '../../src/compare/types.ts';
import type { Review } from '../../src/report/model/review.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { after, before } from '../support/hooks.ts';
import { WITHOUT_REACH } from '../support/without-reach.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';

/** `F` allocates at head. `size` is called `weight` there. */
const code = (name: string, side: 'base' | 'head'): string => {
  const inner = side === 'base' ? 'size' : 'weight';
  const body = side === 'base' ? '' : '\tSink = new([32]byte)\n';
  return `package ${name}

var Sink any

type Reader interface{ Read() int }

func ${inner}() int { return 3 }

func F(i int) int {
${body}	return i + ${inner}()
}
`;
};

const header = (name: string): string => `package ${name}\n\nimport "testing"\n\n`;
const loop = (name: string, body: string): string =>
  `func Benchmark${name}(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\t${body}\n\t}\n}\n\n`;

type Tests = { base: Files; head: Files };

/** The changes in a package's tests; its code is always the one above. */
const kinds: Record<string, Tests> = {
  // A test and a table of tests follow the renamed function; the benchmark does not.
  follows: {
    base: {
      'a_test.go': `${header('follows')}var table = []int{size()}\n\nfunc TestSize(t *testing.T) { size() }\n\n${loop('F', 'F(i)')}`,
    },
    head: {
      'a_test.go': `${header('follows')}var table = []int{weight()}\n\nfunc TestSize(t *testing.T) { weight() }\n\n${loop('F', 'F(i)')}`,
    },
  },
  // One of two edited benchmarks follows it.
  mixed: {
    base: { 'a_test.go': header('mixed') + loop('F', 'F(1)') + loop('Size', 'size(); F(1)') },
    head: { 'a_test.go': header('mixed') + loop('F', 'F(2)') + loop('Size', 'weight(); F(2)') },
  },
  helper: {
    base: {
      'a_test.go': header('helper') + loop('F', 'run(i)'),
      'h_test.go': 'package helper\n\nfunc run(i int) { F(i) }\n',
    },
    head: {
      'a_test.go': header('helper') + loop('F', 'run(i)'),
      'h_test.go': 'package helper\n\nfunc run(i int) { F(i + 1) }\n',
    },
  },
  method: {
    base: {
      'a_test.go': `${header('method')}type fake struct{}\n\nfunc (fake) Read() int { return 1 }\n\n${loop('F', 'var r Reader = fake{}; F(r.Read())')}`,
    },
    head: {
      'a_test.go': `${header('method')}type fake struct{}\n\nfunc (fake) Read() int { return 2 }\n\n${loop('F', 'var r Reader = fake{}; F(r.Read())')}`,
    },
  },
  main: {
    base: {
      'a_test.go': `${header('main_')}func TestMain(m *testing.M) { m.Run() }\n\n${loop('F', 'F(i)')}`,
    },
    head: {
      'a_test.go': `${header('main_')}func TestMain(m *testing.M) { F(1); m.Run() }\n\n${loop('F', 'F(i)')}`,
    },
  },
  // Sub-benchmarks of a table that changed, in an external test with imports that only another test uses.
  external: {
    base: {
      'a_test.go': `package external_test\n\nimport (\n\t"os"\n\t"testing"\n\n\tpkg "example.com/x/external"\n)\n\nvar inputs = []int{1, 2}\n\nfunc TestOs(t *testing.T) { os.Getpid(); pkg.Size() }\n\nfunc BenchmarkF(b *testing.B) {\n\tfor range inputs[:1] {\n\t\tb.Run("one", func(b *testing.B) {\n\t\t\tfor i := 0; i < b.N; i++ {\n\t\t\t\tpkg.F(i)\n\t\t\t}\n\t\t})\n\t}\n}\n`,
      'export_test.go': 'package external\n\nvar Size = size\n',
    },
    head: {
      'a_test.go': `package external_test\n\nimport (\n\t"testing"\n\n\tpkg "example.com/x/external"\n)\n\nvar inputs = []int{1, 3}\n\nfunc TestOs(t *testing.T) { pkg.Size() }\n\nfunc BenchmarkF(b *testing.B) {\n\tfor range inputs[:1] {\n\t\tb.Run("one", func(b *testing.B) {\n\t\t\tfor i := 0; i < b.N; i++ {\n\t\t\t\tpkg.F(i)\n\t\t\t}\n\t\t})\n\t}\n}\n`,
      'export_test.go': 'package external\n\nvar Size = weight\n',
    },
  },
  // Moved to another file, of another build constraint.
  moved: {
    base: { 'a_test.go': header('moved') + loop('F', 'F(i)') + 'func TestA(t *testing.T) { size() }\n' },
    head: {
      'a_test.go': header('moved') + 'func TestA(t *testing.T) { weight() }\n',
      'b_test.go': `//go:build linux || darwin || windows\n\n${header('moved')}${loop('F', 'F(i)')}`,
      'b_plan9_test.go': 'package moved\n\nfunc this does not compile\n',
    },
  },
  // What a benchmark reads differs.
  data: {
    base: {
      'a_test.go': `package data\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestA(t *testing.T) { size() }\n\nfunc BenchmarkF(b *testing.B) {\n\ttext, _ := os.ReadFile("testdata/in")\n\tfor i := 0; i < b.N; i++ {\n\t\tfor range text {\n\t\t\tF(i)\n\t\t}\n\t}\n}\n`,
      'testdata/in': 'xx',
    },
    head: {
      'a_test.go': `package data\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestA(t *testing.T) { weight() }\n\nfunc BenchmarkF(b *testing.B) {\n\ttext, _ := os.ReadFile("testdata/in")\n\tfor i := 0; i < b.N; i++ {\n\t\tfor range text {\n\t\t\tF(i)\n\t\t}\n\t}\n}\n`,
      'testdata/in': 'xxx',
    },
  },
};

/** The code is as in the other kinds; what only the tests read, in a folder beside the package, grows. */
const beside = (rows: string): Files => ({
  'a_test.go': `package beside\n\nimport (\n\t"os"\n\t"path/filepath"\n\t"testing"\n)\n\nfunc BenchmarkF(b *testing.B) {\n\ttext, _ := os.ReadFile(filepath.Join("..", "corpus", "in.txt"))\n\tfor i := 0; i < b.N; i++ {\n\t\tfor range text {\n\t\t\tF(i)\n\t\t}\n\t}\n}\n`,
  '../corpus/in.txt': rows,
});
kinds['beside'] = { base: beside('xx'), head: beside('xxx') };

/** The code is as in the other kinds; what the tests embed grows. */
const embedding = (rows: string): Files => ({
  'a_test.go': `package embeds\n\nimport (\n\t_ "embed"\n\t"testing"\n)\n\n//go:embed rows/in.txt\nvar rows string\n\nfunc BenchmarkF(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tfor range rows {\n\t\t\tF(i)\n\t\t}\n\t}\n}\n`,
  'rows/in.txt': rows,
});
kinds['embeds'] = { base: embedding('xx'), head: embedding('xxx') };

/** Code and input change together: base's code does not allocate for either input, head's only for the new one. */
const folding: Tests = {
  base: {
    'fold.go': 'package input\n\nvar Sink any\n\nfunc Fold(n int) {}\n',
    'a_test.go': header('input') + loop('Fold', 'Fold(1)'),
  },
  head: {
    'fold.go':
      'package input\n\nvar Sink any\n\nfunc Fold(n int) {\n\tif n > 1 {\n\t\tSink = new([32]byte)\n\t}\n}\n',
    'a_test.go': header('input') + loop('Fold', 'Fold(2)'),
  },
};

/** Only tests change: the code is the same. */
const testsOnly: Tests = {
  base: { 'c.go': 'package only\n\nvar Sink any\n', 'a_test.go': header('only') + loop('F', '_ = i') },
  head: {
    'c.go': 'package only\n\nvar Sink any\n',
    'a_test.go': header('only') + loop('F', 'Sink = new([8]int)'),
  },
};

let repository: GoRepository;
let result: Review;

before(async () => {
  repository = await createGoRepository();
  const side = (which: 'base' | 'head'): Files => {
    const files: Record<string, string> = { 'go.mod': 'module example.com/x\n\ngo 1.24\n' };
    const put = (dir: string, own: Files): void => {
      for (const [name, text] of Object.entries(own)) files[`${dir}/${name}`] = text;
    };
    for (const [name, tests] of Object.entries(kinds)) {
      files[`${name}/code.go`] = code(name === 'main' ? 'main_' : name, which);
      put(name, tests[which]);
    }
    put('input', folding[which]);
    put('only', testsOnly[which]);
    return files;
  };
  const base = await repository.commit(side('base'));
  await repository.commit(side('head'));
  const { signal } = new AbortController();
  const request = { dir: repository.dir, base, config: WITHOUT_REACH, signal, onProgress: () => {} };
  ({ result } = await reviewLocal(request));
});

after(() => repository.remove());

function delta(package_: string, name = 'BenchmarkF'): Delta {
  const found = result.deltas.find((one) => one.package.endsWith(`/${package_}`) && one.name === name);
  assert.ok(found, `no row for ${package_} ${name}`);
  return found;
}

test('a benchmark that is the same is compared directly, whatever else changed in its file or wherever it went', () => {
  const { verdict, reason, allocsPerOp } = delta('moved');
  assert.deepEqual([verdict, reason, allocsPerOp.delta], ['regression', null, 1]);
});

test('where what it uses changed, both codes run under base’s benchmark, whatever else does not compile there', () => {
  for (const [name, benchmark] of [
    ['follows', 'BenchmarkF'],
    ['helper', 'BenchmarkF'],
    ['method', 'BenchmarkF'],
    ['main', 'BenchmarkF'],
    ['external', 'BenchmarkF/one'],
    ['mixed', 'BenchmarkF'],
  ] as const) {
    const { verdict, reason, allocsPerOp } = delta(name, benchmark);
    assert.deepEqual([verdict, allocsPerOp.delta], ['regression', 1], name);
    assert.deepEqual(
      [reason?.kind, reason?.kind === 'crosswise' && reason.benchmarkOf],
      ['crosswise', 'base'],
      name,
    );
  }
});

test('what tests read and embed is a part of the benchmark', () => {
  for (const name of ['beside', 'data', 'embeds']) {
    const { verdict, reason, allocsPerOp } = delta(name);
    assert.deepEqual([verdict, allocsPerOp], ['regression', { base: 0, head: 2, delta: 2 }], name);
    assert.equal(reason?.kind, 'crosswise', name);
  }
});

test('a regression that only the new input shows is found under head’s benchmark', () => {
  const { verdict, reason, allocsPerOp } = delta('input', 'BenchmarkFold');
  assert.deepEqual([verdict, allocsPerOp], ['regression', { base: 0, head: 1, delta: 1 }]);
  assert.deepEqual(reason, { kind: 'crosswise', benchmarkOf: 'head', benchmarkChangesNumbers: false });
});

test('what kept a benchmark from being crossed is reported in go’s words', () => {
  const { verdict, reason } = delta('mixed', 'BenchmarkSize');
  assert.equal(verdict, 'benchmark-changed');
  assert.match(
    reason?.kind === 'not-comparable' ? reason.detail : '',
    /a_test\.go:\d+:\d+: undefined: size/u,
  );
});

test('where the code is the same, a difference is the benchmark’s', () => {
  const { verdict, reason } = delta('only');
  assert.deepEqual([verdict, reason?.kind], ['benchmark-changed', 'benchmark-edited']);
});

test('every regression is proven at the line that allocates', () => {
  const places = result.findings
    .filter(({ evidence }) => evidence === 'proven')
    .map(({ file, line }) => `${file}:${line}`);
  const allocating = [
    'beside',
    'data',
    'embeds',
    'external',
    'follows',
    'helper',
    'main',
    'method',
    'mixed',
    'moved',
  ];
  assert.deepEqual(places, [...allocating.map((name) => `${name}/code.go:10`), 'input/fold.go:7'].sort());
});
