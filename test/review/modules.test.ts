import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Review } from '../../src/report/model/review.ts';
import { reviewLocal } from '../../src/review/local.ts';
import { after, before } from '../support/hooks.ts';
import { createGoRepository, type Files, type GoRepository } from '../support/go-repository.ts';

// One review of a repository with many modules: what each kind of layout makes of a change.
const goMod = (name: string, ...lines: string[]): string =>
  `module ${name}\n\ngo 1.24\n\n${lines.join('\n')}\n`;

const make = (times: number, name: string): string =>
  `package ${name}\n\nvar sink []*int\n\nfunc Make() {\n\tsink = sink[:0]\n\tfor i := 0; i < ${times}; i++ {\n\t\tsink = append(sink, new(int))\n\t}\n}\n`;

const benchmark = (name: string, imported: string | null): string =>
  `package ${name}_test\n\nimport (\n\t"testing"\n\n\tm "${imported ?? name}"\n)\n\nfunc BenchmarkMake(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tm.Make()\n\t}\n}\n`;

function side(times: number): Files {
  const renamed = times === 1 ? 'example.com/renamed' : 'example.com/renamed/v2';
  const place = times === 1 ? 'old' : 'internal/new';
  const name = times === 1 ? 'old' : 'fresh';
  return {
    'go.mod': goMod(
      'example.com/root',
      'require example.com/root/sub v0.0.0',
      'replace example.com/root/sub => ./sub',
    ),
    'a/a.go': 'package a\n\nimport "example.com/root/sub/s"\n\nfunc Make() { s.Make() }\n',
    'a/a_test.go': benchmark('a', 'example.com/root/a'),
    'sub/go.mod': goMod('example.com/root/sub'),
    'sub/s/s.go': make(times, 's'),
    '_bench/go.mod': goMod(
      'example.com/bench',
      'require example.com/root/sub v0.0.0',
      'replace example.com/root/sub v0.0.0 => ../sub',
    ),
    '_bench/b_test.go': benchmark('bench', 'example.com/root/sub/s'),
    'testdata/speed/go.mod': goMod(
      'example.com/speed',
      'require example.com/root/sub v0.0.0',
      'replace example.com/root/sub => ../../sub/',
    ),
    'testdata/speed/s_test.go': benchmark('speed', 'example.com/root/sub/s').replace(
      '{\n\tfor',
      `{\n\tb.SetBytes(${times})\n\tfor`,
    ),
    'renamed/go.mod': goMod(renamed),
    // What a module holds besides does not change with its name.
    'renamed/lib.go': `${make(times, 'renamed')}\nfunc Idle() { parts.Idle() }\n`.replace(
      '\n\n',
      `\n\nimport "${renamed}/parts"\n\n`,
    ),
    'renamed/parts/parts.go': 'package parts\n\nfunc Idle() { println() }\n',
    // Two benchmarks change, too; the third of them only follows its package.
    'renamed/lib_test.go': benchmark('renamed', renamed).replace(
      '{\n\tfor',
      `{\n\tb.SetBytes(${times})\n\tfor`,
    ),
    'moved/go.mod': goMod('example.com/moved'),
    [`moved/${place}/lib.go`]: make(times, name),
    [`moved/${place}/lib_test.go`]: benchmark(name, `example.com/moved/${place}`) + `\nvar _ = ${times}\n`,
    [`moved/${place}/inner_test.go`]: `package ${name}\n\nimport "testing"\n\nfunc BenchmarkInner(b *testing.B) {\n\tb.SetBytes(${times})\n\tfor i := 0; i < b.N; i++ {\n\t\tMake()\n\t}\n}\n`,
    'half/go.mod': goMod('example.com/half'),
    'half/good/good.go': make(times, 'good'),
    'half/good/good_test.go': benchmark('good', 'example.com/half/good'),
    'half/evil/evil.go': times === 1 ? 'package evil\n' : 'package evil\n\nvar x int = "text"\n',
    'apart/go.mod': goMod('example.com/apart'),
    'apart/apart.go': make(1, 'apart'),
    'apart/apart_test.go': benchmark('apart', 'example.com/apart'),
    // A package without code of its own, in which only a benchmark changes.
    'apart/only/o_test.go': benchmark('only', 'example.com/apart').replace(
      '\t\tm.Make()\n',
      '\t\tm.Make()\n'.repeat(times),
    ),
    // Members of a workspace import each other without a requirement; the third module is not a member.
    'work/go.work': 'go 1.24\n\nuse ./one\nuse (\n\t./two // the second\n)\n',
    'work/one/go.mod': goMod('example.com/one'),
    'work/one/one.go': make(times, 'one'),
    'work/two/go.mod': goMod('example.com/two'),
    'work/two/two_test.go': benchmark('two', 'example.com/one'),
    // A folder becomes a module of its own, and another one no longer is one. Import paths stay the same.
    'border/go.mod': goMod('example.com/border'),
    'border/border.go': 'package border\n',
    ...(times === 3 && { 'border/grown/go.mod': goMod('example.com/border/grown') }),
    'border/grown/parts/g.go': make(times, 'parts'),
    'border/grown/parts/g_test.go': benchmark('parts', 'example.com/border/grown/parts').replace(
      '{\n\tfor',
      `{\n\tb.SetBytes(${times})\n\tfor`,
    ),
    // This one gets another path with its go.mod.
    ...(times === 3 && { 'border/split/go.mod': goMod('example.com/split/v2') }),
    'border/split/p.go': make(times, 'split'),
    'border/split/p_test.go': benchmark(
      'split',
      times === 1 ? 'example.com/border/split' : 'example.com/split/v2',
    ),
    ...(times === 1 && { 'border/joined/go.mod': goMod('example.com/border/joined') }),
    'border/joined/j.go': make(times, 'joined'),
    'border/joined/j_test.go': benchmark('joined', 'example.com/border/joined'),
    'border/joined/same/s.go': make(1, 'same'),
    'border/joined/same/s_test.go': benchmark('same', 'example.com/border/joined/same'),
    // The same module is in two folders, and go.mod or go.work chooses one of them.
    ...Object.fromEntries(
      [1, 3].flatMap((amount) => [
        [`choice/dep${amount}/go.mod`, goMod('example.com/dep')],
        [`choice/dep${amount}/dep.go`, make(amount, 'dep')],
      ]),
    ),
    'choice/by-replace/go.mod': goMod(
      'example.com/by-replace',
      'require example.com/dep v0.0.0',
      `replace example.com/dep => ../dep${times}`,
    ),
    'choice/by-replace/r_test.go': benchmark('replace', 'example.com/dep'),
    'choice/by-use/go.mod': goMod('example.com/by-use'),
    'choice/by-use/u_test.go': benchmark('use', 'example.com/dep'),
    'choice/go.work': `go 1.24\n\nuse ./by-use\nuse ./dep${times}\n`,
    'work/unused/go.mod': goMod(
      'example.com/unused',
      'require example.com/one v0.0.0',
      'replace example.com/one => ../one',
    ),
    'work/unused/unused_test.go': benchmark('unused', 'example.com/one'),
  };
}

