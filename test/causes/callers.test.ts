import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf, frame } from './described-change.ts';

const hitMoreOften = {
  function: 'example.com/m.audit',
  objectsPerOp: { base: 1, head: 3 },
  bytesPerOp: { base: 16, head: 48 },
};

const reworded = (before: string, after: string): string => `
== box.go ==
  package m

  func audit(id int) *rec {
@     return &rec{id}
  }

  func Put(id int) {
-     ${before}
+     ${after}
  }

  func PutAll(ids []int) {
-     for range 1 {
+     for range 3 {
          Put(ids[0])
      }
  }
`;

const because = (before: string, after: string, calling: string): string | null => {
  const text = reworded(before, after);
  const cause = causeOf(text, (at) => ({
    callers: [frame(at(calling), 'example.com/m.Put'), frame(at('Put(ids[0])'), 'example.com/m.PutAll')],
    site: hitMoreOften,
  }));
  return brief(text, cause);
};

test('an edited line that makes the call which base made, and as often, is not why it is made more often', () => {
  const found = because('last = audit(id)', 'kept = audit(id)', 'kept =');
  assert.equal(found, 'call-count: for range 3 {');
});

test('a call that is new on an edited line is', () => {
  const found = because('last = audit(id)', 'last = merge(audit(id), audit(id))', 'merge(');
  assert.equal(found, 'call-count: last = merge(audit(id), audit(id))');
});

test('so is one with other arguments', () => {
  const found = because('last = audit(1)', 'last = audit(100)', 'audit(100)');
  assert.equal(found, 'call-count: last = audit(100)');
});

test('a call is told apart from others whatever its type arguments, and over several lines', () => {
  const isSame = (before: string, after: string): boolean =>
    because(before, after, 'kept') === 'call-count: for range 3 {';
  for (const call of [
    'audit[map[string][]int](id)',
    'audit[Box[Box[int]]](id)',
    'm.audit[[]int, Box[int]](id, 1)',
    'audit[[4]int](id)',
    'audit[int]()',
    'b.audit(id)',
    '(audit)(id)',
    'audit(func(a []int) { use(a[0], ")") })',
  ]) {
    assert.ok(isSame(`last = ${call}`, `kept = ${call}`), call);
    assert.ok(!isSame(`last = ${call}`, `kept = merge(${call}, ${call})`), `two of ${call}`);
    assert.ok(!isSame('last = f()', `kept = ${call}`), `new ${call}`);
  }
  assert.ok(!isSame('last = audit[[]int](id)', 'kept = audit[[]string](id)'), 'another type');
  assert.ok(!isSame('last = f() // audit(id)', 'kept = audit(id)'), 'a comment calls nothing');
  assert.ok(!isSame('last = f("audit(id)")', 'kept = audit(id)'), 'nor does a string');
  assert.ok(!isSame('last = audit[int]', 'kept = audit[int](id)'), 'nor does a value');
  const long = (id: string): string => `audit(\n+         ${id},\n+     )`;
  assert.ok(isSame(`last = ${long('id').replaceAll('\n+', '\n-')}`, `kept = ${long('id')}`));
  assert.ok(!isSame(`last = ${long('id').replaceAll('\n+', '\n-')}`, `kept = ${long('other')}`));
});

test('a condition that is gone from around the place, or around a call, is the cause', () => {
  const text = (now: string): string => `
== conn.go ==
  package m

  func (c *Conn) Send(n int) {
-     if c.debug {
-         c.tracef(n)
-     }
${now}
  }
`;
  const explain = (now: string): string | null =>
    brief(
      text(now),
      causeOf(text(now), () => ({})),
    );
  assert.equal(explain('+@    c.tracef(n)'), 'call-count: c.tracef(n)');
  assert.equal(causeOf(text('+@    c.tracef(n)'), () => ({}))?.text, 'without if c.debug {');
  assert.equal(explain('+     c.n++\n+@    c.tracef(n)'), 'call-count: c.n++');
  const early = '+     if !c.debug {\n+         return\n+     }\n+@    c.tracef(n)';
  assert.doesNotMatch(explain(early) ?? '', /^call-count: c\.tracef/u, 'it only returns earlier');
});

const label = (guard: string): string => `
== vec.go ==
  package m

  func label(d *Desc, values []string) []string {
${guard}
@     found := make([]string, len(values))
      for i, v := range values {
          found[i] = d.limit(v)
      }
      return found
  }

  func With(d *Desc, values ...string) []string {
      return label(d, values)
  }
`;

const explainLabel = (guard: string): string | null => {
  const text = label(guard);
  const cause = causeOf(text, (at) => ({
    callers: [frame(at('return label('), 'example.com/m.With')],
  }));
  return cause && `${cause.kind}: ${cause.text}`;
};

test('a condition that left the function above the place, and is gone, is the cause if the place never ran', () => {
  const lost = '-     if d.limit == nil {\n-         // Nothing to do.\n-         return values\n-     }\n';
  assert.equal(explainLabel(lost), 'call-count: without if d.limit == nil {');
  for (const end of ['panic("no limit")', 'goto done', 'return']) {
    const other = `-     if d.limit == nil {\n-         d.n++\n-         ${end}\n-     }\n`;
    assert.equal(explainLabel(other), 'call-count: without if d.limit == nil {', end);
  }
});

test('it is not if another condition leaves instead, or if it left nothing', () => {
  const lost = '-     if d.limit == nil {\n-         return values\n-     }\n';
  assert.doesNotMatch(
    explainLabel(`${lost}+     if d.limits.none() {\n+         return values\n+     }\n`) ?? '',
    /without if/u,
    'another condition',
  );
  const stays = '-     if d.limit == nil {\n-         d.n++\n-     }\n';
  assert.doesNotMatch(explainLabel(stays) ?? '', /without if/u, 'it went on');
  const other =
    '-     if d.limit == nil {\n-         return values\n-     } else {\n-         d.n++\n-     }\n';
  assert.doesNotMatch(explainLabel(other) ?? '', /without if/u, 'it had two ways');
});

test('a loop that skipped the place with continue counts as well', () => {
  const text = `
== vec.go ==
  package m

  func all(names []string) (found []*string) {
      for _, name := range names {
-         if name != "" {
-             continue
-         }
@         found = append(found, keep(name))
      }
      return found
  }
`;
  assert.equal(causeOf(text)?.text, 'without if name != "" {');
});

test('a changed test is never the cause: both sides ran the same one', () => {
  const text = `
== box.go ==
  package m

  func audit(id int) *rec {
@     return &rec{id}
  }
== box_test.go ==
  package m

  func BenchmarkAudit(b *testing.B) {
-     for range b.N {
+     for b.Loop() {
-         audit(1)
+         audit(2)
      }
  }
`;
  const cause = causeOf(text, (at) => ({
    callers: [frame(at('audit(2)'), 'example.com/m.BenchmarkAudit')],
    site: hitMoreOften,
  }));
  assert.equal(cause, null);
});
