import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Position } from '../../src/compare/types.ts';
import { brief, causeOf, frame, say, step } from './described-change.ts';

const factory = `
== box/box.go ==
  package box

  type Box struct{ n, m int }

  func (b *Box) done() { b.n-- }

- func (b *Box) Make(n int) *Box {
-     limit := n
-     b.done()
+ func (b *Box) Make(n int) *Box {
+     limit := n * 2
+     defer b.done()
@     return &Box{n: limit}
  }
== use.go ==
  package m
  import "example.com/m/box"

  func Use(b *box.Box) int {
      return b.Make(1).n
  }
`;

test('inlining lost by an operation names the line of that operation, not the first changed one', () => {
  const cause = causeOf(factory, (at, was) => ({
    base: [say('inlining-call', was('b.Make(1)'), 'box.(*Box).Make')],
    head: [say('cannot-inline', at(') Make('), '(*Box).Make', { reason: 'unhandled op DEFER' })],
    callers: [frame(at('b.Make(1)'), 'example.com/m.Use')],
    site: { function: 'example.com/m/box.(*Box).Make' },
  }));
  assert.equal(brief(factory, cause), 'inlining-lost: defer b.done()');
});

const pragma = `
== box.go ==
  package m

  type Box[T any] struct{ v T }

  // New makes a box.
+ //go:noinline
  func New[T any](v T) *Box[T] {
@     return &Box[T]{v: v}
  }

  func Use() int {
-     return New(1).v
+     one := 1
+     return New(one).v
  }
`;

test('a directive above the function is a change of it, and a call is lost on an edited line too', () => {
  const cause = causeOf(pragma, (at, was) => ({
    base: [say('inlining-call', was('New(1)'), 'New[...]')],
    head: [say('cannot-inline', at('func New'), 'New', { reason: 'marked go:noinline' })],
    callers: [frame(at('New(one)'), 'example.com/m.Use')],
    site: { function: 'example.com/m.New[...]' },
  }));
  assert.equal(brief(pragma, cause), 'inlining-lost: //go:noinline');
});

const deep = `
== box.go ==
  package m

  type Box struct{ n int }

  func clamp(n int) int {
-     limit := 8
+     limit := 9
      trace(n)
+     if n < 0 {
+         n = -n * limit
+     }
      return n
  }

  func New(n int) *Box {
-     k := 1
+     k := 2
@     return &Box{n: clamp(n) + k}
  }

  func Use() int {
      return New(1).n
  }
`;

test('where a callee’s cost grew, the hunk that added most to the callee is named', () => {
  const cause = causeOf(deep, (at, was) => ({
    base: [
      say('inlining-call', was('New(1)'), 'New'),
      say('inlining-call', was('&Box{'), 'clamp'),
      say('can-inline', was('func New'), 'New', { cost: 60 }),
    ],
    head: [
      say('can-inline', at('func clamp'), 'clamp', { cost: 50 }),
      say('inlining-call', at('&Box{'), 'clamp'),
      say('cannot-inline', at('func New'), 'New', { cost: 90, reason: 'function too complex' }),
    ],
    callers: [frame(at('New(1)'), 'example.com/m.Use')],
    site: { function: 'example.com/m.New' },
  }));
  assert.equal(brief(deep, cause), 'inlining-lost: if n < 0 {');
  assert.deepEqual(
    cause?.via.map(({ text }) => text),
    ['New', 'New is called'],
  );
});

const above = `
== run.go ==
  package m

  func Run() int {
-     k := 1
+     k := 2
      return run() + k
  }

  func run() any {
      n := 1
@     return n
  }

  func Main() int {
      return Run()
  }
`;

test('a function that is no longer inlined has no say in what one allocates that never was', () => {
  const cause = causeOf(above, (at, was) => ({
    base: [say('inlining-call', was('return Run()'), 'Run')],
    head: [say('cannot-inline', at('func Run()'), 'Run', { cost: 99, reason: 'function too complex' })],
    callers: [
      frame(at('return run()'), 'example.com/m.Run'),
      frame(at('return Run()'), 'example.com/m.Main'),
    ],
    site: { function: 'example.com/m.run' },
  }));
  assert.equal(brief(above, cause), 'function: k := 2');
});

const own = above.replace('      n := 1', '-     n := 1\n+     n := 2');

