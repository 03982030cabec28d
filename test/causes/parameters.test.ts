import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf, frame, say, step } from './described-change.ts';

const keeper = `
== store/store.go ==
  package stash

- func (c *Cache) Put(e *Entry) {
-     c.count++
+ func (c *Cache) Put(entry *Entry) {
+     c.count += 1
+     c.log = append(c.log, 1)
+     c.last = entry
  }
== use.go ==
  package m
  import "example.com/m/store"

  func Use(c *stash.Cache) {
@     e := stash.Entry{}
      c.Put(&e)
  }
`;

test('a package is known by its own name, and the parameter that takes the value is the one that is reported', () => {
  const cause = causeOf(keeper, (at) => {
    const leak = { function: '(*Cache).Put' };
    const grown = step('c.log = append(c.log, 1)', 'assign', at('c.log ='));
    const kept = step('c.last = entry', 'assign', at('c.last ='));
    return {
      head: [
        say('leaking-param', at(') Put('), 'c', { ...leak, reason: 'content', flow: [grown] }),
        say('leaking-param', at(') Put('), 'entry', { ...leak, flow: [kept] }),
      ],
      decision: say('moved-to-heap', at('e := stash'), 'e', {
        flow: [step('{heap} ← &e', null), step('(*stash.Cache).Put(c, &e)', 'call parameter', at('c.Put('))],
      }),
    };
  });
  assert.equal(brief(keeper, cause), 'leaking-param: c.last = entry');
});

test('a parameter that leaked before under another name is nothing new', () => {
  const cause = causeOf(keeper, (at, was) => {
    const leak = { function: '(*Cache).Put' };
    return {
      base: [say('leaking-param', was(') Put('), 'e', leak)],
      head: [say('leaking-param', at(') Put('), 'entry', leak)],
      decision: say('moved-to-heap', at('e := stash'), 'e', {
        flow: [step('{heap} ← &e', null), step('(*stash.Cache).Put(c, &e)', 'call parameter', at('c.Put('))],
      }),
    };
  });
  assert.notEqual(cause?.kind, 'leaking-param');
});

test('of another package’s generic function the changed line that keeps the parameter is reported', () => {
  const text = `
== ring/ring.go ==
  package ring

  func (r *Ring[T]) Offer(v *T, weight int) {
-     r.sum += weight
+     r.sum += weight * 2
+     r.buf[0] = v
  }
== use.go ==
  package m
  import "example.com/m/ring"

  func Use(r *ring.Ring[Job]) {
@     j := Job{}
      r.Offer(&j, 1)
  }
`;
  const called = '(*ring.Ring[...]).Offer(r, &ring..dict.Ring[example.com/m.Job], &j, 1)';
  const cause = causeOf(text, (at) => ({
    decision: say('moved-to-heap', at('j := Job'), 'j', {
      flow: [step('{heap} ← &j', null), step(called, 'call parameter', at('r.Offer('))],
    }),
  }));
  assert.equal(brief(text, cause), 'leaking-param: r.buf[0] = v');
});

const captured = `
== hook/hook.go ==
  package hook

  func Emit(fn func()) {
-     count++
+     count += 1
+     fns = append(fns, fn)
  }
== use.go ==
  package m
  import "example.com/m/hook"

  func Use() int {
@     got := 0
      hook.Emit(func() {
          got++
      })
      return got
  }
`;

test('what a closure holds is on the heap for the closure’s reason', () => {
  const cause = causeOf(captured, (at) => ({
    head: [
      say('leaking-param', at('func Emit'), 'fn', {
        function: 'Emit',
        flow: [step('append(fns, fn)', 'call parameter', at('fns ='))],
      }),
      say('escapes-to-heap', at('hook.Emit('), 'func literal', {
        function: 'Use',
        flow: [
          step('{heap} ← &{storage for func literal}', null),
          step('hook.Emit(func literal)', 'call parameter', at('hook.Emit(')),
        ],
      }),
    ],
    decision: say('moved-to-heap', at('got := 0'), 'got', {
      function: 'Use',
      flow: [
        step('{storage for func literal} ← &got', null),
        step('got', 'captured by a closure', at('got++')),
      ],
    }),
  }));
  assert.equal(brief(captured, cause), 'leaking-param: fns = append(fns, fn)');
});

test('a value that another module keeps names that module, by what the file imports', () => {
  const text = `
== use.go ==
  package m

  import (
      "example.org/lib/texts"
      "example.org/texts-util"
  )

  func Show() int {
@     a := 1
-     n := 1
+     n := 2
      return texts.Keep(&a) + n
  }
`;
  const change = { base: 'v1.0.0', head: 'v1.1.0', file: 'go.mod' };
  const cause = causeOf(text, (at) => ({
    goMod: {
      modules: [
        { ...change, path: 'example.org/texts-util', line: 5 },
        { ...change, path: 'example.org/lib', line: 6 },
      ],
      language: null,
    },
    decision: say('moved-to-heap', at('a := 1'), 'a', {
      flow: [step('{heap} ← &a', null), step('texts.Keep(&a)', 'call parameter', at('texts.Keep'))],
    }),
  }));
  assert.deepEqual([cause?.kind, cause?.line], ['dependency', 6]);
});

test('a variable that came with an inlined function of another module names that module', () => {
  const text = `
== use.go ==
  package m

  import "example.org/lib/texts"

  func Show(n int) int {
@     return texts.Count(n)
  }
`;
  const goMod = {
    modules: [{ path: 'example.org/lib', base: 'v1.0.0', head: 'v1.1.0', file: 'go.mod', line: 6 }],
    language: null,
  };
  const explain = (expression: string) =>
    causeOf(text, (at) => ({ goMod, decision: say('moved-to-heap', at('return'), expression) }));
  assert.deepEqual([explain('texts.n')?.kind, explain('texts.n')?.line], ['dependency', 6]);
  assert.equal(explain('others.n'), null);
  assert.equal(explain('n'), null);
});

test('of several decisions on a line the new one counts', () => {
  const text = `
== use.go ==
  package m

  func Use() {
@     keep(&a, func() { b() })
-     one()
+     two()
+     sink = last
  }
`;
  const cause = causeOf(text, (at, was) => ({
    base: [say('escapes-to-heap', was('keep('), '&a')],
    head: [
      say('escapes-to-heap', at('keep('), '&a'),
      say('escapes-to-heap', at('keep('), 'func literal', {
        flow: [step('sink = last', 'assign', at('sink ='))],
      }),
    ],
    callers: [frame(null, 'testing.(*B).runN')],
  }));
  assert.equal(brief(text, cause), 'flow: sink = last');
});
