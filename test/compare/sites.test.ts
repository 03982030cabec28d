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

void test('what a line adds is not laid to calls that base made as often', () => {
  const itoa = ['strconv.Itoa'];
  const made = { callees: [itoa], objects: 5, bytes: 40 };
  const base = [site(10, 5, { callees: [itoa], bytes: 40, parts: [made] })];
  const head = [
    site(10, 7, {
      callees: [itoa, []],
      bytes: 136,
      parts: [{ ...made }, { callees: [], objects: 1, bytes: 32 }, { callees: [], objects: 1, bytes: 64 }],
    }),
  ];
  const [change] = diffSites(base, head, buildLineMap(edit(10, 1, 10, 1)));
  assert.deepEqual(change?.objectsPerOp, { base: 5, head: 7 });
  assert.deepEqual(change?.callees, []);
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

void test('a moved function is not a change, with renumbered closures, renamed too', () => {
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

const within = (line: number, name: string, rest: Partial<AllocationSite> = {}): AllocationSite =>
  site(line, 1, { function: `m/p.${name}`, ...rest });
const nameOf =
  (names: Record<number, string>) =>
  ({ line }: { line: number }): string | null =>
    names[line] ?? null;
/** The names of values by line, as the compiler gives them. */
const named = (base: Record<number, string>, head: Record<number, string>) => ({
  base: { what: nameOf(base), code: () => null },
  head: { what: nameOf(head), code: () => null },
});
const replaced = (base: [number, number], head: [number, number]): TreeDiff[number]['hunks'][number] => ({
  base: { start: base[0], lines: base[1] },
  head: { start: head[0], lines: head[1] },
});
const changesOf = (...args: Parameters<typeof diffSites>) =>
  diffSites(...args).map((c) => [c.position.line, c.objectsPerOp.base, c.objectsPerOp.head]);
const oneFile = (...hunks: TreeDiff[number]['hunks']): TreeDiff => [
  { basePath: 'p/a.go', headPath: 'p/a.go', binary: false, hunks },
];

void test('a value that moved into an extracted function is not the new one', () => {
  // F made a node; now extract makes it and F makes a list of the same size.
  const tree = oneFile(replaced([10, 1], [10, 1]), replaced([20, 0], [21, 5]));
  const base = [within(10, 'F')];
  const head = [within(10, 'F'), within(22, 'extract')];
  const what = named({ 10: 'Node' }, { 10: '[]int', 22: 'Node' });
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), what), [[10, 0, 1]]);
});

void test('a line that went into a branch is not the new one above it, which makes the same', () => {
  const tree = oneFile(replaced([10, 1], [10, 2]), replaced([12, 1], [12, 0]), replaced([13, 0], [14, 3]));
  const base = [within(12, 'send')];
  const head = [within(11, 'send'), within(15, 'send')];
  const [what, own] = [() => 'append', 'r.sent = append(r.sent, m)'];
  const facts = {
    base: { what, code: nameOf({ 12: own }) },
    head: { what, code: nameOf({ 11: 'r.later = append(r.later, m)', 15: own }) },
  };
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), facts), [[11, 0, 1]]);
  // Nor if the line itself is made more often, too.
  const more = [within(11, 'send'), within(15, 'send', { objects: 3, bytes: 48 })];
  assert.deepEqual(changesOf(base, more, buildLineMap(tree), facts), [
    [15, 1, 3],
    [11, 0, 1],
  ]);
});

void test('memory that grows where base made it at once is that of the same variable', () => {
  // Base made `all` with a capacity on line 10; now the append on line 21 makes it, and line 22 fills another slice.
  const tree = oneFile(replaced([10, 1], [10, 1]), replaced([20, 0], [21, 1]));
  const base = [within(10, 'F', { objects: 9, bytes: 288 }), within(20, 'F', { objects: 2, bytes: 128 })];
  const head = [within(20, 'F', { objects: 14, bytes: 448 }), within(21, 'F', { objects: 9, bytes: 144 })];
  const append = 'all = append(all, v)';
  const facts = {
    base: {
      what: nameOf({ 10: '[]any', 20: 'append' }),
      code: nameOf({ 10: 'all = make([]any, 0, 2)', 20: append }),
    },
    head: {
      what: nameOf({ 20: 'append', 21: 'append' }),
      code: nameOf({ 20: append, 21: 'kinds = append(kinds, k)' }),
    },
  };
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), facts), [
    [21, 0, 9],
    [20, 11, 14],
  ]);
});

void test('a line that now makes two things of other sizes keeps the one that it made before', () => {
  const parts = (...sizes: number[]) => sizes.map((bytes) => ({ callees: [], objects: 1, bytes }));
  const tree = oneFile(replaced([10, 1], [10, 2]));
  const base = [within(10, 'F', { objects: 2, bytes: 112, parts: parts(64, 48) })];
  const head = [
    within(10, 'F', { objects: 2, bytes: 88, parts: parts(64, 24) }),
    within(11, 'F', { bytes: 48, parts: parts(48) }),
  ];
  assert.deepEqual(changesOf(base, head, buildLineMap(tree)), [[10, 1, 2]]);
});

