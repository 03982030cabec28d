import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf, say, step } from './described-change.ts';

const fields = `
== ev/ev.go ==
  package ev

- type Event struct {
-     Kind  int
-     Err   error
-     Value float64
- }
+ type Event struct {
+     Kind  int32
+     Err   error // last
+     Value any
+ }
== use.go ==
  package m
  import "example.com/m/ev"

  func (l *Log) Note(f float64) {
@     l.last = ev.Event{Value: f}
  }
`;

test('of a changed type the field that became an interface is named', () => {
  const cause = causeOf(fields, (at) => ({
    decision: say('escapes-to-heap', at('l.last'), 'f', {
      flow: [
        step('f', 'interface-converted', at('l.last')),
        step('ev.Event{...}', 'struct literal element', at('l.last')),
      ],
    }),
  }));
  assert.equal(brief(fields, cause), 'interface-introduced: Value any');
});

const generic = `
== list/list.go ==
  package list

- type Stack[T any] struct {
-     items []T
- }
+ type Stack struct {
+     items []any
+ }

- func (s *Stack[T]) Push(v T) {
+ func (s *Stack) Push(v any) {
      s.items[0] = v
  }
== use.go ==
  package m
  import "example.com/m/list"

  func Use(s *list.Stack, n int) {
@     s.Push(n)
  }
`;

test('a constraint is not an interface value: the parameter that lost its type parameter is named', () => {
  const cause = causeOf(generic, (at) => ({
    decision: say('escapes-to-heap', at('s.Push(n)'), 'n', {
      flow: [
        step('n', 'spill', at('s.Push(n)')),
        step('(*list.Stack).Push(s, n)', 'call parameter', at('s.Push(n)')),
      ],
    }),
  }));
  assert.equal(brief(generic, cause), 'interface-introduced: func (s *Stack) Push(v any) {');
});

test('the same of a field, whose type spoke of any as a constraint only', () => {
  const text = `
== pair/pair.go ==
  package pair

- type Pair[T any] struct {
-     n int
-     v T
- }
+ type Pair struct {
+     n int64
+     v any
+ }
== use.go ==
  package m
  import "example.com/m/pair"

  func Use(n int) {
@     last = pair.Pair{n}
  }
`;
  const cause = causeOf(text, (at) => ({
    decision: say('escapes-to-heap', at('last ='), 'n', {
      flow: [step('n', 'interface-converted', at('last ='))],
    }),
  }));
  assert.equal(brief(text, cause), 'interface-introduced: v any');
});

const handler = `
== mux/mux.go ==
  package mux

- type Handler func(code int)
+ type Handler func(code any)

  type Mux struct {
      H Handler
  }
== use.go ==
  package m
  import "example.com/m/mux"

  import "example.com/m/mux"

  func Use(x *mux.Mux, n int) {
@     x.H(n)
  }
`;

test('a type is followed through an unchanged field of an imported package', () => {
  const cause = causeOf(handler, (at) => ({
    decision: say('escapes-to-heap', at('x.H(n)'), 'n', {
      flow: [step('n', 'spill', at('x.H(n)')), step('x.H(n)', 'call parameter', at('x.H(n)'))],
    }),
  }));
  assert.equal(brief(handler, cause), 'interface-introduced: type Handler func(code any)');
});

const dynamic = `
== use.go ==
  package m

  type Hasher interface{ Sum(p []byte) int }

  type Server struct {
-     hits   int
-     hasher *fnv
+     hits   int64
+     hasher Hasher
  }

  func (s *Server) Check() int {
@     buf := make([]byte, 8)
      return s.hasher.Sum(buf)
  }
`;

test('a value that goes to a method nobody knows names the field that became an interface', () => {
  const cause = causeOf(dynamic, (at) => ({
    decision: say('escapes-to-heap', at('buf :='), 'make([]byte, 8)', {
      flow: [step('{heap} ← buf', null), step('s.hasher.Sum(buf)', 'call parameter', at('return s.'))],
    }),
  }));
  assert.equal(brief(dynamic, cause), 'interface-introduced: hasher Hasher');
});

