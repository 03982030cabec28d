import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LineMap } from '../../src/compare/line-map.ts';
import type { AllocationSite, Frame } from '../../src/compare/types.ts';
import type { ChangedFunction } from '../../src/syntax/changed-functions.ts';
import { listCharges, findChangedNames } from '../../src/trials/charges.ts';
import { costOf } from '../../src/trials/targets.ts';

const place = { file: 'a.go', firstLine: 1, lastLine: 9 };
const functionOf = (name: string, sides: 'both' | 'base' | 'head' = 'both'): ChangedFunction => ({
  package: 'm',
  name,
  change: sides === 'both' ? 'source' : sides === 'head' ? 'added' : 'removed',
  base: sides === 'head' ? null : place,
  head: sides === 'base' ? null : place,
  isEmpty: false,
});

/** A stack `F/helper` allocates, innermost last, so many objects of 32 bytes. */
function site(stack: string, objects: number): AllocationSite {
  const frames = stack.split('/').toReversed();
  const at = (name: string): Frame => ({
    function: `m.${name}`,
    position: { file: name.startsWith('Test') ? 'a_test.go' : 'a.go', line: 5, column: 0 },
    inlines: false,
  });
  const [inner = '', ...outer] = frames;
  const callers = outer.map(at);
  const { position } = at(inner);
  const bytes = objects * 32;
  return {
    position: position ?? { file: 'a.go', line: 5, column: 0 },
    function: `m.${inner}`,
    objects,
    bytes,
    callees: [],
    inlines: false,
    stacks: [{ callers, objects, bytes }],
  };
}

/** What a call of each changed function costs in a test that calls it ten times, twice alike. */
function ask(
  changed: readonly ChangedFunction[],
  base: Record<string, number>,
  head: Record<string, number>,
): Record<string, number> {
  const names = findChangedNames(changed);
  const of = (stacks: Record<string, number>) => {
    const sites = Object.entries(stacks).map(([stack, objects]) => site(`TestA/${stack}`, objects));
    return [listCharges(sites, names), listCharges(sites, names)];
  };
  const charges = { base: of(base), head: of(head) };
  const map: LineMap = {
    toHead: (position) => position,
    toBase: () => null,
    isChangedInHead: () => true,
    isChangedInBase: () => true,
  };
  return Object.fromEntries(
    changed.flatMap((one) => {
      const cost = costOf({ function: one, lines: null }, charges, 10, { map, diff: [] });
      return cost ? [[one.name, cost.objects]] : [];
    }),
  );
}

const [F, G] = [functionOf('F'), functionOf('G')];
const added = functionOf('added', 'head');
const removed = functionOf('removed', 'base');

test('a function answers for what it allocates itself, and for what new and unchanged functions allocate for it', () => {
  assert.deepEqual(ask([F], { F: 10 }, { F: 20 }), { F: 1 });
  assert.deepEqual(ask([F, added], {}, { 'F/added': 30 }), { F: 3 }, 'a new function');
  assert.deepEqual(
    ask([F], { 'F/old': 10 }, { 'F/old': 30 }),
    { F: 2 },
    'an unchanged one is called more often',
  );
  assert.deepEqual(ask([F], { 'H/old': 10 }, { 'H/old': 30 }), {}, 'nobody who changed');
});

test('what moves between a function and those that it calls costs nothing', () => {
  assert.deepEqual(ask([F, added], { F: 10 }, { 'F/added': 10 }), {}, 'extracted');
  assert.deepEqual(ask([F, added], { F: 10 }, { 'F/added': 20 }), { F: 1 }, 'and one more');
  assert.deepEqual(ask([F, removed], { 'F/removed': 10 }, { F: 10 }), {}, 'inlined by hand');
  assert.deepEqual(ask([F, removed], { 'F/removed/old': 10 }, { 'F/old': 10 }), {}, 'called directly');
  assert.deepEqual(ask([F], { 'F/old': 10 }, { F: 10 }), {}, 'an unchanged function is no longer called');
  assert.deepEqual(ask([F, G], { 'F/G': 10 }, { F: 10 }), {}, 'moved to the caller');
  assert.deepEqual(ask([F, G], { F: 10 }, { 'F/G': 10 }), {}, 'moved to the called');
  assert.deepEqual(ask([F, G], { 'F/G': 10 }, { F: 20, 'F/G': 10 }), { F: 2 });
});

test('what tests allocate is nobody’s, and rare allocations of unchanged functions are no evidence', () => {
  assert.deepEqual(ask([F], {}, { 'F/TestA': 30 }), {});
  assert.deepEqual(ask([F], { 'F/old': 10 }, { 'F/old': 13 }), {});
  assert.deepEqual(ask([F], { F: 10 }, { F: 13 }), { F: 0.3 });
});
