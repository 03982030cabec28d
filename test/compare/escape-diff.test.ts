import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffEscapes, diffInlining } from '../../src/compare/escape-diff.ts';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { Decision, TreeDiff } from '../../src/compare/types.ts';

type Given = Partial<Omit<Decision, 'position'>> & { at: [line: number, column?: number]; file?: string };

function decision({ at: [line, column = 5], file = 'p/a.go', ...rest }: Given): Decision {
  return {
    kind: 'escapes-to-heap',
    package: 'm/p',
    position: { file, line, column },
    function: 'F',
    expression: 'x',
    cost: null,
    reason: null,
    flow: [],
    ...rest,
  };
}

const defined = (name: string, line: number): Decision =>
  decision({ kind: 'can-inline', function: name, expression: name, at: [line], cost: 10 });

/** Base's lines `from…` (count) became head's `to…` (count) in p/a.go. */
function edits(...hunks: [from: number, count: number, to: number, headCount: number][]): TreeDiff {
  return [
    {
      basePath: 'p/a.go',
      headPath: 'p/a.go',
      binary: false,
      hunks: hunks.map(([start, lines, to, headLines]) => ({
        base: { start, lines },
        head: { start: to, lines: headLines },
      })),
    },
  ];
}

const diff = (base: Decision[], head: Decision[], tree: TreeDiff) =>
  diffEscapes(base, head, buildLineMap(tree)).map(({ change, decision: d, onChangedLine, flipped }) => [
    change,
    d.position.line,
    d.expression,
    onChangedLine ? 'edited' : 'standing',
    flipped,
  ]);

void test('a decision that flips on a standing line', () => {
  assert.deepEqual(diff([], [decision({ at: [12] })], edits([3, 0, 4, 2])), [
    ['added', 12, 'x', 'standing', true],
  ]);
  assert.deepEqual(diff([decision({ at: [10] })], [], edits([3, 0, 4, 2])), [
    ['removed', 10, 'x', 'standing', true],
  ]);
});

void test('a decision on an added line', () => {
  assert.deepEqual(diff([], [decision({ at: [5] })], edits([3, 0, 4, 2])), [
    ['added', 5, 'x', 'edited', false],
  ]);
});

void test('one more of the same on the same line is added', () => {
  const two = [decision({ at: [12] }), decision({ at: [12] })];
  assert.equal(diff([decision({ at: [10] })], two, edits([3, 0, 4, 2])).length, 1);
});

void test('shifted lines and renamed files say nothing', () => {
  assert.deepEqual(diff([decision({ at: [10] })], [decision({ at: [12] })], edits([3, 0, 4, 2])), []);
  const renamed = [{ basePath: 'p/a.go', headPath: 'p/b.go', binary: false, hunks: [] }];
  assert.deepEqual(diff([decision({ at: [10] })], [decision({ at: [10], file: 'p/b.go' })], renamed), []);
});

void test('a name renamed elsewhere says nothing, another place on the line does', () => {
  const base = [decision({ at: [10], expression: '&T{...}' })];
  assert.deepEqual(diff(base, [decision({ at: [10], expression: '&U{...}' })], []), []);
  assert.equal(diff(base, [decision({ at: [10, 30], expression: '&U{...}' })], []).length, 2);
});

void test('a moved function says nothing, also with renumbered closures and to another file', () => {
  const tree = edits([10, 5, 9, 0], [30, 0, 26, 5]);
  assert.deepEqual(
    diff(
      [decision({ at: [11], function: 'F.func1' })],
      [decision({ at: [27], function: 'F.func2.1' })],
      tree,
    ),
    [],
  );
  const added = { basePath: null, headPath: 'p/new.go', binary: false, hunks: [] };
  const toFile = [...edits([10, 5, 9, 0]), added];
  assert.deepEqual(diff([decision({ at: [11] })], [decision({ at: [3], file: 'p/new.go' })], toFile), []);
});

