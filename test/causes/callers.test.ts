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