let repository: GoRepository;
let result: Review;

before(async () => {
  repository = await createGoRepository();
  const base = await repository.commit(side(1));
  await repository.commit(side(3));
  const { signal } = new AbortController();
  ({ result } = await reviewLocal({ dir: repository.dir, base, signal, onProgress: () => {} }));
});
after(() => repository.remove());

test('benchmarks of all modules that the change reaches are measured, and no others', () => {
  const same = result.deltas.filter(({ verdict }) => verdict === 'unchanged');
  const unchanged = same.map((one) => one.package);
  assert.deepEqual(
    result.deltas
      .filter(({ verdict }) => verdict !== 'benchmark-changed' && verdict !== 'unchanged')
      .map((one) => [one.package, one.verdict, one.allocsPerOp.base, one.allocsPerOp.head]),
    [
      'bench',
      'border/grown/parts',
      'border/joined',
      'by-replace',
      'by-use',
      'half/good',
      'moved/internal/new',
      'moved/internal/new',
      'renamed/v2',
      'root/a',
      'speed',
      'split/v2',
      'two',
      'unused',
    ].map((name) => [`example.com/${name}`, 'regression', 1, 3]),
  );
  assert.deepEqual(unchanged, ['example.com/border/joined/same']);
});

test('a changed benchmark of a moved package, or in testdata, is judged under both versions of the code', () => {
  const crossed = result.deltas.filter(({ reason }) => reason?.kind === 'crosswise');
  assert.deepEqual(
    crossed.map((one) => `${one.package} ${one.name}`),
    [
      'example.com/border/grown/parts BenchmarkMake',
      'example.com/moved/internal/new BenchmarkInner',
      'example.com/renamed/v2 BenchmarkMake',
      'example.com/speed BenchmarkMake',
    ],
  );
});

test('a benchmark that changed in a package without code of its own is no regression', () => {
  const edited = result.deltas.filter(({ package: name }) => name === 'example.com/apart/only');
  assert.deepEqual(
    edited.map((one) => [one.verdict, one.allocsPerOp.base, one.allocsPerOp.head, one.reason?.kind]),
    [['benchmark-changed', 1, 3, 'benchmark-edited']],
  );
});

test('a function that only moved with its package or its module did not change', () => {
  const names = result.reach?.functions.map((one) => `${one.package} ${one.name} ${one.isRun}`) ?? [];
  assert.deepEqual(
    names.filter((name) => /moved|renamed/u.test(name)),
    ['example.com/moved/internal/new Make true', 'example.com/renamed/v2 Make true'],
  );
});

test('findings stand in files of the tree, whichever module was built with them', () => {
  const places = result.findings.map(({ file, evidence }) => `${file} ${evidence}`);
  assert.deepEqual(places.toSorted(), [
    'border/grown/parts/g.go proven',
    'border/joined/j.go proven',
    'border/split/p.go proven',
    'choice/dep3/dep.go proven',
    'half/good/good.go proven',
    'moved/internal/new/lib.go proven',
    'renamed/lib.go proven',
    'sub/s/s.go proven',
    'work/one/one.go proven',
  ]);
});

test('the line that chooses another folder for a module is the cause', () => {
  const causes = result.findings.filter(({ file }) => file.startsWith('choice/')).map(({ cause }) => cause);
  assert.deepEqual(
    causes.map((cause) => cause && `${cause.kind} ${cause.file}:${cause.line} ${cause.text}`),
    ['dependency choice/by-replace/go.mod:6 example.com/dep ../dep1 → ../dep3'],
  );
});

test('a package that does not compile costs only itself', () => {
  assert.deepEqual(result.buildErrors, []);
  assert.deepEqual(
    result.warnings.map((warning) => [warning.kind, 'package' in warning ? warning.package : null]),
    [['package-does-not-compile', 'example.com/half/evil']],
  );
});
