import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import type { Delta, SiteChange } from '../../src/compare/types.ts';
import { netCosts, withCosts } from '../../src/rules/net-costs.ts';
import { sitePlaces } from '../../src/rules/places.ts';
import { amount } from '../support/review-data.ts';
import { makeDelta, makeSite } from './match-input.ts';

/** Benchmarks of real commits, run backwards, as their reports had them: the change of each site of the heap profiles. */
const recorded = z
  .array(
    z.strictObject({
      commit: z.string(),
      name: z.string(),
      allocs: z.tuple([z.number(), z.number()]),
      bytes: z.tuple([z.number(), z.number()]),
      /** File, line, function, objects per op at base and head, bytes per op at base and head. */
      sites: z.array(
        z.tuple([z.string(), z.number(), z.string(), z.number(), z.number(), z.number(), z.number()]),
      ),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('real-sites.json', import.meta.url), 'utf8')));

function toDelta({ name, allocs, bytes, sites }: (typeof recorded)[number]): Delta {
  const changes = sites.map(([file, line, owner, ...counts]) =>
    makeSite(line, 0, {
      position: { file, line, column: 0 },
      function: owner,
      objectsPerOp: { base: counts[0], head: counts[1] },
      bytesPerOp: { base: counts[2], head: counts[3] },
    }),
  );
  return makeDelta(name, 0, changes, { allocsPerOp: amount(...allocs), bytesPerOp: amount(...bytes) });
}

/** Objects that all findings of a benchmark add. */
function addUp(delta: Delta): number {
  const { objects } = netCosts(delta);
  const uses = sitePlaces([delta]).flatMap((place) => place.uses);
  return uses.reduce((sum, { site }) => sum + objects(site), 0);
}

test("a real benchmark's findings add up to its difference", () => {
  assert.ok(recorded.length >= 30);
  for (const one of recorded) {
    const delta = toDelta(one);
    const wanted = delta.allocsPerOp.delta ?? 0;
    const found = addUp(delta);
    // Printed counts are cut to whole numbers on either side, and a profile counts blocks of the tiny allocator once. What
    // the profile shows in excess, at its own number of iterations, the report cuts.
    const label = `${one.commit} ${one.name}: ${found} of ${wanted}`;
    assert.ok(found <= wanted * 1.25 + 1, label);
    assert.ok(found >= wanted / 2 - 1, label);
  }
});

test('what an edit moves within a function is not a cost, what it adds there is', () => {
  const gone = makeSite(4, 0, { objectsPerOp: { base: 10, head: 0 }, bytesPerOp: { base: 160, head: 0 } });
  const [moved, other] = [makeSite(6, 12), makeSite(9, 3, { function: 'example.com/m/pkg.Other' })];
  const { objects, bytes } = netCosts(makeDelta('BenchmarkA', 5, [gone, moved, other]));
  assert.equal(objects(moved), 2);
  assert.equal(bytes(moved), 32);
  assert.equal(objects(other), 3);
  const closure = makeSite(6, 12, { function: 'example.com/m/pkg.(*Server).Handle.func1' });
  assert.equal(netCosts(makeDelta('BenchmarkA', 2, [gone, closure])).objects(closure), 2);
});

test('of lines that share blocks of the tiny allocator, one that base has is not new because it opens more of them', () => {
  const change = (line: number, objects: [number, number], bytes: [number, number]) =>
    makeSite(line, 0, {
      objectsPerOp: { base: objects[0], head: objects[1] },
      bytesPerOp: { base: bytes[0], head: bytes[1] },
    });
  /** `changed`: lines that head changed. */
  const linesOf = (changed: number[], allocs: [number, number], ...sites: SiteChange[]): number[] => {
    const delta = makeDelta('BenchmarkA', 0, sites, { allocsPerOp: amount(...allocs) });
    const places = sitePlaces([delta], ({ position }) => changed.includes(position.line));
    return places.map(({ line }) => line);
  };
  const lines = (...given: [[number, number], ...SiteChange[]]): number[] => linesOf([2, 3], ...given);
  // A string and a slice are new on line 2; the short string of line 3 was there before.
  const both = change(2, [0, 1.6875], [0, 43]);
  assert.deepEqual(lines([1, 3], both, change(3, [0.1875, 0.3125], [3, 5])), [2]);
  assert.deepEqual(lines([1, 3], both, change(3, [0, 0.3125], [0, 5])), [2, 3]);
  assert.deepEqual(lines([1, 4], both, change(3, [0.5, 1], [8, 16])), [2, 3]);
  // Line 2 opened the block for itself and for a second new object; base opened one for two operations.
  assert.deepEqual(linesOf([2], [1, 4], both, change(3, [0.5, 1], [8, 16])), [2]);
  assert.deepEqual(linesOf([2], [1, 4], both, change(3, [0, 0.5], [0, 8])), [2, 3]);
  assert.deepEqual(linesOf([2], [1, 4], both, change(3, [0.5, 1.5], [8, 24])), [2, 3]);
  // Nothing else explains it.
  assert.deepEqual(lines([1, 2], change(3, [0.1875, 0.3125], [3, 5])), [3]);
});

test('a line that takes over what others of its function save is not reported where another explains the difference', () => {
  const change = (line: number, name: string, ...objects: [number, number]) =>
    makeSite(line, 0, {
      function: `example.com/m/pkg.${name}`,
      objectsPerOp: { base: objects[0], head: objects[1] },
      bytesPerOp: { base: objects[0] * 16, head: objects[1] * 16 },
    });
  const tiny = [change(7, 'Read', 0.5, 1), change(3, 'Read', 0.5, 0), change(9, 'Read', 0.5, 0)];
  const lines = (head: number, ...sites: ReturnType<typeof change>[]): number[] => {
    const delta = makeDelta('BenchmarkA', 0, sites, { allocsPerOp: amount(21, head) });
    return withCosts(sitePlaces([delta])).map(({ line }) => line);
  };
  assert.deepEqual(lines(22, change(24, 'New', 0, 1), ...tiny), [24]);
  assert.deepEqual(lines(23, change(24, 'New', 0, 1), change(7, 'Read', 0.5, 1)), [24, 7]);
  assert.deepEqual(lines(22, ...tiny), [7], 'nothing else explains it');
  // Of 54 more objects, half an object that remains of 30 is chance.
  const rest = [change(97, 'Handle', 0, 30), change(98, 'Handle', 29.5, 0)];
  assert.deepEqual(lines(75, change(24, 'New', 0, 53), ...rest), [24]);
});
