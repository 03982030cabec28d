import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';
import { type Grammar, parseSource } from '../../src/rules/syntax.ts';
import { type Skeleton, type Unwritable, writeSkeleton } from '../../src/skeletons/benchmark.ts';
import { findTestInputs } from '../../src/skeletons/test-inputs.ts';
import { readGoFile } from '../../src/syntax/go-file.ts';
import { before } from '../support/hooks.ts';

let grammar: Grammar;
before(async () => {
  grammar = await loadGoGrammar();
});

const importsOf = (text: string): Map<string, string> =>
  new Map(
    (readGoFile('m.go', text)?.imports ?? []).map(
      ({ path }) => [path.split('/').at(-1) ?? '', path] as const,
    ),
  );

/** The benchmark for the last function of a file. */
function write(code: string, tests = '', goMinor = 24): Skeleton | Unwritable {
  const text = `package m\n\n${code}\n`;
  const source = parseSource(grammar, text);
  const testText = `package m\n\n${tests}\n`;
  const testSource = parseSource(grammar, testText);
  const own = source?.functions.at(-1);
  assert.ok(source && own && testSource);
  const types = new Map(
    source.root
      .descendantsOfType('type_spec')
      .map((spec) => [spec?.childForFieldName('name')?.text ?? '', spec?.childForFieldName('type')] as const)
      .flatMap(([name, type]) => (type ? [[name, type] as const] : [])),
  );
  const functions = new Map(source.functions.map(({ name, node }) => [name, node]));
  const last = own.node.childForFieldName('name')?.text ?? '';
  const files = [{ root: testSource.root, imports: importsOf(testText) }];
  const written = writeSkeleton({
    name: own.name,
    node: own.node,
    packageName: 'm',
    scope: { types, functions, imports: importsOf(text) },
    inputs: findTestInputs(last, own.node.type === 'method_declaration', files),
    goMinor,
    isTaken: (name) => testText.includes(`func ${name}(`),
  });
  source.free();
  testSource.free();
  return written;
}

function bodyOf(written: Skeleton | Unwritable): string[] {
  assert.ok('code' in written, JSON.stringify(written));
  const lines = written.code.split('\n').map((line) => line.trim());
  return lines.slice(lines.findIndex((line) => line.startsWith('func ')) + 1, -2);
}

const SAMPLE = '"a sample text of 32 characters ."';
const LOOP = ['b.ReportAllocs()', 'for b.Loop() {'];

test('a whole file: imports that its values need, variables of the parameters’ names, the loop of the Go release', () => {
  const code =
    'import ("context"; "time")\nfunc parse(ctx context.Context, key []byte, wait time.Duration) int { return 0 }';
  const written = write(code, '', 20);
  assert.ok('code' in written);
  assert.equal(written.name, 'BenchmarkParse');
  assert.equal(
    written.code,
    `package m

import (
\t"context"
\t"testing"
\t"time"
)

var sinkParse int

func BenchmarkParse(b *testing.B) {
\tctx := context.Background()
\tkey := []byte(${SAMPLE})
\twait := time.Second
\tb.ReportAllocs()
\tfor i := 0; i < b.N; i++ {
\t\tsinkParse = parse(ctx, key, wait)
\t}
}
`,
  );
});

test('values of types', () => {
  const cases: [declarations: string, parameter: string, value: string][] = [
    ['', 's string', SAMPLE],
    ['', 'n int', '42'],
    ['', 'n uint8', 'uint8(42)'],
    ['', 'list []string', `[]string{${SAMPLE}, ${SAMPLE}, ${SAMPLE}}`],
    ['', 'm map[string]int', `map[string]int{${SAMPLE}: 42}`],
    ['', 'of func(int) bool', 'func(int) bool { return true }'],
    ['', 'v any', '42'],
    ['type id int64', 'x id', 'id(int64(42))'],
    ['type ids []int', 'x ids', 'ids([]int{42, 42, 42})'],
    ['type part struct{ n int }', 'p part', 'part{}'],
    ['type part struct{ n int }', 'p *part', '&part{}'],
    ['import "io"', 'w io.Writer', 'io.Discard'],
    ['import "net/http"', 'r *http.Request', 'httptest.NewRequest("GET", "/", nil)'],
    ['import "example.com/other"', 'o *other.Thing', 'new(other.Thing)'],
  ];
  for (const [declarations, parameter, value] of cases) {
    const body = bodyOf(write(`${declarations}\nfunc f(${parameter}) {}`)).join('\n');
    assert.ok(body.includes(value), `${parameter}: ${body}`);
  }
});

