import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf, frame } from './described-change.ts';

const more = { objectsPerOp: { base: 1, head: 3 }, bytesPerOp: { base: 16, head: 48 } };

const pool = `
== pool.go ==
  package m

  var scratches = sync.Pool{New: func() any {
@     return new(scratch)
  }}

  func Sum() {
-     cache.Put(1)
+     cache.Add(1)
      s := scratches.Get().(*scratch)
-     defer scratches.Put(s)
      use(s)
  }
`;

test('a pool that gets nothing back names the deletion, and no other Put', () => {
  const cause = causeOf(pool, (at) => ({
    callers: [frame(null, 'sync.(*Pool).Get'), frame(at('scratches.Get'), 'example.com/m.Sum')],
    site: { function: 'example.com/m.init.func1' },
  }));
  assert.equal(brief(pool, cause), 'reuse-lost: use(s)');
  assert.equal(cause?.text, 'without defer scratches.Put(s)');
});

const reuses = [
  {
    name: 'a capacity that is not given any more',
    expected: 'reuse-lost: var out []int',
    text: `
== run.go ==
  package m

  func Select(rows []Row) []int {
-     limit := 1
-     out := make([]int, 0, len(rows))
+     limit := 2
+     var out []int
      for _, r := range rows {
@         out = append(out, r.b)
      }
      return out
  }
`,
  },
  {
    name: 'a map’s size',
    expected: 'reuse-lost: x.byID = make(map[int]int)',
    text: `
== run.go ==
  package m

  func (x *Index) Build(ids []int) {
-     x.gen = 1
-     x.byID = make(map[int]int, len(ids))
+     x.gen = 2
+     x.byID = make(map[int]int)
      for i, id := range ids {
@         x.byID[id] = i
      }
  }
`,
  },
  {
    name: 'a builder that is not grown ahead, in another function',
    expected: 'reuse-lost: w.n = 0',
    text: `
== run.go ==
  package m

  func (w *Writer) Begin() {
-     w.depth = 1
+     w.depth = 2
      w.sb.Reset()
-     w.sb.Grow(512)
      w.n = 0
  }

  func (w *Writer) Line(s string) {
@     w.sb.WriteString(s)
  }
`,
  },
  {
    name: 'a field that a variable is a copy of',
    expected: 'reuse-lost: d.toks = nil',
    text: `
== run.go ==
  package m

  func (d *Dec) Reset() {
-     d.pos = 0
-     d.toks = d.toks[:0]
+     d.pos = 1
+     d.toks = nil
  }

  func (d *Dec) Feed(in []int) {
      toks := d.toks
      for _, v := range in {
@         toks = append(toks, v)
      }
  }
`,
  },
];

for (const { name, text, expected } of reuses) {
  test(`memory that is not kept or sized ahead: ${name}`, () => {
    assert.equal(
      brief(
        text,
        causeOf(text, () => ({ site: more })),
      ),
      expected,
    );
  });
}
