/** Changes of real Go code, as described-change.ts reads them, with the findings that a maintainer would write. */
export const lineCases: Record<string, { shows: string; change: string; expected: string[] }> = {
  signature: {
    shows: 'a named result in a signature of several lines stands where the compiler names it',
    change: `
== cache.go ==
  package signature

  import "sync"

  type Table struct {
      num  int
      refs int
  }

  type Cache struct {
      mu     sync.Mutex
      tables map[int]*Table
  }
+
+ const checks = false

+ var closers []func()
+
+ func onClose(f func()) { closers = append(closers, f) }
+
  func New() *Cache { return &Cache{tables: map[int]*Table{}} }

- func (c *Cache) Find(num int) *Table {
+ func (c *Cache) Find(
+     num int,
+ ) (table *Table) {
+     if checks {
+         defer func() {
+             if table.num != num {
+                 panic("wrong table")
+             }
+         }()
+     }
      c.mu.Lock()
-     table := c.tables[num]
+     table = c.tables[num]
      if table == nil {
          table = &Table{num: num}
+         onClose(func() { table.refs = 0 })
          c.tables[num] = table
      }
      table.refs++
      c.mu.Unlock()
      return table
  }
== cache_test.go ==
  package signature

  import "testing"

  var signatureSink *Table

  func BenchmarkFind(b *testing.B) {
      c := New()
      c.Find(3)
      for b.Loop() {
          signatureSink = c.Find(3)
      }
  }
`,
    expected: ['proven ") (table *Table) {": moved to heap: table; itself'],
  },
  sentinel: {
    shows: 'a changed line that calls fmt.Errorf is its own cause, though inlining was lost too',
    change: `
== rows.go ==
  package sentinel

- import "errors"
+ import (
+     "errors"
+     "fmt"
+ )

  var ErrGone = errors.New("gone")

  func Load(all []int, id int) (int, error) {
      for _, row := range all {
          if row == id {
              return row, nil
          }
      }
-     return 0, ErrGone
+     return 0, fmt.Errorf("row %d: %w", id, ErrGone)
  }
== rows_test.go ==
  package sentinel

  import "testing"

  var sentinelSink error

  func BenchmarkLoad(b *testing.B) {
      all := []int{1, 2, 3}
      for b.Loop() {
          _, sentinelSink = Load(all, 900)
      }
  }
`,
    expected: ['proven "return 0, fmt.Errorf("row %d: %w", id, ErrGone)": id escapes to heap; itself'],
  },
  inlined: {
    shows: 'a parameter of an inlined function stands where that function declares it',
    change: `
== box.go ==
  package inlined

  import "sync/atomic"

  type State struct{ a, b, c int }

  type Box struct {
      last State
      now  atomic.Pointer[State]
  }

  func (x *Box) Set(s State) {
-     x.last = s
+     x.now.Store(&s)
  }

  func Fill(x *Box, n int) {
      x.Set(State{a: n})
  }
== box_test.go ==
  package inlined

  import "testing"

  func BenchmarkSet(b *testing.B) {
      var x Box
      for i := 0; i < b.N; i++ {
          x.Set(State{a: i})
      }
  }

  func BenchmarkFill(b *testing.B) {
      var x Box
      for i := 0; i < b.N; i++ {
          Fill(&x, i)
      }
  }
`,
    expected: ['proven "func (x *Box) Set(s State) {": moved to heap: s; flow "x.now.Store(&s)"'],
  },
  samename: {
    shows: 'also where the line of the call assigns to a variable of the same name',
    change: `
== add.go ==
  package samename

  var last *int

  func Add(n int) int {
+     last = &n
      return n
  }
== add_test.go ==
  package samename

  import "testing"

  var n int

  func BenchmarkAdd(b *testing.B) {
      for i := 0; i < b.N; i++ {
          n += Add(i)
      }
  }
`,
    expected: ['proven "func Add(n int) int {": moved to heap: n; flow "last = &n"'],
  },
  foreign: {
    shows: 'also where the call is in another package, and the compiler names the parameter with its package',
    change: `
== add.go ==
  package foreign

  var last *int

  func Add(n int) int {
+     last = &n
      return n
  }
== add_test.go ==
  package foreign_test

  import (
      "testing"

      "example.com/m/foreign"
  )

  var sum int

  func BenchmarkAdd(b *testing.B) {
      for i := 0; i < b.N; i++ {
          sum += foreign.Add(i)
      }
  }
`,
    expected: ['proven "func Add(n int) int {": moved to heap: n; flow "last = &n"'],
  },
  apart: {
    shows: 'also where the package of the benchmark did not change',
    change: `
== add.go ==
  package apart

  var last *int

  func Add(n int) int {
+     last = &n
      return n
  }
== bench/doc.go ==
  package bench
== bench/add_test.go ==
  package bench

  import (
      "testing"

      "example.com/m/apart"
  )

  var sum int

  func BenchmarkAdd(b *testing.B) {
      for i := 0; i < b.N; i++ {
          sum += apart.Add(i)
      }
  }
`,
    expected: ['proven "func Add(n int) int {": moved to heap: n; flow "last = &n"'],
  },
  mark: {
    shows: 'a byte order mark at the beginning of a file, which Go ignores, hides nothing',
    change: `
== add.go ==
  \uFEFFpackage mark

  var last *int

  func Add(n int) int {
+     last = &n
      return n
  }
== add_test.go ==
  package mark

  import "testing"

  var sum int

  func BenchmarkAdd(b *testing.B) {
      for i := 0; i < b.N; i++ {
          sum += Add(i)
      }
  }
`,
    expected: ['proven "func Add(n int) int {": moved to heap: n; flow "last = &n"'],
  },
  tiny: {
    shows:
      'small objects without pointers are found, even if they share one block as a single one did before',
    change: `
== join.go ==
  package tiny

- import "strings"

  func Join(parts []string) string {
-     var text strings.Builder
-     text.Grow(9)
-     for _, part := range parts {
-         text.WriteString(part)
-     }
-     return text.String()
+     text := ""
+     for _, part := range parts {
+         text += part
+     }
+     return text
  }
== join_test.go ==
  package tiny

  import "testing"

  var text string

  func BenchmarkJoin(b *testing.B) {
      for i := 0; i < b.N; i++ {
          text = Join([]string{"aaa", "bbb", "ccc"})
      }
  }
`,
    expected: ['proven "text += part": silent; itself'],
  },
  panics: {
    shows: 'the panic’s text of an inlined function of the standard library is never quoted',
    change: `
== detach.go ==
  package panics

  import "context"

  func Detach(ctx context.Context) context.Context {
-     return ctx
+     return context.WithoutCancel(ctx)
  }
== detach_test.go ==
  package panics

  import (
      "context"
      "testing"
  )

  var panicsSink context.Context

  func BenchmarkDetach(b *testing.B) {
      ctx := context.Background()
      for b.Loop() {
          panicsSink = Detach(ctx)
      }
  }
`,
    expected: [
      'proven "return context.WithoutCancel(ctx)": context.withoutCancelCtx{...} escapes to heap; itself',
    ],
  },
  field: {
    shows: 'a function that a changed line puts into a field',
    change: `
== codec.go ==
  package field

  type Entry struct{ n int }

  type Codec struct{ read func(n int) *Entry }

  var shared Entry

  func quick(n int) *Entry {
      shared.n = n
      return &shared
  }

  func slow(n int) *Entry {
      return &Entry{n: n}
  }

  func NewCodec() *Codec {
-     return &Codec{read: quick}
+     return &Codec{read: slow}
  }

  //go:noinline
  func (c *Codec) Read(n int) *Entry { return c.read(n) }
== codec_test.go ==
  package field

  import "testing"

  var fieldSink *Entry

  func BenchmarkRead(b *testing.B) {
      c := NewCodec()
      for i := 0; i < b.N; i++ {
          fieldSink = c.Read(i)
      }
  }
`,
    expected: [
      'proven "return &Entry{n: n}": &Entry{...} escapes to heap; call-count "return &Codec{read: slow}"',
    ],
  },
  methodvalue: {
    shows: 'a method value that a changed line hands on',
    change: `
== walk.go ==
  package methodvalue

  type Rec struct{ n int }

  type Maker struct{ last Rec }

  func (m *Maker) Reuse(n int) *Rec {
      m.last.n = n
      return &m.last
  }

  func (m *Maker) Fresh(n int) *Rec {
      return &Rec{n: n}
  }

  var create func(n int) *Rec

  func Use(m *Maker) {
-     create = m.Reuse
+     create = m.Fresh
  }

  //go:noinline
  func Make(n int) *Rec { return create(n) }
== walk_test.go ==
  package methodvalue

  import "testing"

  var methodSink *Rec

  func BenchmarkMake(b *testing.B) {
      Use(&Maker{})
      for i := 0; i < b.N; i++ {
          methodSink = Make(i)
      }
  }
`,
    expected: ['proven "return &Rec{n: n}": &Rec{...} escapes to heap; call-count "create = m.Fresh"'],
  },
  callers: {
    shows: 'two callers that newly reach one line are two causes',
    change: `
== keep.go ==
  package callers

  type Node struct{ n int }

  var Last *Node

  //go:noinline
  func keep(n int) {
      Last = &Node{n: n}
  }

  func Left(n int) int {
+     keep(n)
      return n + 1
  }

  func Right(n int) int {
+     keep(n + 1)
      return n + 2
  }
== keep_test.go ==
  package callers

  import "testing"

  var callersSink int

  func BenchmarkLeft(b *testing.B) {
      for i := 0; i < b.N; i++ {
          callersSink = Left(i)
      }
  }

  func BenchmarkRight(b *testing.B) {
      for i := 0; i < b.N; i++ {
          callersSink = Right(i)
      }
  }
`,
    expected: [
      'proven "Last = &Node{n: n}": &Node{...} escapes to heap; caller "keep(n)"',
      'proven "Last = &Node{n: n}": &Node{...} escapes to heap; caller "keep(n + 1)"',
    ],
  },
  onecause: {
    shows: 'many lines, functions and benchmarks of one cause are one finding',
    change: `
== tree.go ==
  package onecause

  type Leaf struct{ n int }

  var A, B, C *Leaf

  //go:noinline
  func one(n int) { A = &Leaf{n: n} }

  //go:noinline
  func two(n int) {
      B = &Leaf{n: n}
      C = &Leaf{n: n + 1}
  }

  //go:noinline
  func both(n int) {
      one(n)
      two(n)
  }

  //go:noinline
  func Grow(n int) int {
+     both(n)
      return n
  }

  func Twice(n int) int { return Grow(n) + Grow(n) }
== tree_test.go ==
  package onecause

  import "testing"

  var onecauseSink int

  func BenchmarkGrow(b *testing.B) {
      for i := 0; i < b.N; i++ {
          onecauseSink = Grow(i)
      }
  }

  func BenchmarkTwice(b *testing.B) {
      for i := 0; i < b.N; i++ {
          onecauseSink = Twice(i)
      }
  }
`,
    expected: [
      'proven "func one(n int) { A = &Leaf{n: n} }" and 2 more: &Leaf{...} escapes to heap; caller "both(n)"',
    ],
  },
  twin: {
    shows: 'a function of the same name in another package is no cause',
    change: `
== alpha/new.go ==
  package alpha

  func New() int {
-     return 1
+     return 2
  }
== parser/y.go ==
  package parser

  var sink []*int

  //line yaccpar:1
  func New() {
      sink = sink[:0]
-     for i := 0; i < 1; i++ {
+     for i := 0; i < 3; i++ {
          sink = append(sink, new(int))
      }
  }
== parser/y_test.go ==
  package parser

  import "testing"

  func BenchmarkNew(b *testing.B) {
      for i := 0; i < b.N; i++ {
          New()
      }
  }
`,
    expected: [
      'proven "sink = append(sink, new(int))": new(int) escapes to heap; call-count "for i := 0; i < 3; i++ {"',
    ],
  },
  generated: {
    shows: 'lines that a generator gives to its own file stand where they are, however their numbers repeat',
    change: `
== page.qtpl.go ==
  package generated

  //line page.qtpl:3
  type Row struct{ n int }

  //line generated/page.qtpl:3
  func Page(rows []int) *Row {
  //line page.qtpl:3
      last := &Row{}
  //line page.qtpl.go:40
      for _, n := range rows {
  //line generated/page.qtpl:4
-         last.n = n
+         last = &Row{n: n}
  //line generated/page.qtpl:4
      }
  /*line ../../etc/passwd:1:1*/ return last
  }
== page_test.go ==
  package generated

  import "testing"

  var sink *Row

  func BenchmarkPage(b *testing.B) {
      for i := 0; i < b.N; i++ {
          sink = Page([]int{1000, 2000})
      }
  }
`,
    expected: ['proven "last = &Row{n: n}": &Row{...} escapes to heap; itself'],
  },
  chain: {
    shows: 'of a chain of calls over several lines the call that allocates is named',
    change: `
== build.go ==
  package chain

  type Parts struct{ parts []string }

  func (b *Parts) Add(
      part string,
  ) *Parts {
      b.parts[0] = part
      return b
  }

  func UseParts(b *Parts, part string) *Parts {
      return b.
          Add(part).
          Add(
-             part,
+             part +
+                 "!",
          )
  }
== build_test.go ==
  package chain

  import "testing"

  func BenchmarkUse(b *testing.B) {
      x := &Parts{parts: make([]string, 1)}
      for b.Loop() {
          UseParts(x, "a text that is longer than thirty-two bytes")
      }
  }
`,
    expected: ['proven "part +": part + "!" escapes to heap; itself'],
  },
  literal: {
    shows: 'of a literal over several lines each value stands on its own line',
    change: `
== form.go ==
  package literal

  type Inner struct{ x, y int }

  type Form struct {
      name  string
      inner *Inner
  }

  var zero Inner

  var lastForm Form

  func FillForm(
      name string,
      x int,
  ) {
      lastForm = Form{
          name: name,
-         inner: &zero,
+         inner: &Inner{
+             x: x,
+             y: 2,
+         },
      }
  }
== form_test.go ==
  package literal

  import "testing"

  func BenchmarkFillForm(b *testing.B) {
      for i := 0; i < b.N; i++ {
          FillForm("x", i)
      }
  }
`,
    expected: ['proven "inner: &Inner{": &Inner{...} escapes to heap; itself'],
  },
};
