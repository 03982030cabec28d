import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecisionParser, type DecisionOptions } from '../../src/compare/decisions.ts';
import { buffer, resolve } from './diagnostics.ts';

const parse = (text: string, options: Partial<DecisionOptions> = {}) => {
  const parser = createDecisionParser({ resolve, ...options });
  for (const line of text.split('\n')) parser.line(line);
  return parser.end();
};

void test('the plain fact carries function and flow of its explanation', () => {
  const { decisions, problemCount } = parse(buffer);
  assert.equal(problemCount, 0);
  assert.deepEqual(
    decisions.map((d) => [
      d.kind,
      d.expression,
      d.reason,
      d.function,
      d.flow.map((step) => step.reason ?? step.text),
    ]),
    [
      ['leaking-param', 'b', 'content', '(*Buffer).Add', ['{temp} ← *b', 'dot of pointer']],
      ['leaking-param', 'b', 'to result ~r0 level=0', '(*Buffer).Add', ['~r0 ← b', 'return']],
      ['does-not-escape', 'v', null, null, []],
      [
        'escapes-to-heap',
        'append',
        null,
        '(*Buffer).Add',
        ['{heap} ← &{storage for append(b.bs, v)}', 'spill', 'assign'],
      ],
    ],
  );
  assert.deepEqual(decisions[3]?.flow[2], {
    text: 'b.bs = append(b.bs, v)',
    reason: 'assign',
    position: { file: 'buf/b.go', line: 42, column: 7 },
  });
  assert.equal(decisions[0]?.flow[1]?.position, null);
  assert.equal(decisions[0]?.package, 'example.com/m/buf');
});

void test('a flow survives copies and JSON', () => {
  const [first] = parse(buffer).decisions;
  assert.ok(first);
  assert.equal({ ...first }.flow.length, 2);
  assert.match(JSON.stringify(first), /"dot of pointer"/u);
});

void test('two explanations of one place go to the right facts', () => {
  const { decisions } = parse(`example.com/m/a.go:5: 24 escapes to heap in Sort:
example.com/m/a.go:5:   flow: {heap} ← &{storage for 24}:
example.com/m/a.go:5: 73 escapes to heap in Other:
example.com/m/a.go:5:   flow: {heap} ← &{storage for 73}:
example.com/m/a.go:5: 73 escapes to heap
example.com/m/a.go:5: 24 escapes to heap`);
  assert.deepEqual(
    decisions.map((d) => [d.expression, d.function, d.position.column]),
    [
      ['24', 'Sort', 0],
      ['73', 'Other', 0],
    ],
  );
});

void test('a parameter that moves to the heap and leaks keeps the two apart', () => {
  const { decisions } = parse(`example.com/m/a.go:9:8: x escapes to heap in F:
example.com/m/a.go:9:8:   flow: p ← &x:
example.com/m/a.go:9:8: parameter x leaks to {heap} for F with derefs=0:
example.com/m/a.go:9:8:   flow: {heap} ← x:
example.com/m/a.go:9:8: leaking param: x
example.com/m/a.go:9:8: moved to heap: x`);
  assert.deepEqual(
    decisions.map((d) => [d.kind, d.flow[0]?.text]),
    [
      ['leaking-param', '{heap} ← x'],
      ['moved-to-heap', 'p ← &x'],
    ],
  );
});

void test('a place that allocates twice says so twice, also with a folded constant, and once more in a variant', () => {
  const text = `# example.com/m
example.com/m/a.go:7:14: make([]Foo, len(arr)) escapes to heap in Sort:
example.com/m/a.go:7:14:   flow: {heap} ← &{storage for make([]Foo, len(arr))}:
example.com/m/a.go:7:14: make([]Foo, len(arr)) escapes to heap in Sort:
example.com/m/a.go:7:14:   flow: {storage for make([]Foo, len(arr))} ← &{storage for make([]Foo, len(arr))}:
example.com/m/a.go:7:14: make([]Foo, 100) escapes to heap
example.com/m/a.go:7:14: make([]Foo, 100) escapes to heap
`;
  const { decisions } = parse(text + text.replace('m\n', 'm [example.com/m.test]\n'));
  assert.deepEqual(
    decisions.map((d) => [d.expression, d.function, d.flow.length]),
    [
      ['make([]Foo, 100)', 'Sort', 1],
      ['make([]Foo, 100)', 'Sort', 1],
    ],
  );
  assert.notEqual(decisions[0]?.flow[0]?.text, decisions[1]?.flow[0]?.text);
});

void test('inlining: costs, reasons, calls, devirtualizing', () => {
  const { decisions } = parse(`# example.com/m
example.com/m/a.go:1:6: can inline (*T).M with cost 17 as: method(*T) func() { return t.x }
example.com/m/a.go:2:6: cannot inline F: function too complex: cost 84 exceeds budget 80
example.com/m/a.go:3:6: cannot inline G.func1: unhandled op DEFER
example.com/m/a.go:4:6: cannot inline H: marked go:noinline
example.com/m/a.go:5:9: inlining call to bytes.(*Buffer).String
example.com/m/a.go:6:9: devirtualizing x.Get to *impl
example.com/m/a.go:7:6: cannot inline (*T[go.shape.struct { A int "json:\\"a\\""; B bool }]).Find: function too complex: cost 323 exceeds budget 80
example.com/m/a.go:8:6: cannot inline F[go.shape.struct { A int "x:\\"y:\\\\\\"" }]: recursive`);
  assert.deepEqual(
    decisions.map((d) => [d.kind, d.expression, d.function, d.cost, d.reason]),
    [
      ['can-inline', '(*T).M', '(*T).M', 17, null],
      ['cannot-inline', 'F', 'F', 84, 'function too complex'],
      ['cannot-inline', 'G.func1', 'G.func1', null, 'unhandled op DEFER'],
      ['cannot-inline', 'H', 'H', null, 'marked go:noinline'],
      ['inlining-call', 'bytes.(*Buffer).String', null, null, null],
      ['devirtualized', 'x.Get', null, null, '*impl'],
      ['cannot-inline', '(*T[...]).Find', '(*T[...]).Find', 323, 'function too complex'],
      ['cannot-inline', 'F[...]', 'F[...]', null, 'recursive'],
    ],
  );
});