test('a local variable that may hold another type names the line that gives it its type', () => {
  const text = `
== use.go ==
  package m

  func Key(strong bool) int {
@     buf := make([]byte, 8)
-     buf[0] = 1
-     s := &fnv{}
+     buf[0] = 2
+     var s Hasher = &fnv{}
+     if strong {
+         s = &sha{}
+     }
      return s.Sum(buf)
  }
`;
  const cause = causeOf(text, (at) => ({
    decision: say('escapes-to-heap', at('make('), 'make([]byte, 8)', {
      flow: [step('{heap} ← buf', null), step('s.Sum(buf)', 'call parameter', at('s.Sum('))],
    }),
  }));
  assert.equal(brief(text, cause), 'devirtualization-lost: var s Hasher = &fnv{}');
});

test('a factory’s second type is named, not what else changed in it', () => {
  const text = `
== enc.go ==
  package m

  func New(kind int) Encoder {
-     kind &= 1
+     kind = normalized(kind, 3, true)
+     count(kind)
+     total += kind
      trace(kind)
+     if kind == 3 {
+         return &fancy{}
+     }
      return &plain{}
  }

  func Use() int {
      e := New(1)
@     buf := make([]byte, 8)
      return e.Encode(buf)
  }
`;
  const cause = causeOf(text, (at, was) => ({
    base: [say('devirtualized', was('e.Encode('), 'e.Encode', { reason: '*plain' })],
    head: [say('inlining-call', at('e := New'), 'New')],
    decision: say('escapes-to-heap', at('buf :='), 'make([]byte, 8)', {
      flow: [step('{heap} ← buf', null), step('e.Encode(buf)', 'call parameter', at('e.Encode('))],
    }),
  }));
  assert.equal(brief(text, cause), 'devirtualization-lost: if kind == 3 {');
});

test('a call with a condition behind it assigns nothing: the signature made the call dynamic', () => {
  const text = `
== text.go ==
  package m

- func write(w *bytes.Buffer, s string) error {
+ func write(w io.Writer, s string) error {
@ 	var num [32]byte
- 	if _, err := w.WriteString(s); err != nil {
+ 	if _, err := io.WriteString(w, s); err != nil {
  		return err
  	}
- 	if n := size(w, s); n > 3 {
+ 	if n := size(w, s); n <= 4 || n >= 9 {
  		return nil
  	}
  	_, err := w.Write(num[:3])
  	return err
  }
`;
  const cause = causeOf(text, (at) => ({
    decision: say('moved-to-heap', at('var num'), 'num', {
      flow: [step('{heap} ← &num', null), step('w.Write(num[:3])', 'call parameter', at('w.Write('))],
    }),
  }));
  assert.equal(brief(text, cause), 'interface-introduced: func write(w io.Writer, s string) error {');
});

test('an embedded interface: the field is the cause, not the declaration of its type', () => {
  const text = `
== cache.go ==
  package m

+ type Store interface {
+ 	Get(key []byte) []byte
+ }
+
  type Cache struct {
- 	*diskStore
+ 	Store
  	hits int
  }

  func (c *Cache) Blob() []byte {
@ 	var key [16]byte
  	return c.Get(key[:])
  }
`;
  const explain = (change: string) =>
    brief(
      change,
      causeOf(change, (at) => ({
        decision: say('moved-to-heap', at('var key'), 'key', {
          flow: [step('{heap} ← &key', null), step('c.Store.Get(key[:])', 'call parameter', at('c.Get('))],
        }),
      })),
    );
  assert.equal(explain(text), 'interface-introduced: Store');
  const declared = text
    .replace('+ type Store', '- type Store struct{ *diskStore }\n+ type Store')
    .replace('- 	*diskStore\n', '')
    .replace('+ 	Store\n', '  	Store\n');
  assert.equal(explain(declared), 'interface-introduced: type Store interface {', 'if only the type changed');
});
