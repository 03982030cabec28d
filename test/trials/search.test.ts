import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hunksKey, type Hunk } from '../../src/trials/hunks.ts';
import { searchByHalving, splitCost, tryCause, type Trials } from '../../src/trials/search.ts';
import { weigh } from '../../src/trials/weigh.ts';

/** Ten changes, `n0` to `n9`; each declares its own name at base. */
const all: Hunk[] = Array.from({ length: 10 }, (_, index) => ({
  basePath: 'a.go',
  headPath: 'a.go',
  base: { start: 10 * index + 1, lines: 1 },
  head: { start: 10 * index + 1, lines: 1 },
}));
const sortNumbers = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);
const indexOf = (hunk: Hunk): number => Math.floor(hunk.head.start / 10);
const hunk = (index: number): Hunk => {
  const found = all[index];
  assert.ok(found);
  return found;
};

type World = {
  /** What each change makes of head's count. */
  costs: Record<number, number>;
  /** Changes that compile only together with another one. */
  needs?: Record<number, number>;
  tries?: number;
};

function createWorld({ costs, needs = {}, tries = 100 }: World) {
  const log: string[] = [];
  const added = Object.values(costs).reduce((sum, one) => sum + one, 0);
  const trials: Trials = {
    all,
    textsOf: (one) => ({ base: `func n${indexOf(one)}() {}`, head: '' }),
    tryOut: async (hunks) => {
      if (log.length >= tries) return null;
      log.push(sortNumbers(hunks.map(indexOf)).join(''));
      const taken = new Set(hunks.map(indexOf));
      const errors = Object.entries(needs).flatMap(([one, other]) =>
        taken.has(Number(one)) && !taken.has(other) ? [`./a.go:1:1: undefined: n${other}`] : [],
      );
      if (errors.length > 0) return { kind: 'broken', errors };
      const saved = [...taken].reduce((sum, index) => sum + (costs[index] ?? 0), 0);
      const [head, tried] = [100, 100 - saved].map((value) => ({ min: value, max: value }));
      assert.ok(head && tried);
      return { kind: 'measured', weighed: weigh(head, tried, added), value: 100 - saved, saved };
    },
  };
  return { trials, log, added };
}

const told = (hunks: readonly Hunk[] | undefined) => sortNumbers((hunks ?? []).map(indexOf));

test('a cause is taken back alone, else with its function, else with what the compiler misses', async () => {
  const simple = createWorld({ costs: { 3: 5 } });
  const alone = await tryCause(hunk(3), [hunk(3), hunk(4)], simple.trials);
  assert.deepEqual([told(alone?.hunks), simple.log], [[3], ['3']]);
  const inFunction = createWorld({ costs: { 3: 5 }, needs: { 3: 4 } });
  const together = await tryCause(hunk(3), [hunk(3), hunk(4)], inFunction.trials);
  assert.deepEqual([told(together?.hunks), together?.tried.kind], [[3, 4], 'measured']);
  const chained = createWorld({ costs: { 3: 5 }, needs: { 3: 8, 8: 9 } });
  const grown = await tryCause(hunk(3), [hunk(3), hunk(4)], chained.trials);
  assert.deepEqual(
    [told(grown?.hunks), chained.log],
    [
      [3, 8, 9],
      ['3', '34', '3', '38', '389'],
    ],
  );
  const endless = createWorld({ costs: {}, needs: { 3: 42 } });
  const broken = await tryCause(hunk(3), [], endless.trials);
  assert.equal(broken?.tried.kind, 'broken');
  assert.equal(await tryCause(hunk(3), [], createWorld({ costs: {}, tries: 0 }).trials), null);
});

test('halving finds the few changes that make it, with what they need', async () => {
  const single = createWorld({ costs: { 7: 5 } });
  assert.deepEqual(told((await searchByHalving(single.trials))?.hunks), [7]);
  assert.ok(single.log.length <= 9, `it took ${single.log.length} tries`);
  const pair = createWorld({ costs: { 1: 50, 8: 50 } });
  assert.deepEqual(told((await searchByHalving(pair.trials))?.hunks), told(all), 'two halves make it');
  const needing = createWorld({ costs: { 7: 5 }, needs: { 7: 0 } });
  assert.deepEqual(told((await searchByHalving(needing.trials))?.hunks), [0, 7]);
  assert.equal(await searchByHalving(createWorld({ costs: {} }).trials), null, 'no change makes it');
  const short = await searchByHalving(createWorld({ costs: { 7: 5 }, tries: 3 }).trials);
  assert.deepEqual(told(short?.hunks), [5, 6, 7, 8, 9], 'what is known when the time is over');
});

test('several causes split the cost, the largest part first', async () => {
  const world = createWorld({ costs: { 2: 10, 5: 30, 6: 20 }, needs: { 9: 2 } });
  const first = await tryCause(hunk(2), [], world.trials);
  assert.ok(first?.tried.kind === 'measured' && first.tried.weighed === 'less');
  const parts = await splitCost(first, all.toReversed(), world.added, world.trials);
  assert.deepEqual(
    parts.map(({ hunks, tried }) => [told(hunks), tried.kind === 'measured' && tried.saved]),
    [
      [[5], 30],
      [[6], 20],
    ],
  );
  assert.ok(!world.log.includes('1'), 'all is explained before the rest is tried');
  assert.equal(hunksKey(first.hunks), hunksKey([hunk(2)]));
});
