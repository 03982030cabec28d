import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readGoFile } from '../../src/syntax/go-file.ts';
import { compareRoots, findNeeded, type TestPackage } from '../../src/syntax/needs.ts';
import { leaveOut, makeSmaller, type SmallerTests, writeSmaller } from '../../src/syntax/smaller-tests.ts';

type Files = Record<string, string>;

function open(files: Files): TestPackage {
  return {
    importPath: 'example.com/p',
    files: Object.entries(files).map(([path, text]) => {
      const file = readGoFile(`p/${path}`, text);
      assert.ok(file, path);
      return file;
    }),
    nameOf: (path) => path.replace(/\/v\d+$/u, '').replace(/^.*\//u, ''),
  };
}

const head = 'package p\n\nimport "testing"\n\n';
const bench = (body: string, name = 'F'): string =>
  `func Benchmark${name}(b *testing.B) {\n\tfor b.Loop() {\n\t\t${body}\n\t}\n}\n`;
/** A package of one file. */
const one = (text: string): Files => ({ 'a_test.go': head + text });

function sameness(base: Files, changed: Files): Record<string, string> {
  return Object.fromEntries(compareRoots('Benchmark', open(base), open(changed)));
}

describe('a benchmark is the same on both sides', () => {
  const cases: Record<string, [Files, Files]> = {
    'where another test of its file changed': [
      one('func TestSize(t *testing.T) { size() }\n' + bench('f()')),
      one('func TestSize(t *testing.T) { payloadSize() }\n' + bench('f()')),
    ],
    'where a helper, a type and a fixture that it does not use changed': [
      one(
        'type other struct{ a int }\nvar table = []int{1}\nfunc helper() int { return 1 }\n' + bench('f()'),
      ),
      one(
        'type other struct{ b int }\nvar table = []int{2}\nfunc helper() int { return 2 }\n' + bench('f()'),
      ),
    ],
    'where it moved to another file, and lines and comments changed': [
      one('// Old.\n' + bench('f()') + 'func TestA(t *testing.T) {}\n'),
      {
        'a_test.go': head + 'func TestA(t *testing.T) {}\n',
        'b_test.go': head + '\n\n// New.\n' + bench('f() // now'),
      },
    ],
    'where imports of other tests changed': [
      {
        'a_test.go':
          'package p\nimport (\n"testing"\n"x/assert"\n)\nfunc TestA(t *testing.T) { assert.A() }\n' +
          bench('f()'),
      },
      {
        'a_test.go':
          'package p\nimport (\n"testing"\n"x/require"\n)\nfunc TestA(t *testing.T) { require.A() }\n' +
          bench('f()'),
      },
    ],
    'where an external test has a function of the same name as its helper': [
      {
        ...one('func helper() {}\n' + bench('helper()')),
        'x_test.go': 'package p_test\nfunc helper() int { return 1 }\n',
      },
      {
        ...one('func helper() {}\n' + bench('helper()')),
        'x_test.go': 'package p_test\nfunc helper() int { return 2 }\n',
      },
    ],
    'where a method that is called like its helper changed': [
      one('type t struct{}\nfunc (t) load() int { return 1 }\n' + bench('x.load()')),
      one('type t struct{}\nfunc (t) load() int { return 2 }\n' + bench('x.load()')),
    ],
  };
  for (const [name, [base, changed]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(sameness(base, changed), { BenchmarkF: 'same' }));
  }
});

describe('a benchmark changed', () => {
  const external = (text: string): string =>
    `package p_test\n\nimport (\n\t"testing"\n\n\t"example.com/p"\n)\n\n${text}`;
  const dotted = (text: string): string =>
    `package p_test\n\nimport (\n\t"testing"\n\n\t. "example.com/p"\n)\n\n${text}`;
  const importing = (path: string): Files => ({
    'a_test.go': `package p\n\nimport (\n\t"testing"\n\n\tyaml "${path}"\n)\n\n${bench('yaml.Marshal(1)')}`,
  });
  const cases: Record<string, [Files, Files]> = {
    'where its body changed': [one(bench('f(1)')), one(bench('f(2)'))],
    'where a helper of its helper changed': [
      one('func a() { b() }\nfunc b() { f(1) }\n' + bench('a()')),
      one('func a() { b() }\nfunc b() { f(2) }\n' + bench('a()')),
    ],
    'where a constant of its fixture changed': [
      one('const (\n\tn = iota + 1\n\tm\n)\n' + bench('f(m)')),
      one('const (\n\tn = iota + 2\n\tm\n)\n' + bench('f(m)')),
    ],
    'where the table of its sub-benchmarks changed': [
      one(
        'var sizes = []int{1, 2}\n' +
          bench('for _, n := range sizes { b.Run("x", func(b *testing.B) { f(n) }) }'),
      ),
      one(
        'var sizes = []int{1, 9}\n' +
          bench('for _, n := range sizes { b.Run("x", func(b *testing.B) { f(n) }) }'),
      ),
    ],
    'where a method of its type changed, called or not': [
      one(
        'type fake struct{}\nfunc (f fake) Read(p []byte) (int, error) { return 1, nil }\n' +
          bench('f(fake{})'),
      ),
      one(
        'type fake struct{}\nfunc (f fake) Read(p []byte) (int, error) { return 2, nil }\n' +
          bench('f(fake{})'),
      ),
    ],
    'where a type that its type embeds changed': [
      one('type inner struct{ a int }\ntype fake struct{ inner }\n' + bench('f(fake{})')),
      one('type inner struct{ a [9]int }\ntype fake struct{ inner }\n' + bench('f(fake{})')),
    ],
    'where a generic helper changed': [
      one('func each[T any](v T) { f(v) }\n' + bench('each[int](1)')),
      one('func each[T any](v T) { f(&v) }\n' + bench('each[int](1)')),
    ],
    'where TestMain changed': [
      one('func TestMain(m *testing.M) { m.Run() }\n' + bench('f()')),
      one('func TestMain(m *testing.M) { setUp(); m.Run() }\n' + bench('f()')),
    ],
    'where what init needs changed': [
      one('func init() { a() }\nfunc a() { set(1) }\n' + bench('f()')),
      one('func init() { a() }\nfunc a() { set(2) }\n' + bench('f()')),
    ],
    'where a variable that runs at the start changed': [
      one('var _ = set(1)\n' + bench('f()')),
      one('var _ = set(2)\n' + bench('f()')),
    ],
    'where a blank import came': [
      one(bench('f()')),
      { ...one(bench('f()')), 'b_test.go': 'package p\nimport _ "image/png"\n' },
    ],
    'where a method was added to a type of the package': [
      one(bench('f()')),
      one('func (c *Client) String() string { return "" }\n' + bench('f()')),
    ],
    'where its import means another package': [importing('gopkg.in/yaml.v2'), importing('gopkg.in/yaml.v3')],
    'where the same name comes from another import without a name': [
      { 'a_test.go': `package p\nimport "testing"\nimport "math/rand"\n${bench('rand.Int()')}` },
      { 'a_test.go': `package p\nimport "testing"\nimport "math/rand/v2"\n${bench('rand.Int()')}` },
    ],
    'where its file chooses another language version': [
      { 'a_test.go': `//go:build go1.21\n\n${head}${bench('f()')}` },
      { 'a_test.go': `//go:build go1.22\n\n${head}${bench('f()')}` },
    ],
    'where it embeds another file': [
      one('//go:embed a.json\nvar data []byte\n' + bench('f(data)')),
      one('//go:embed b.json\nvar data []byte\n' + bench('f(data)')),
    ],
    'where what the internal tests export to it changed': [
      { 'export_test.go': 'package p\nvar Export = inner\n', 'x_test.go': external(bench('p.Export()')) },
      { 'export_test.go': 'package p\nvar Export = outer\n', 'x_test.go': external(bench('p.Export()')) },
    ],
    'where that is imported with a dot': [
      { 'export_test.go': 'package p\nvar Export = inner\n', 'x_test.go': dotted(bench('Export()')) },
      { 'export_test.go': 'package p\nvar Export = outer\n', 'x_test.go': dotted(bench('Export()')) },
    ],
  };
  for (const [name, [base, changed]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(sameness(base, changed), { BenchmarkF: 'changed' }));
  }
});

it('says which side has a benchmark alone', () => {
  assert.deepEqual(
    sameness(one(bench('f()', 'Old') + bench('f()')), one(bench('f()') + bench('f()', 'New'))),
    {
      BenchmarkOld: 'base',
      BenchmarkF: 'same',
      BenchmarkNew: 'head',
    },
  );
});

it('finds an external benchmark the same although the package that it tests has moved', () => {
  const at = (importPath: string): TestPackage => ({
    ...open({
      'x_test.go': `package p_test\n\nimport (\n\t"testing"\n\n\t"${importPath}"\n)\n\n${bench('p.F()')}`,
    }),
    importPath,
  });
  assert.deepEqual(
    [...compareRoots('Benchmark', at('example.com/p'), at('example.com/v2/p')).values()],
    ['same'],
  );
  assert.deepEqual(
    [
      ...compareRoots(
        'Benchmark',
        at('example.com/p'),
        open({
          'x_test.go': `package p_test\n\nimport (\n\t"testing"\n\n\t"example.com/other/p"\n)\n\n${bench('p.F()')}`,
        }),
      ).values(),
    ],
    ['changed'],
  );
});

it('is asked for tests and examples alike', () => {
  const tests = open(one('func helper() {}\nfunc TestA(t *testing.T) { helper() }\nfunc ExampleB() {}\n'));
  const needed = [...findNeeded(tests, ['TestA'])].flatMap(({ names }) => names);
  assert.deepEqual(needed, ['TestA', 'helper']);
});

describe('smaller tests', () => {
  const text = `package p

import (
	"net/url"
	"testing"
	_ "image/png"

	"example.com/assert"
)

// size of things.
//
//go:noinline
func helper() int { return size() }

var (
	table = build()
	input = "x"
	// unused
	other = 3
)

func TestSize(t *testing.T) {
	assert.Equal(t, size(), 3)
}

//go:linkname now time.now
func now() int64

func BenchmarkF(b *testing.B) {
	var u url.URL
	f(u, input)
}

func BenchmarkG(b *testing.B) {
	helper()
}
`;
  const start = (): SmallerTests =>
    makeSmaller(open({ 'a_test.go': text, 'b_test.go': head + 'func TestB(t *testing.T) {}\n' }), [
      'BenchmarkF',
      'BenchmarkG',
    ]);
  const written = (smaller: SmallerTests): string => writeSmaller(smaller).get('p/a_test.go') ?? '';
  const lineOf = (word: string): number => text.split('\n').findIndex((line) => line.includes(word)) + 1;

  it('keep what the wanted functions need, on the same lines, and files that still hold something', () => {
    const result = written(start());
    assert.equal(writeSmaller(start()).get('p/b_test.go'), null);
    for (const gone of ['TestSize', 'linkname', 'now()', 'other']) assert.ok(!result.includes(gone), gone);
    for (const kept of ['//go:noinline', 'helper() int', 'table', 'input', 'BenchmarkF', 'BenchmarkG']) {
      assert.equal(result.split('\n').findIndex((line) => line.includes(kept)) + 1, lineOf(kept), kept);
    }
    assert.match(result, /_ "example\.com\/assert"/u);
    assert.match(result, /\t"net\/url"/u);
    assert.equal(result.split('\n').length, text.split('\n').length);
  });

  it('lose the functions that do not compile, and what only they needed', () => {
    const line = `./p/a_test.go:${lineOf('func helper')}:29: undefined: size`;
    const smaller = leaveOut(start(), ['# example.com/p [example.com/p.test]', line]);
    assert.deepEqual([...smaller.wanted], ['BenchmarkF']);
    assert.deepEqual([...smaller.failed], [['BenchmarkG', line]]);
    assert.ok(!written(smaller).includes('helper'));
  });

  it('lose a variable that nothing wanted needs, and not the functions', () => {
    const smaller = leaveOut(start(), [`a_test.go:${lineOf('table')}:10: undefined: build`]);
    assert.deepEqual([...smaller.wanted], ['BenchmarkF', 'BenchmarkG']);
    assert.ok(!written(smaller).includes('table'));
  });

  it('lose imports that are unused or missing', () => {
    const smaller = leaveOut(start(), [
      `./p/a_test.go:${lineOf('net/url')}:2: "net/url" imported and not used`,
      `p/a_test.go:${lineOf('example.com/assert')}:2: no required module provides package example.com/assert`,
    ]);
    assert.match(written(smaller), /_ "net\/url"/u);
    assert.ok(!written(smaller).includes('example.com/assert'));
    assert.equal(smaller.wanted.size, 2);
  });

  it('fail all wanted functions where init or the code itself does not compile', () => {
    const withInit = makeSmaller(open(one('func init() { size() }\n' + bench('f()'))), ['BenchmarkF']);
    assert.deepEqual(
      [...leaveOut(withInit, ['a_test.go:5:15: undefined: size']).failed.keys()],
      ['BenchmarkF'],
    );
    const elsewhere = leaveOut(start(), ['# example.com/q', './q/q.go:3:1: syntax error']);
    assert.deepEqual(
      [...elsewhere.failed.values()],
      ['./q/q.go:3:1: syntax error', './q/q.go:3:1: syntax error'],
    );
  });

  it('end: the same error twice fails what is left', () => {
    const lines = [`a_test.go:${lineOf('net/url')}:2: "net/url" imported and not used`];
    assert.equal(leaveOut(leaveOut(start(), lines), lines).wanted.size, 0);
  });
});
