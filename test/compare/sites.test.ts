import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import { diffSites } from '../../src/compare/sites.ts';
import type { AllocationSite, TreeDiff } from '../../src/compare/types.ts';

const site = (line: number, objects: number, rest: Partial<AllocationSite> = {}): AllocationSite => ({
  position: { file: 'p/a.go', line, column: 0 },
  function: 'm/p.F',
  objects,
  bytes: objects * 16,
  callees: [],
  inlines: false,
  stacks: [],
  ...rest,
});
const edit = (from: number, lines: number, to: number, headLines: number): TreeDiff => [
  {
    basePath: 'p/a.go',
    headPath: 'p/a.go',
    binary: false,
    hunks: [{ base: { start: from, lines }, head: { start: to, lines: headLines } }],
  },
];
const diff = (base: AllocationSite[], head: AllocationSite[], tree: TreeDiff) =>
  diffSites(base, head, buildLineMap(tree)).map((c) => [
    c.position.line,
    c.objectsPerOp.base,
    c.objectsPerOp.head,
  ]);

void test('shifted lines are the same site', () => {
  assert.deepEqual(diff([site(10, 1)], [site(12, 1)], edit(3, 0, 4, 2)), []);
  assert.deepEqual(diff([site(10, 1)], [site(12, 3)], edit(3, 0, 4, 2)), [[12, 1, 3]]);
});

void test('new and gone sites, the largest increase first', () => {
  const head = [site(4, 1, { function: 'm/p.G' }), site(5, 3, { function: 'm/p.H' })];
  const base = [site(9, 2, { function: 'm/p.Old' })];
  assert.deepEqual(diff(base, head, edit(3, 0, 4, 2)), [
    [5, 0, 3],
    [4, 0, 1],
    [11, 2, 0],
  ]);
});

void test('a site on a deleted line keeps base’s position', () => {
  assert.deepEqual(diff([site(10, 2)], [], edit(10, 1, 9, 0)), [[10, 2, 0]]);
});

void test('an edited line is paired by function and callees', () => {
  const callees = [['fmt.Sprintf']];
  const base = [site(10, 2, { callees }), site(11, 1)];
  const head = [site(11, 1), site(12, 3, { callees })];
  assert.deepEqual(diff(base, head, edit(10, 2, 10, 4)), [[12, 2, 3]]);
});

void test('an edited line stays itself when its callees do other things, in another order', () => {
  const parse = ['T.Parse', 'parse.New'];
  const before = site(10, 6, { callees: [['T.Execute', 'T.walk'], parse] });
  const after = site(13, 7, { callees: [parse, ['T.Execute', 'T.walk', 'T.print']] });
  const opened = site(12, 9, { callees: [['T.Open']] });
  assert.deepEqual(diff([before], [opened, after], edit(10, 1, 10, 4)), [
    [12, 0, 9],
    [13, 6, 7],
  ]);
});

void test('of edited lines of one function those pair that cost the same', () => {
  const tree = edit(10, 1, 10, 2);
  assert.deepEqual(diff([site(10, 3)], [site(10, 1), site(11, 3)], tree), [[10, 0, 1]]);
});

void test('equal stacks may trade places, in a renamed function too', () => {
  const [a, b] = [['fmt.Sprint'], ['strings.Repeat']];
  const base = site(10, 2, { callees: [a, b] });
  const head = site(11, 2, { callees: [b, a], function: 'm/p.Renamed' });
  assert.deepEqual(diff([base], [head], edit(10, 1, 10, 4)), []);
});

void test('a moved function is no change, with renumbered closures, renamed too', () => {
  const tree = edit(10, 5, 9, 0);
  assert.deepEqual(diff([site(11, 1)], [site(40, 1)], tree), []);
  assert.deepEqual(
    diff([site(11, 1, { function: 'm/p.F.func1' })], [site(40, 1, { function: 'm/p.F.func2' })], tree),
    [],
  );
  const callees = [['strings.Repeat']];
  assert.deepEqual(
    diff([site(11, 1, { callees })], [site(40, 1, { callees, function: 'm/p.Renamed' })], tree),
    [],
  );
});

void test('a site that costs more bytes only is a change', () => {
  assert.deepEqual(diff([site(1, 1)], [site(1, 1, { bytes: 48 })], []), [[1, 1, 1]]);
});

void test('callers are those of the way that adds most, not of the heaviest', () => {
  const way = (name: string, line: number, objects: number) => ({
    callers: [{ function: name, position: { file: 'p/b.go', line, column: 0 }, inlines: false }],
    objects,
    bytes: objects * 16,
  });
  const base = [site(1, 11, { stacks: [way('Old', 5, 10), way('Rare', 9, 1)] })];
  const head = [site(1, 14, { stacks: [way('Old', 6, 10), way('Rare', 10, 4)] })];
  // A line above both was added: their calls only moved.
  const hunk = { base: { start: 1, lines: 0 }, head: { start: 2, lines: 1 } };
  const moved = [{ basePath: 'p/b.go', headPath: 'p/b.go', binary: false, hunks: [hunk] }];
  const [change] = diffSites(base, head, buildLineMap(moved));
  assert.deepEqual(
    change?.callers.map(({ function: name }) => name),
    ['Rare'],
  );
});

void test('callees are those of the side that allocates more', () => {
  const base = [site(1, 3, { callees: [['fmt.Sprintf']] })];
  const [change] = diffSites(base, [site(1, 1)], buildLineMap([]));
  assert.deepEqual(change?.callees, [['fmt.Sprintf']]);
});

void test('lines that both sides have are two places, whatever they allocate', () => {
  // Line 10 was edited; line 20 is as it was and allocates for the first time, as much as line 10 did.
  const base = [site(10, 5)];
  const head = [site(10, 8), site(20, 5)];
  assert.deepEqual(diff(base, head, edit(10, 1, 10, 1)), [
    [20, 0, 5],
    [10, 5, 8],
  ]);
  // Neither changed: what the one saves is not what the other spends.
  assert.deepEqual(diff([site(10, 5)], [site(20, 5)], edit(1, 0, 1, 0)), [
    [20, 0, 5],
    [10, 5, 0],
  ]);
});

void test('objects that moved to another function and are made more often are no new ones', () => {
  const callees = [['crypto/rand.Read']];
  const base = [site(10, 14, { function: 'm/p.Old', callees })];
  const head = [site(30, 42, { function: 'm/p.New', callees })];
  const moved: TreeDiff = [
    {
      basePath: 'p/a.go',
      headPath: 'p/a.go',
      binary: false,
      hunks: [
        { base: { start: 10, lines: 1 }, head: { start: 9, lines: 0 } },
        { base: { start: 30, lines: 0 }, head: { start: 30, lines: 1 } },
      ],
    },
  ];
  assert.deepEqual(diff(base, head, moved), [[30, 14, 42]]);
});