void test('edited lines are paired before standing ones', () => {
  const base = [decision({ at: [5] }), decision({ at: [11] })];
  assert.deepEqual(diff(base, [decision({ at: [27] })], edits([10, 5, 9, 0], [30, 0, 26, 5])), [
    ['removed', 5, 'x', 'standing', true],
  ]);
});

void test('two standing lines are never taken for a move', () => {
  assert.equal(diff([decision({ at: [10] })], [decision({ at: [20] })], []).length, 2);
});

void test('a renamed variable and a reworded message on an edited line say nothing', () => {
  const tree = edits([10, 2, 10, 2]);
  const base = [decision({ at: [10] }), decision({ at: [11], expression: '"no such \\"key\\""' })];
  const head = [
    decision({ at: [10], expression: 'value.name' }),
    decision({ at: [11], expression: '"missing"' }),
  ];
  assert.deepEqual(diff(base, head, tree), []);
});

void test('an object that an edited line makes in the other way says nothing, one of another type does', () => {
  const tree = edits([10, 1, 10, 1]);
  const base = [decision({ at: [10], expression: 'new(big.Int)' })];
  const at = (expression: string) => decision({ at: [10], expression });
  assert.deepEqual(diff(base, [at('&big.Int{...}')], tree), []);
  assert.deepEqual(diff(base, [at('&big.Int{...}'), at('&big.Rat{...}')], tree), [
    ['added', 10, '&big.Rat{...}', 'edited', false],
  ]);
});

void test('an edited line that says it of another kind of expression does', () => {
  const tree = edits([10, 1, 10, 1]);
  const head = [decision({ at: [10], expression: '... argument' }), decision({ at: [10], expression: 'x' })];
  assert.deepEqual(diff([decision({ at: [10], expression: '([]byte)(s)' })], head, tree), [
    ['removed', 10, '([]byte)(s)', 'edited', false],
    ['added', 10, '... argument', 'edited', false],
    ['added', 10, 'x', 'edited', false],
  ]);
});

void test('a function that is moved and renamed says nothing; two functions that stay do', () => {
  const tree = edits([10, 5, 9, 0], [30, 0, 26, 5]);
  const base = [decision({ at: [11], function: 'Old' })];
  const head = [decision({ at: [27], function: 'New' })];
  assert.deepEqual(diff([defined('Old', 10), ...base], [defined('New', 26), ...head], tree), []);
  const both = [defined('Old', 1), defined('New', 2)];
  assert.equal(diff([...both, ...base], [...both, ...head], tree).length, 2);
});

void test('other kinds and test files are left out', () => {
  const head = [
    decision({ at: [1], kind: 'leaking-param' }),
    decision({ at: [1], file: 'p/a_test.go' }),
    decision({ at: [1], kind: 'does-not-escape' }),
    decision({ at: [2], kind: 'moved-to-heap' }),
  ];
  assert.deepEqual(
    diffEscapes([], head, buildLineMap([])).map(({ decision: d }) => d.kind),
    ['moved-to-heap'],
  );
});

void test('inlining that is lost, and the standing calls that feel it', () => {
  const call = (line: number, expression: string): Decision =>
    decision({ at: [line], kind: 'inlining-call', function: null, expression });
  const cannot = {
    ...defined('Grew', 3),
    kind: 'cannot-inline' as const,
    cost: 84,
    reason: 'function too complex',
  };
  const base = [defined('Grew', 3), defined('Same', 8), call(20, 'Grew'), call(21, 'Same'), call(4, 'Same')];
  const head = [cannot, defined('Same', 10), call(23, 'Same'), defined('Fresh', 40)];
  const { functions, lostCalls } = diffInlining(base, head, buildLineMap(edits([4, 1, 4, 3])));
  assert.deepEqual(
    functions.map((f) => [f.package, f.function, f.change, f.base.cost, f.head.cost]),
    [['m/p', 'Grew', 'lost', 10, 84]],
  );
  assert.deepEqual(
    lostCalls.map(({ position, expression, base: b }) => [position.line, expression, b.position.line]),
    [[22, 'Grew', 20]],
  );
  assert.equal(diffInlining(head, base, buildLineMap([])).functions[0]?.change, 'gained');
});