void test('what a helper on an unchanged line made is not new where its caller makes it itself', () => {
  // The helper on line 30 was called twice; one of its callers has the literal itself now, and makes a map, too.
  const tree = oneFile(replaced([10, 1], [10, 2]));
  const base = [within(30, 'newNode', { objects: 2, bytes: 32 })];
  const head = [within(10, 'F'), within(11, 'F', { bytes: 48 }), within(31, 'newNode')];
  const what = named({ 30: 'Node' }, { 10: 'Node', 11: 'map[string]int', 31: 'Node' });
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), what), [[11, 0, 1]]);
  // Nothing shows that they are the same, so the unchanged line allocates less and the changed one more.
  assert.deepEqual(changesOf(base, head, buildLineMap(tree)), [
    [11, 0, 1],
    [10, 0, 1],
    [31, 2, 1],
  ]);
});

void test('a loop that was restructured costs what it makes more often', () => {
  const tree = oneFile(replaced([10, 5], [10, 7]));
  const base = [within(12, 'F', { objects: 8, bytes: 256 })];
  const head = [within(11, 'F', { objects: 1, bytes: 128 }), within(14, 'F', { objects: 12, bytes: 384 })];
  const what = named({ 12: 'item' }, { 11: '[]item', 14: 'item' });
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), what), [
    [14, 8, 12],
    [11, 0, 1],
  ]);
});

void test('a renamed file, and a function that became a method, keep their values', () => {
  const renamed: TreeDiff = [
    {
      basePath: 'p/old.go',
      headPath: 'p/new.go',
      binary: false,
      hunks: [replaced([10, 3], [10, 4])],
    },
  ];
  const base = [within(11, 'Encode', { position: { file: 'p/old.go', line: 11, column: 0 }, bytes: 64 })];
  const head = [
    within(12, '(*Encoder).Encode', { position: { file: 'p/new.go', line: 12, column: 0 }, bytes: 32 }),
    within(13, '(*Encoder).Encode', { position: { file: 'p/new.go', line: 13, column: 0 }, bytes: 64 }),
  ];
  assert.deepEqual(changesOf(base, head, buildLineMap(renamed)), [[12, 0, 1]]);
});

void test('the changes of all sites add up to the difference of the sums', () => {
  const tree = oneFile(replaced([10, 5], [10, 7]), replaced([40, 2], [42, 0]));
  const base = [within(11, 'F', { objects: 3, bytes: 72 }), within(41, 'G', { objects: 1.0625, bytes: 17 })];
  const head = [
    within(10, 'F', { objects: 2.5, bytes: 60 }),
    within(12, 'H', { objects: 4, bytes: 64 }),
    within(13, 'H', { objects: 1, bytes: 24 }),
  ];
  const changes = diffSites(base, head, buildLineMap(tree));
  const sum = (side: 'base' | 'head') =>
    changes.reduce((total, { objectsPerOp }) => total + objectsPerOp[side], 0);
  const bytes = (side: 'base' | 'head') =>
    changes.reduce((total, { bytesPerOp }) => total + bytesPerOp[side], 0);
  assert.equal(sum('head') - sum('base'), 7.5 - 4.0625);
  assert.equal(bytes('head') - bytes('base'), 148 - 89);
});

void test('a line that both sides have keeps its values, whoever makes the same', () => {
  const tree = oneFile(replaced([10, 1], [10, 2]));
  const what = named({ 30: 'Node' }, { 10: 'Node', 31: 'Node' });
  const head = [within(10, 'F'), within(31, 'newNode')];
  assert.deepEqual(changesOf([within(30, 'newNode')], head, buildLineMap(tree), what), [[10, 0, 1]]);
  // Nothing is known about either line, so they are not paired.
  const saved = [within(30, 'newNode', { objects: 2, bytes: 32 })];
  assert.equal(changesOf(saved, head, buildLineMap(tree)).length, 2);
});

void test('a text that moved and became shorter is not the new box on the line where it was', () => {
  // decode(string(raw)) became decode(raw), which boxes raw and converts it inside.
  const tree = oneFile(replaced([10, 1], [10, 1]), replaced([20, 2], [20, 2]));
  const base = [within(10, 'Unmarshal', { bytes: 24 })];
  const head = [within(10, 'Unmarshal', { bytes: 24 }), within(21, 'unquote', { bytes: 16 })];
  const what = named({ 10: 'string' }, { 10: 'raw', 21: 'string' });
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), what), [
    [10, 0, 1],
    [21, 1, 1],
  ]);
});

void test('an edited line of which the compiler says nothing is not one of which it does, where another says nothing either', () => {
  // `frac += tail` stayed as `p[1] += tail`; the line above newly makes `string(b)`.
  const tree = oneFile(replaced([10, 8], [10, 10]));
  const base = [within(14, 'Unmarshal', { objects: 0.1875, bytes: 3 })];
  const head = [
    within(11, 'Unmarshal', { objects: 0.6875, bytes: 11 }),
    within(16, 'Unmarshal', { objects: 0.3125, bytes: 5 }),
  ];
  assert.deepEqual(changesOf(base, head, buildLineMap(tree), named({}, { 11: 'string' })), [
    [11, 0, 0.6875],
    [16, 0.1875, 0.3125],
  ]);
});
