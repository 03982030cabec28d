import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOfType, sizeOfType } from '../../src/causes/type-size.ts';
import { brief, causeOf, frame, say, step } from './described-change.ts';

const more = { objectsPerOp: { base: 1, head: 3 }, bytesPerOp: { base: 16, head: 48 } };

const condition = `
== box.go ==
  package m

  func audit(id int) *rec {
@     return &rec{id}
  }

  func (b *Box) Put(ids []int) {
-     b.n = len(ids)
+     b.n = len(ids) + 1
      for _, id := range ids {
-         if id > 2 {
+         if id > 1 {
              b.last = audit(id)
          }
      }
  }
`;

test('a site that is hit more often names the changed condition around the call, not the first changed line', () => {
  const cause = causeOf(condition, (at) => ({
    callers: [frame(at('b.last'), 'example.com/m.(*Box).Put')],
    site: more,
  }));
  assert.equal(brief(condition, cause), 'call-count: if id > 1 {');
});

test('a constant in the condition around the place is the cause, whatever else the function changed', () => {
  const text = `
== limits.go ==
  package m

  const (
-     level = 1
-     trace = false
+     level = 2
+     trace = true
  )
== run.go ==
  package m

  func Run(id int) {
-     n++
+     n += level
      if trace {
@         note = strconv.Itoa(id)
      }
  }
`;
  assert.equal(brief(text, causeOf(text)), 'call-count: trace = true');
});

test('a call that was only indented into a loop names the loop', () => {
  const text = `
== run.go ==
  package m

  func lex() *tok {
@     return &tok{}
  }

  func Parse() {
-     last = lex()
+     for range 3 {
+         last = lex()
+     }
  }
`;
  const cause = causeOf(text, (at) => ({
    callers: [frame(at('last ='), 'example.com/m.Parse')],
    site: more,
  }));
  assert.equal(brief(text, cause), 'call-count: for range 3 {');
});

test('a place that was only indented anew is not its own cause', () => {
  const text = `
== run.go ==
  package m

  func Parse(n int) {
-     last = &tok{}
+     for range n {
+@        last = &tok{}
+     }
  }
`;
  assert.equal(
    brief(
      text,
      causeOf(text, () => ({ site: more })),
    ),
    'call-count: for range n {',
  );
});

test('a field that a changed line sets and a loop on the way reads', () => {
  const text = `
== new.go ==
  package m

  func New() *Walker {
      return &Walker{
-         width: 2,
-         depth: 2,
+         width: 3,
+         depth: 4,
      }
  }
== run.go ==
  package m

  func grow() *node {
@     return &node{}
  }

  func (w *Walker) Run() {
      for i := 0; i < w.depth; i++ {
          last = grow()
      }
  }
`;
  const callers = (at: (text: string) => { file: string; line: number; column: number }) => [
    frame(at('last ='), 'example.com/m.(*Walker).Run'),
  ];
  assert.equal(
    brief(
      text,
      causeOf(text, (at) => ({ callers: callers(at), site: more })),
    ),
    'call-count: depth: 4,',
  );
});

test('the changed line of a function that speaks of what the place names is preferred', () => {
  const text = `
== run.go ==
  package m

  func Sum(in []int) int {
-     lines++
+     lines += 2
      show(lines)
-     keys := known
+     keys := other
@     return total(in, keys)
  }
`;
  assert.equal(brief(text, causeOf(text)), 'function: keys := other');
});

test('a type that needs no memory of its own names the field that made it need some', () => {
  const text = `
== noop/noop.go ==
  package noop

- type Stats struct{}
- type Tracer struct{}
+ type Stats struct{ n int }
+ type Tracer struct{ depth int }
== run.go ==
  package m
  import "example.com/m/noop"

  func (s *Span) Begin() {
@     s.tr = new(noop.Tracer)
  }
`;
  assert.equal(brief(text, causeOf(text)), 'size-grown: type Tracer struct{ depth int }');
});