test('what cannot be made is named', () => {
  const cases: [string, Unwritable][] = [
    ['func f(c chan int) {}', { what: 'parameter', name: 'c', type: 'chan int' }],
    [
      'type namer interface{ Name() string }\nfunc f(n namer) {}',
      { what: 'parameter', name: 'n', type: 'namer' },
    ],
    ['func f[T any](v T) {}', { what: 'type-parameter', name: '[T any]', type: '' }],
    [
      'type namer func(chan int) chan int\nfunc (n namer) f() {}',
      { what: 'receiver', name: 'n', type: 'namer' },
    ],
  ];
  for (const [code, expected] of cases) assert.deepEqual(write(code), expected);
});

test('a receiver is made by its constructor, else empty', () => {
  const ring = 'type Ring struct{}\n';
  const grow = 'func (r *Ring) grow(n int) {}';
  const call = [...LOOP, 'receiver.grow(42)', '}'];
  assert.deepEqual(bodyOf(write(ring + grow)), ['receiver := &Ring{}', ...call]);
  assert.deepEqual(bodyOf(write(`${ring}func NewRing(size int) *Ring { return nil }\n${grow}`)), [
    'receiver := NewRing(42)',
    ...call,
  ]);
  assert.deepEqual(
    bodyOf(write(`${ring}func NewRing(size int) (*Ring, error) { return nil, nil }\n${grow}`)),
    ['receiver, err := NewRing(42)', 'if err != nil {', 'b.Fatal(err)', '}', ...call],
  );
  assert.deepEqual(bodyOf(write(`${ring}func NewRing(c chan int) *Ring { return nil }\n${grow}`)), [
    'receiver := &Ring{}',
    ...call,
  ]);
});

test('inputs come from a test: a literal, a variable, the first case of a table', () => {
  const parse = 'func parse(text string, n int) int { return 0 }';
  const cases: [tests: string, call: string][] = [
    ['func TestParse(t *testing.T) {\n\tparse("a=b", 3)\n}', 'sinkParse = parse("a=b", 3)'],
    [
      'func TestParse(t *testing.T) {\n\tin, n := "x", 7\n\tif parse(in, n) != 1 {\n\t}\n}',
      'sinkParse = parse("x", 7)',
    ],
    [
      'func TestParse(t *testing.T) {\n\tcases := []struct{ in string; n int }{{in: "k", n: 2}, {in: "l"}}\n\tfor _, tt := range cases {\n\t\tt.Run("", func(t *testing.T) { parse(tt.in, tt.n) })\n\t}\n}',
      'sinkParse = parse("k", 2)',
    ],
    [
      'var cases = []struct{ in string; n int }{{"k", 2}}\nfunc TestParse(t *testing.T) {\n\tfor _, tt := range cases {\n\t\tparse(tt.in, tt.n)\n\t}\n}',
      'sinkParse = parse("k", 2)',
    ],
  ];
  for (const [tests, call] of cases) {
    const written = write(parse, tests);
    assert.ok(bodyOf(written).includes(call), `${tests}: ${JSON.stringify(written)}`);
    assert.ok('from' in written && written.from === 'TestParse');
  }
  const needsIts = write(parse, 'func TestParse(t *testing.T) {\n\tparse(t.Name(), 1)\n}');
  assert.ok('from' in needsIts && needsIts.from === null);
});

test('names that are taken are left', () => {
  const written = write('func parse() {}', 'func BenchmarkParse(b *testing.B) {}');
  assert.ok('name' in written && written.name === 'BenchmarkParse2');
});

test('results are kept, so that an inlined call has to make them', () => {
  const written = (code: string): string => {
    const one = write(code);
    assert.ok('code' in one);
    return one.code;
  };
  const two = written('import "time"\nfunc now() (at time.Time, err error) { return }');
  assert.match(two, /"testing"\n\t"time"\n/u, 'the result’s type needs its package');
  assert.match(two, /^var sinkNow1 time\.Time\nvar sinkNow2 error\n\n/mu);
  assert.match(two, /\t\tsinkNow1, sinkNow2 = now\(\)/u);
  assert.match(written('func list() []*item { return nil }'), /^var sinkList \[\]\*item\n/mu);
  assert.match(written('func f() (int, other.T) { return 1, nil }'), /\t\tsinkF1, _ = f\(\)/u, 'unknown');
  assert.match(written('func f() {}'), /\t\tf\(\)/u);
});
