import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { TreeDiff } from '../../src/compare/types.ts';
import type { ChangedFunction } from '../../src/syntax/changed-functions.ts';
import type { Charge } from '../../src/trials/charges.ts';
import { type TargetCandidate, confirmTargets, costOf } from '../../src/trials/targets.ts';
import type { Block } from '../../src/trials/tests.ts';

const F: ChangedFunction = {
  package: 'm',
  name: 'F',
  change: 'source',
  base: { file: 'p/a.go', firstLine: 10, lastLine: 40 },
  head: { file: 'p/a.go', firstLine: 10, lastLine: 40 },
  isEmpty: false,
};

const block = (line: number, lastLine: number, count: number, file = 'a.go'): Block => ({
  file,
  line,
  column: 2,
  lastLine,
  count,
});

/** F's blocks: benchmarks run all but two branches. */
const benchmarked = [
  block(10, 14, 9),
  block(14, 16, 0),
  block(18, 22, 0),
  block(30, 40, 9),
  block(20, 21, 0, 'b.go'),
];

const ask = (candidate: Partial<TargetCandidate>, blocks: readonly Block[] | null): number[][] =>
  confirmTargets([{ function: F, lines: null, isKnown: true, isSetUp: false, ...candidate }], blocks).map(
    ({ lines }) => [...(lines ?? [])],
  );

test('changed lines of which it is not known whether benchmarks run them are looked up, branch by branch', () => {
  const lines = new Set([12, 14, 15, 16, 20, 21, 25, 35]);
  assert.deepEqual(
    ask({ lines, isKnown: false }, benchmarked),
    [
      [15, 16],
      [20, 21],
    ],
    'line 14 is run, 25 is no code',
  );
  assert.deepEqual(ask({ lines, isKnown: false }, null), [], 'nothing is said that nobody knows');
});

test('what benchmarks are known not to run is asked about, unless they run it after all', () => {
  assert.deepEqual(ask({ lines: new Set([20]) }, benchmarked), [[20]]);
  assert.deepEqual(ask({ lines: new Set([20]) }, null), [[20]]);
  assert.deepEqual(ask({ lines: new Set([12]) }, benchmarked), []);
  assert.deepEqual(ask({}, benchmarked), []);
  assert.deepEqual(ask({}, []), [[]]);
  assert.deepEqual(ask({ isSetUp: true }, benchmarked), [[]], 'a set-up is not measured');
});

test('what base allocated on a replaced line counts for the lines that replace it, not for other branches', () => {
  const hunk = (start: number, lines: number, head: number, more: number) => ({
    base: { start, lines },
    head: { start: head, lines: more },
  });
  const diff: TreeDiff = [
    {
      basePath: 'p/a.go',
      headPath: 'p/a.go',
      binary: false,
      hunks: [hunk(15, 2, 15, 1), hunk(20, 1, 19, 1), hunk(30, 1, 28, 0)],
    },
  ];
  const charge = (line: number, objects: number): Charge => ({
    name: 'm.F',
    position: { file: 'p/a.go', line, column: 0 },
    isThrough: false,
    above: [],
    objects,
    bytes: objects * 32,
    shared: 0,
  });
  const cost = (base: Charge[], head: Charge[]): number | undefined =>
    costOf({ function: F, lines: new Set([15]) }, { base: [base, base], head: [head, head] }, 10, {
      map: buildLineMap(diff),
      diff,
    })?.objects;
  assert.equal(cost([charge(15, 10)], [charge(15, 20)]), 1);
  assert.equal(cost([charge(16, 10)], [charge(15, 20)]), 1, 'the second of the replaced lines');
  assert.equal(cost([charge(15, 10), charge(20, 10)], [charge(15, 20), charge(19, 10)]), 1, 'another branch');
  assert.equal(
    cost([charge(15, 10), charge(30, 10)], [charge(15, 20)]),
    undefined,
    'a deleted line may have moved',
  );
});
