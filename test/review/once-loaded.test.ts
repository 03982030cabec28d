import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onceLoaded } from '../../src/review/once-loaded.ts';

test('a value is loaded once, and again only after a failure', async () => {
  let loads = 0;
  const load = onceLoaded(async () => {
    loads += 1;
    if (loads === 1) throw new Error('too many open files');
    return { loads };
  });
  await assert.rejects(load(), /too many open files/);
  const [one, two] = await Promise.all([load(), load()]);
  assert.equal(one, two);
  assert.deepEqual(await load(), { loads: 2 });
});