for (const { name, isNew, callees, inlines, expected } of [
  { name: 'a new decision', isNew: true, callees: [], inlines: false, expected: 'function: n := 2' },
  {
    name: 'what another module allocates',
    isNew: false,
    callees: [['strconv.Itoa']],
    inlines: false,
    expected: 'function: n := 2',
  },
  {
    name: 'that, unless it is inlined into the place',
    isNew: false,
    callees: [['errors.New']],
    inlines: true,
    expected: 'inlining-lost: n := 2',
  },
]) {
  test(`the place’s own function that is no longer inlined has no say in ${name}`, () => {
    const cause = causeOf(own, (at, was) => ({
      base: [say('inlining-call', was('return run()'), 'run')],
      head: [say('cannot-inline', at('func run()'), 'run', { cost: 99, reason: 'function too complex' })],
      callers: [frame(at('return run()'), 'example.com/m.Run')],
      site: { function: 'example.com/m.run', callees, inlines },
      ...(isNew ? { decision: say('escapes-to-heap', at('return n'), 'n') } : {}),
    }));
    assert.equal(brief(own, cause), expected);
  });
}

test('a value that is handed to one function is not lost by another on the line', () => {
  const text = `
== use.go ==
  package m

  func keep(p *int) {
-     a()
+     b()
      sink = p
  }

  func count() int {
-     return 1
+     defer b()
+     return 1
  }

  func Use() {
@     x := 1
      keep2(count(), &x)
  }
`;
  const cause = causeOf(text, (at, was) => ({
    base: [say('inlining-call', was('keep2('), 'count')],
    head: [say('cannot-inline', at('func count'), 'count', { reason: 'unhandled op DEFER' })],
    decision: say('moved-to-heap', at('x := 1'), 'x', {
      flow: [step('{heap} ← &x', null), step('keep2(count(), &x)', 'call parameter', at('keep2('))],
    }),
  }));
  assert.notEqual(cause?.kind, 'inlining-lost');
});

test('of an inlined function the changed line that keeps the value is named', () => {
  const text = `
== lib/lib.go ==
  package lib

- func Sum(p *Big) int { return p.A }
+ func Sum(p *Big) int {
+     kept[0] = p
+     return p.A
+ }
== use.go ==
  package m
  import "example.com/m/lib"

  func Run() int {
@     var x lib.Big
      return lib.Sum(&x)
  }
`;
  const explain = (kept: string) =>
    causeOf(text, (at) => ({
      head: [
        say('can-inline', at('func Sum'), 'Sum'),
        say('inlining-call', at('lib.Sum(&x)'), 'lib.Sum'),
        say('can-inline', at('func Run'), 'Run'),
      ],
      decision: say('moved-to-heap', at('var x'), 'x', {
        flow: [
          step('lib.p := &x', 'assign-pair', at('lib.Sum(&x)')),
          step(kept, 'assign', at('lib.Sum(&x)')),
        ],
      }),
    }));
  assert.equal(explain('lib.kept[0] = lib.p')?.line, 4);
  assert.equal(explain('lib.other = lib.p')?.line, 3, 'else the first changed line');
});

test('what base sent to the heap as well is not there because inlining was lost', () => {
  const text = `
== log.go ==
  package m

  func (l *Log) write(args ...any) {
+     if !l.on {
+         return
+     }
      print(args...)
  }

  func (l *Log) Debugf(args ...any) {
      l.write(args...)
  }

  func Send(l *Log, n int) {
-     if l.on {
-         l.Debugf(n)
-     }
+@    l.Debugf(n)
  }
`;
  const boxed = (position: Position, to: string) =>
    say('escapes-to-heap', position, 'n', {
      function: 'Send',
      flow: [
        step(`${to} ← &{storage for n}`, null),
        step('(*Log).Debugf(l, ... argument...)', 'call parameter', position),
      ],
    });
  const explain = (to: string) =>
    causeOf(text, (at, was) => ({
      base: [say('inlining-call', was('l.Debugf(n)'), '(*Log).Debugf'), boxed(was('l.Debugf(n)'), to)],
      head: [say('cannot-inline', at('func (l *Log) Debugf'), '(*Log).Debugf', { cost: 81 })],
      decision: boxed(at('l.Debugf(n)'), to),
    }));
  assert.notEqual(explain('{heap}')?.kind, 'inlining-lost');
});
