import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLineMap } from '../../src/compare/line-map.ts';
import type { DeltaReason, EscapeChange, SiteChange } from '../../src/compare/types.ts';
import { adaptedPlaces } from '../../src/rules/adapted.ts';
import { buildDelta, escapeDecision } from '../support/review-data.ts';

/** Head changed lines 10 to 19 of a.go and of a_test.go. */
const map = buildLineMap(
  ['a.go', 'a_test.go'].map((file) => ({
    basePath: file,
    headPath: file,
    binary: false,
    hunks: [{ base: { start: 10, lines: 10 }, head: { start: 10, lines: 10 } }],
  })),
);

function site(line: number, base: number, head: number, file = 'a.go'): SiteChange {
  return {
    position: { file, line, column: 0 },
    function: 'example.com/p.F',
    objectsPerOp: { base, head },
    bytesPerOp: { base: base * 16, head: head * 16 },
    callees: [],
    inlines: false,
    callers: [],
  };
}

function placesOf(
  sites: SiteChange[],
  {
    reason = { kind: 'not-comparable', detail: '' },
    decided = [],
  }: { reason?: DeltaReason; decided?: number[] } = {},
): number[] {
  const escapes = decided.map((line): EscapeChange => ({
    change: 'added',
    decision: { ...escapeDecision, position: { file: 'a.go', line, column: 1 } },
    onChangedLine: false,
    flipped: true,
  }));
  const delta = buildDelta({ verdict: 'benchmark-changed', reason, sites });
  return adaptedPlaces([delta], escapes, map, []).map(({ line }) => line);
}

test('lines that head changed and that allocate more are places', () => {
  assert.deepEqual(placesOf([site(12, 0, 1), site(15, 2, 4)]), [12, 15]);
});

test('a line that stands on both sides is one only where the compiler decides otherwise', () => {
  assert.deepEqual(placesOf([site(3, 0, 1)]), []);
  assert.deepEqual(placesOf([site(3, 0, 1)], { decided: [3] }), [3]);
});

test('what only moved to another line is none', () => {
  assert.deepEqual(placesOf([site(12, 0, 1), site(30, 1, 0)]), []);
});

test('lines of the tests, parts of an object and other reasons are none', () => {
  assert.deepEqual(placesOf([site(12, 0, 1, 'a_test.go')]), []);
  assert.deepEqual(placesOf([site(12, 0, 0.3)]), []);
  assert.deepEqual(
    placesOf([site(12, 0, 1)], { reason: { kind: 'benchmark-edited', benchmarkOf: 'base' } }),
    [],
  );
});