test('of a struct’s changed fields the one that grew most is named; alignment is not a change', () => {
  const text = `
== head.go ==
  package m

  type header struct {
-     id   int
-     kind int32
-     body [13]int
+     id         int
+     kind       uint32
+     body       [13]int
+     generation int
  }
== run.go ==
  package m

  func (q *Q) Defer() {
@     h := header{}
      q.f = func() int { return h.id }
  }
`;
  const cause = causeOf(text, (at) => ({
    decision: say('moved-to-heap', at('h := header'), 'h', {
      flow: [step('h', 'captured by a closure', at('q.f ='))],
    }),
  }));
  assert.equal(brief(text, cause), 'size-grown: generation int');
});

test('a size is followed through an unchanged type of an imported package', () => {
  const text = `
== lim/lim.go ==
  package lim

- const Rows = 10
+ const Rows = 9000

  type Grid [Rows]int
== run.go ==
  package m
  import "example.com/m/lim"

  import "example.com/m/lim"

  func Fill() int {
@     var g lim.Grid
      return g[1]
  }
`;
  const cause = causeOf(text, (at) => ({
    decision: say('moved-to-heap', at('var g'), 'g', {
      flow: [step('g', 'too large for stack', at('var g'))],
    }),
  }));
  assert.equal(brief(text, cause), 'size-grown: const Rows = 9000');
});

test('a changed call that hands an inlined make a size which is not a constant', () => {
  const text = `
== run.go ==
  package m

  func scratch(n int) []byte {
@     return make([]byte, n)
  }

  func Run(c *Conf) {
-     n := 1
-     b := scratch(256)
+     n := 2
+     b := scratch(c.size)
      use(b, n)
  }
`;
  const cause = causeOf(text, (at, was) => ({
    base: [
      say('escapes-to-heap', was('make('), 'make([]byte, n)'),
      say('does-not-escape', was('scratch(256)'), 'make([]byte, 256)'),
    ],
    head: [
      say('escapes-to-heap', at('make('), 'make([]byte, n)'),
      say('does-not-escape', at('scratch(c.size)'), 'make([]byte, n)'),
    ],
    callers: [frame(at('scratch(c.size)'), 'example.com/m.Run', true)],
    site: { function: 'example.com/m.scratch' },
  }));
  assert.equal(brief(text, cause), 'size-variable: b := scratch(c.size)');
});

test('a buffer that a called function makes says nothing of the sizes of other inlined functions', () => {
  const text = `
== run.go ==
  package m

  func lines(r io.Reader) *bufio.Reader {
@     return bufio.NewReader(r)
  }

  func First() byte {
-     kept.Reset(src)
-     c, _ := kept.ReadByte()
+     br := lines(src)
+     c, _ := br.ReadByte()
      return c
  }
`;
  const cause = causeOf(text, (at, was) => ({
    base: [say('does-not-escape', was('kept.Reset'), 'make([]byte, 4096)')],
    head: [say('escapes-to-heap', at('lines(src)'), 'make([]byte, max(size, 16))')],
    callers: [frame(at('lines(src)'), 'example.com/m.First', true)],
    site: { function: 'example.com/m.lines', callees: [['bufio.NewReader', 'bufio.NewReaderSize']] },
  }));
  assert.notEqual(cause?.kind, 'size-variable');
  assert.match(brief(text, cause) ?? '', /: br := lines\(src\)$/u);
});

test('a function that a constructor of one line newly sets is called through a field', () => {
  const text = `
== field.go ==
  package m

  func heavy(n int) {
@     kept = append(kept[:0], &n)
  }

- func New() *S { return &S{on: light} }
+ func New() *S { return &S{on: heavy} }

  func (s *S) Run(n int) { s.on(n) }
`;
  const cause = causeOf(text, (at) => ({
    callers: [frame(at('s.on(n)'), 'example.com/m.(*S).Run')],
    site: { function: 'example.com/m.heavy' },
  }));
  assert.equal(brief(text, cause), 'call-count: func New() *S { return &S{on: heavy} }');
});

test('what a type takes is read from its text, as far as that goes', () => {
  const types = ['int32', '[4]int32', '*T', '[]T', 'func(int) string', 'any', 'struct{}', 'T', '[N]int'];
  assert.deepEqual(types.map(sizeOfType), [4, 16, 8, 24, 8, 16, 0, null, null]);
  assert.equal(growthOfType('[4]T', '[6]T'), 2);
  assert.equal(growthOfType('int64', 'int32'), -4);
  assert.equal(growthOfType('T', 'T'), 0);
  assert.ok(growthOfType('T', 'U') > 0);
});
