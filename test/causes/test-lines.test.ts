import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decision, FlowStep } from '../../src/compare/types.ts';
import { ask, brief, newSite, type Said, say, step } from './described-change.ts';

// A benchmark of base whose own values escape because of code that it calls. Head does not have the benchmark.

const change = `== joined.go ==
  package joined
  
  type list struct{ parts []error }
  
  func Join(parts ...error) *list {
      if len(parts) == 0 {
          return nil
      }
      return fromSlice(parts)
  }
  
  func fromSlice(parts []error) *list {
-     return &list{parts: append([]error(nil), parts...)}
+     return &list{parts: parts}
  }
  
  func First(parts ...error) error {
      return parts[0]
  }
== joined_test.go ==
- package joined
- 
- func BenchmarkJoin(b *testing.B) {
-     Join(one, two)
- }
`;

const bench = { file: 'joined_test.go', line: 4, column: 6 };
const slice = (called: string, ...more: FlowStep[]): Decision =>
  say('escapes-to-heap', bench, '... argument', {
    function: 'BenchmarkJoin',
    flow: [
      step('{heap} ← &{storage for ... argument}', null),
      step('... argument', 'spill', bench),
      step(`${called}(... argument...)`, 'call parameter', bench),
      ...more,
    ],
  });

type Sides = Parameters<Parameters<typeof ask>[1]>;
/** The callee and what it calls keep their parameters now. */
const kept = (at: Sides[0]): Said => ({
  head: [
    say('leaking-param', at('func Join('), 'parts', {
      function: 'Join',
      flow: [
        step('{heap} ← parts', null),
        step('fromSlice(parts)', 'call parameter', at('return fromSlice(parts)')),
      ],
    }),
    say('leaking-param', at('func fromSlice('), 'parts', {
      function: 'fromSlice',
      flow: [
        step('{heap} ← parts', null),
        step('list{...}', 'struct literal element', at('&list{parts: parts}')),
      ],
    }),
  ],
});

const placed = (decision: Decision | null, said: (...finds: Sides) => Said = kept, inlined: string[] = []) =>
  ask(change, said, ({ placeTestSite }) =>
    placeTestSite({
      package: 'example.com/m',
      name: 'BenchmarkJoin',
      decision,
      code: 'Join(one, two)',
      inlined,
      site: newSite(bench, { function: 'example.com/m.BenchmarkJoin' }),
    }),
  );

describe('an allocation on a line of a benchmark that head does not have', () => {
  it('is at the changed line by which a called function keeps its parameter', () => {
    for (const called of ['Join', 'joined.Join']) {
      const site = placed(slice(called));
      assert.equal(brief(change, site?.known?.cause ?? null), 'leaking-param: return &list{parts: parts}');
      assert.deepEqual(site?.position, { file: 'joined.go', line: 13, column: 0 });
      assert.equal(site.function, 'fromSlice');
      assert.equal(site.known?.decision.expression, '... argument');
      assert.deepEqual(site.objectsPerOp, { base: 0, head: 1 });
    }
  });
  it('is at the changed line of a function that is inlined there', () => {
    const stored = step('list{...}', 'struct literal element', { file: 'joined.go', line: 13, column: 3 });
    const site = placed(slice('other', stored), () => ({}));
    assert.equal(brief(change, site?.known?.cause ?? null), 'flow: return &list{parts: parts}');
  });
  it('is at the line by which a called function is no longer inlined', () => {
    const cost = (at: Sides[0], was: Sides[1]): Said => ({
      base: [say('can-inline', was('func fromSlice('), 'fromSlice', { cost: 60 })],
      head: [say('cannot-inline', at('func fromSlice('), 'fromSlice', { cost: 90, reason: 'too complex' })],
    });
    const site = placed(slice('fromSlice'), cost);
    assert.equal(brief(change, site?.known?.cause ?? null), 'inlining-lost: return &list{parts: parts}');
  });
  it('is at the changed line of a function that is inlined there, whose steps the compiler reports at the call', () => {
    const declared = (at: Sides[0]): Said => ({
      head: [say('can-inline', at('func fromSlice('), 'fromSlice', { cost: 60 })],
    });
    const site = placed(slice('other'), declared, ['fromSlice']);
    assert.equal(brief(change, site?.known?.cause ?? null), 'function: return &list{parts: parts}');
  });
  it('has no place if no change leads to it', () => {
    assert.equal(placed(slice('First')), null);
    assert.equal(placed(slice('First'), kept, ['First']), null);
    assert.equal(placed(slice('fmt.Println')), null);
    assert.equal(placed(null), null);
  });
});