void test('variants of a package and of a generic function count once, in whichever order they come', () => {
  const own = `# example.com/m/pool
example.com/m/pool/p.go:40:6: can inline New[go.shape.int] with cost 25 as: func()
example.com/m/pool/p.go:41:9: &Pool[go.shape.int]{...} escapes to heap in New[go.shape.int]:
example.com/m/pool/p.go:41:9:   flow: ~r0 ← &{storage for &Pool[go.shape.int]{...}}:
example.com/m/pool/p.go:41:9: &Pool[go.shape.int]{...} escapes to heap`;
  const foreign = `# example.com/m/user
example.com/m/pool/p.go:40:6: can inline pool.New[go.shape.[]string] with cost 22 as: func()
example.com/m/pool/p.go:40:6: can inline pool.New[[]string] with cost 28 as: func()
example.com/m/pool/p.go:41:9: &pool.Pool[go.shape.[]string]{...} escapes to heap in New[go.shape.[]string]:
example.com/m/pool/p.go:41:9:   flow: ~r0 ← &{storage for &pool.Pool[go.shape.[]string]{...}}:
example.com/m/pool/p.go:41:9: &pool.Pool[go.shape.[]string]{...} escapes to heap`;
  const test1 = own.replace('/pool\n', '/pool [example.com/m/pool.test]\n');
  const results = [
    [own, foreign, test1],
    [foreign, test1, own],
  ].map((parts) => parse(parts.join('\n')).decisions);
  assert.deepEqual(results[0], results[1]);
  assert.deepEqual(
    results[0]?.map((d) => [d.package, d.expression, d.function, d.cost]),
    [
      ['example.com/m/pool', 'New[...]', 'New[...]', 22],
      ['example.com/m/pool', '&Pool[...]{...}', 'New[...]', null],
    ],
  );
});

void test('places outside the repository and unwanted packages are left out', () => {
  const text = `# other.org/x
other.org/x/x.go:1:1: x escapes to heap
<autogenerated>:1: inlining call to Source.String
fmt/print.go:3:4: something nobody knows
# example.com/m
example.com/m/a.go:1:1: y escapes to heap`;
  assert.deepEqual([parse(text).decisions.length, parse(text).problemCount], [1, 0]);
  assert.equal(parse(text, { wanted: (name) => name !== 'example.com/m' }).decisions.length, 0);
});

void test('captures name their function, the variable and how', () => {
  const { decisions, problemCount } = parse(`# example.com/m
example.com/m/a.go:7:2: (*T).Run capturing by ref: total (addr=false assign=true width=8)
example.com/m/a.go:8:2: (*T).Run capturing by value: limit (addr=false assign=false width=8)
example.com/m/a.go:9:2: New[go.shape.int,go.shape.struct {}] capturing by value: .autotmp_5 (addr=false assign=false width=8)`);
  assert.deepEqual(
    decisions.map((d) => [d.kind, d.function, d.expression, d.reason]),
    [
      ['captured', '(*T).Run', 'total', 'by ref'],
      ['captured', '(*T).Run', 'limit', 'by value'],
      ['captured', 'New[...]', '.autotmp_5', 'by value'],
    ],
  );
  assert.equal(problemCount, 0);
});

void test('what is not understood is a problem, what is of no use is not', () => {
  const { decisions, problems, problemCount } = parse(`# example.com/m
example.com/m/a.go:7:2: (*VM).Run ignoring self-assignment in vm.x = vm.x
example.com/m/a.go:7:2: zero-copy string->[]byte conversion
example.com/m/a.go:7:2: index bounds check elided
example.com/m/a.go:7:2:   warning: truncated explanation due to assignment cycle; see golang.org/issue/35518
go: downloading gopkg.in/yaml.v3 v3.0.1
BenchmarkItFind.func1 capturing by ref: it.#next (addr=false assign=true width=8)
<unknown line number>: it.#next escapes to heap in Contains[go.shape.int]:
moved to heap: it.#next

example.com/m/a.go:8:2: undefined: y
\u0000 garbage: 1`);
  assert.equal(decisions.length, 0);
  assert.deepEqual(problems, [
    { line: 11, text: 'example.com/m/a.go:8:2: undefined: y', message: 'unknown wording' },
    { line: 12, text: '\u0000 garbage: 1', message: 'no position' },
  ]);
  assert.equal(problemCount, 2);
});

void test('a line that the file does not have is nobody\u2019s position', () => {
  const { decisions } = parse(`# example.com/m
example.com/m/a.go:5000:2: x escapes to heap
example.com/m/a.go:5001:2: y escapes to heap
example.com/m/a.go:0:2: z escapes to heap`);
  assert.deepEqual(
    decisions.map(({ expression }) => expression),
    ['x'],
  );
});
