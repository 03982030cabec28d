import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllocationSite } from '../../src/compare/types.ts';
import { runsOf, watchLines } from '../../src/trials/quiet-tests.ts';
import { buildFinding } from '../support/review-data.ts';

const place = { file: 'p/a.go', line: 12, function: 'F', onChangedLine: true };
const finding = buildFinding({ evidence: 'possible', ...place, places: [place], benchmarks: [] });

/** An allocation on one line, below a call on another. */
const site = (line: number, callerLine: number): AllocationSite => ({
  position: { file: 'p/a.go', line, column: 0 },
  function: 'm/p.g',
  objects: 1,
  bytes: 16,
  callees: [],
  inlines: false,
  stacks: [
    {
      callers: [
        {
          function: 'm/p.F',
          position: { file: 'p/a.go', line: callerLine, column: 0 },
          inlines: false,
        },
      ],
      objects: 1,
      bytes: 16,
    },
  ],
});

test('a line runs as often as its least frequent part', () => {
  const block = (line: number, lastLine: number, count: number) => ({
    file: 'a.go',
    line,
    column: 1,
    lastLine,
    count,
  });
  assert.equal(runsOf(finding, [block(10, 12, 40), block(12, 14, 3), block(20, 30, 7)]), 3);
  assert.equal(runsOf(finding, [{ ...block(10, 14, 9), file: 'b.go' }]), 0, 'another file');
  const places = [place, { ...place, line: 25 }];
  assert.equal(runsOf({ places }, [block(10, 14, 9), block(20, 30, 7)]), 7, 'of all its lines');
});

test('only lines that tests ran several times without an allocation there, or in what they call, are quiet', () => {
  const ask = (...tests: [number, AllocationSite[]][]) => {
    const watch = watchLines();
    for (const [runs, sites] of tests) watch.add(new Map([[finding, runs]]), [sites]);
    return watch.listQuiet().get(finding);
  };
  assert.deepEqual(ask([30, [site(5, 6)]], [10, []]), { tests: 2, runs: 40 });
  assert.equal(ask([30, []], [10, [site(12, 6)]]), undefined, 'on the line');
  assert.equal(ask([30, [site(90, 12)]]), undefined, 'in a function that the line calls');
  assert.equal(ask([3, []]), undefined, 'too few to tell');
  assert.equal(ask([0, []]), undefined);
});
