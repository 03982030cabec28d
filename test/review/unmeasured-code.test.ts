import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delta } from '../../src/compare/types.ts';
import { listUnmeasuredCode, mayAllocate } from '../../src/review/unmeasured-code.ts';
import type { ChangedFunction } from '../../src/syntax/changed-functions.ts';

const place = { file: 'm.go', firstLine: 1, lastLine: 40 };
const changed: ChangedFunction = {
  package: 'm',
  name: 'F',
  change: 'source',
  base: place,
  head: place,
  isEmpty: false,
};

const deltaOf = (name: string, verdict: Delta['verdict']): Delta => ({
  package: 'm',
  name,
  verdict,
  allocsPerOp: { base: null, head: 1, delta: null },
  bytesPerOp: { base: null, head: 1, delta: null },
  nsPerOp: { base: null, head: 1, delta: null },
  samples: { base: {}, head: {} },
  reason: null,
  sites: [],
});

function ask(
  benchmarks: readonly string[],
  deltas: readonly Delta[],
  unrunLines: readonly number[] | null = [],
  changedLines: readonly number[] = [],
) {
  const known = {
    package: 'm',
    name: 'F',
    isRun: true,
    benchmarks: benchmarks.map((name) => ({ package: 'm', name })),
    unrunLines,
  };
  const map = { isChangedInHead: (_: string, line: number) => changedLines.includes(line) };
  return listUnmeasuredCode([changed], [known], deltas, map);
}

test('a function that only new benchmarks run is measured by none, also where they are named one by one', () => {
  const isUnrun = (names: readonly string[], deltas: readonly Delta[]): boolean =>
    ask(names, deltas).unrun.length === 1;
  const all = [deltaOf('BenchmarkF/a', 'new'), deltaOf('BenchmarkF/b', 'new')];
  assert.ok(isUnrun(['BenchmarkF/a', 'BenchmarkF/b'], all));
  assert.ok(isUnrun(['BenchmarkF'], all));
  assert.ok(
    !isUnrun(
      ['BenchmarkF/a', 'BenchmarkF/b'],
      [deltaOf('BenchmarkF/a', 'new'), deltaOf('BenchmarkF/b', 'unchanged')],
    ),
  );
  assert.ok(!isUnrun(['BenchmarkF'], [deltaOf('BenchmarkF/a', 'new'), deltaOf('BenchmarkF/b', 'unchanged')]));
  assert.ok(!isUnrun(['BenchmarkOther'], all));
});

test('each branch with a changed line that no benchmark runs is asked about by itself', () => {
  const { unrun, partlyRun } = ask(['BenchmarkF'], [], [12, 5, 4, 20, 13], [5, 12, 30]);
  assert.deepEqual(unrun, []);
  assert.deepEqual(
    partlyRun.map(({ lines }) => [...lines]),
    [
      [4, 5],
      [12, 13],
    ],
  );
});

test('where it is not known which lines benchmarks run, all changed ones may be asked about', () => {
  const { partlyRun } = ask(['BenchmarkF'], [], null, [5, 12, 41]);
  assert.deepEqual(
    partlyRun.map(({ lines, isKnown }) => [[...lines], isKnown]),
    [[[5, 12], false]],
  );
  assert.deepEqual(ask(['BenchmarkF'], [], null, []).partlyRun, [], 'only what the compiler does changed');
});

test('a line that allocates nothing need not be measured', () => {
  for (const code of [
    '',
    '}',
    '} else {',
    'return',
    'return nil, err',
    'return 0, ""',
    'default:',
    'break',
    '})',
  ])
    assert.ok(!mayAllocate(code), code);
  for (const code of ['return n', 'x := 1', 'f()', 'default: g()', '} else if f() {', 'return &T{}'])
    assert.ok(mayAllocate(code), code);
});
