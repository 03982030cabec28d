import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Declaration, type GoFile, readGoFile } from '../../src/syntax/go-file.ts';

function read(text: string): GoFile {
  const file = readGoFile('p/x_test.go', text);
  assert.ok(file);
  return file;
}

function declare(text: string): Declaration {
  const [only, ...others] = read(`package p\n\n${text}\n`).declarations;
  assert.ok(only);
  assert.deepEqual(others, []);
  return only;
}

describe('readGoFile', () => {
  it('reads every kind of declaration, single and in brackets, with its lines', () => {
    const { declarations } = read(`package p

var (
	a, b = 1, 2 // trailing
	// c is a slice.
	c = []int{
		1,
	}
)

const (
	one = iota
	two
)

type (
	T[K any] struct{ k K }
	Alias = T[int]
)

func (t *T[K]) M() {}
func (Alias) N() {}
func F[K comparable](k K) (K, error) { return k, nil }
func asm(x int) int
`);
    assert.deepEqual(
      declarations.map(({ kind, names, receiver, firstLine, lastLine }) => [
        kind,
        names.join(),
        receiver,
        firstLine,
        lastLine,
      ]),
      [
        ['var', 'a,b', null, 4, 4],
        ['var', 'c', null, 6, 8],
        ['const', 'one,two', null, 11, 14],
        ['type', 'T', null, 17, 17],
        ['type', 'Alias', null, 18, 18],
        ['method', 'M', 'T', 21, 21],
        ['method', 'N', 'Alias', 22, 22],
        ['func', 'F', null, 23, 23],
        ['func', 'asm', null, 24, 24],
      ],
    );
  });

  it('reads imports, the build constraint and the package', () => {
    const file = read(
      '//go:build linux && go1.21\n\npackage p_test\n\nimport "a/b"\nimport (\n\t. "c"\n\t_ "d"\n\te "f"; "g"\n)\n',
    );
    assert.equal(file.package, 'p_test');
    assert.equal(file.constraint, '//go:build linux && go1.21');
    assert.deepEqual(
      file.imports.map(({ name, path, line }) => [name, path, line]),
      [
        [null, 'a/b', 5],
        ['.', 'c', 7],
        ['_', 'd', 8],
        ['e', 'f', 9],
        [null, 'g', 9],
      ],
    );
  });

  it('keeps words, not their layout or comments, but keeps directives', () => {
    const plain = declare('func F(a int) {\n\tg(a) // why\n\t/* more */ h()\n}');
    const other = declare('// F does.\nfunc F(a  int) {\n\n\tg(a)\n\th()\n}');
    assert.equal(plain.text, other.text);
    assert.notEqual(declare('//go:noinline\nfunc F() {}').text, declare('func F() {}').text);
    assert.notEqual(
      declare('//go:embed a.txt\nvar s string').text,
      declare('//go:embed b.txt\nvar s string').text,
    );
  });

  it('ends statements where the specification inserts semicolons', () => {
    const { declarations } = read(
      'package p\nvar x = 1 +\n\t2\nvar f = func() string {\n\treturn `a\n}`\n}\nvar y = x; var z = "}" /* a\nb */\nvar r = \'{\'\n',
    );
    assert.deepEqual(
      declarations.map(({ names }) => names.join()),
      ['x', 'f', 'y', 'z', 'r'],
    );
  });

  it('tells names from selectors and fields', () => {
    const { words, selections } = declare('func F(p T) { p.size(); url.Parse(a.b.c); g()() }');
    assert.ok(['T', 'url', 'g', 'a'].every((word) => words.has(word)));
    assert.ok(!words.has('size') && !words.has('Parse') && !words.has('c'));
    assert.deepEqual([...selections], ['p.size', 'url.Parse', 'a.b']);
  });

  it('gives up on what is not the form of a Go file', () => {
    for (const text of [
      '',
      'func F() {}',
      'package p\nfunc F() {',
      'package p\n}',
      'package p\nfoo()\n',
      'package p\nvar s = "x\n',
    ])
      assert.equal(readGoFile('x.go', text), null, JSON.stringify(text));
  });
});

describe('what runs when the program starts', () => {
  const imports = 'import (\n\t"errors"\n\tre "regexp"\n\t"os"\n)\n';
  const runs = (text: string): boolean => {
    const found = read(`package p\n${imports}\n${text}\n`).declarations[0];
    assert.ok(found);
    return found.runs;
  };

  it('is a call or a receive in an initialiser', () => {
    for (const text of [
      'var x = setUp()',
      'var _ = register("a")',
      'var x = os.Getenv("A")',
      'var x = func() int { return 1 }()',
      'var x = <-c',
      'var x = T{A: load("f")}',
      'var x = errors.New(load())',
      'var x = generic[int](3)',
      'var x = []func(){ f() }',
    ])
      assert.equal(runs(text), true, text);
  });

  it('is not what only gives a value', () => {
    for (const text of [
      'var x int',
      'var x = errors.New("a")',
      'var x = re.MustCompile("a")',
      'var x = []byte("a")',
      'var x = map[string][]int{"a": make([]int, 3)}',
      'var x = func(a int) error { return load(a) }',
      'var x func(int) (string, error)',
      'var x = []func(){ func() { f() }, nil }',
      'var _ I = (*T)(nil)',
      'var x = &T{f: func() struct{ a int } { return g() }}',
      'var c = make(chan int)',
      'var c <-chan int',
    ])
      assert.equal(runs(text), false, text);
  });
});
