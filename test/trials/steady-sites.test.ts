import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { AllocationSite } from '../../src/compare/types.ts';
import { diffSteadySites } from '../../src/trials/steady-sites.ts';

/** Nothing moved. */
const map = buildLineMap([]);

/** Each line's objects, of so many bytes. */
const sites = (lines: Record<number, [objects: number, size: number]>): AllocationSite[] =>
  Object.entries(lines).map(([line, [objects, size]]) => ({
    position: { file: 'a.go', line: Number(line), column: 0 },
    function: 'm.F',
    objects,
    bytes: objects * size,
    callees: [],
    inlines: false,
    stacks: [],
  }));

const diff = (base: AllocationSite[][], head: AllocationSite[][]) =>
  diffSteadySites({ base, head }, map).map(({ position, objectsPerOp, bytesPerOp }) => [
    position.line,
    objectsPerOp,
    bytesPerOp,
  ]);

test('a line counts whose repeats agree, however many others vary', () => {
  const base = [sites({ 3: [10, 32], 7: [40, 64] }), sites({ 3: [10, 32], 7: [46, 64] })];
  const head = [sites({ 3: [12, 32], 7: [44, 64] }), sites({ 3: [12, 32], 7: [49, 64] })];
  assert.deepEqual(diff(base, head), [[3, { base: 10, head: 12 }, { base: 320, head: 384 }]]);
});

test('a line that only some repeats show varies', () => {
  const head = sites({ 3: [1, 32] });
  assert.deepEqual(diff([[], []], [[], head]), []);
  assert.deepEqual(diff([[], []], [head, []]), []);
  assert.deepEqual(diff([[], []], [head, head]), [[3, { base: 0, head: 1 }, { base: 0, head: 32 }]]);
});

test('objects that are larger on each run count by their bytes, although their number varies', () => {
  const base = [sites({ 3: [10, 100] }), sites({ 3: [12, 100] })];
  const head = [sites({ 3: [12, 900] }), sites({ 3: [11, 900] })];
  assert.deepEqual(diff(base, head), [[3, { base: 11, head: 11 }, { base: 1200, head: 9900 }]]);
});

test('what is less on each run is a change, too', () => {
  const [base, head] = [sites({ 3: [4, 32] }), sites({ 3: [1, 32] })];
  assert.deepEqual(diff([base, base], [head, head]), [[3, { base: 4, head: 1 }, { base: 128, head: 32 }]]);
  assert.deepEqual(diff([base, base], [[], []]), [[3, { base: 4, head: 0 }, { base: 128, head: 0 }]]);
});

test('callers keep their places, but for those in tests', () => {
  const at = (name: string, file: string) => ({
    function: `m.${name}`,
    position: { file, line: 4, column: 0 },
    inlines: false,
  });
  const head = sites({ 3: [1, 32] }).map((site) => ({
    ...site,
    stacks: [{ callers: [at('G', 'a.go'), at('TestG', 'a_test.go')], objects: 1, bytes: 32 }],
  }));
  const [found] = diffSteadySites({ base: [[], []], head: [head, head] }, map);
  assert.deepEqual(
    found?.callers.map((frame) => [frame.function, frame.position?.line ?? null]),
    [
      ['m.G', 4],
      ['m.TestG', null],
    ],
  );
});
