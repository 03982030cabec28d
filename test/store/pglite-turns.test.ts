import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../../src/store/pglite-turns.ts';

/** Starts tasks in order and returns the order in which they were done. */
async function orderOf(patienceMs: number): Promise<string[]> {
  const turns = createTurns(patienceMs);
  const done: string[] = [];
  const note = (name: string) => async (): Promise<void> => void done.push(name);
  const urgent = [1, 2, 3, 4, 5, 6].map((number) => turns(note(`urgent ${number}`), 'urgent'));
  await Promise.all([turns(note('first')), turns(note('second')), ...urgent]);
  return done;
}

test('what is urgent goes before the rest, but for every fifth turn when that has waited too long', async () => {
  const [u1, u2, u3, u4, u5, u6] = [1, 2, 3, 4, 5, 6].map((number) => `urgent ${number}`);
  assert.deepEqual(await orderOf(60_000), [u1, u2, u3, u4, u5, u6, 'first', 'second']);
  assert.deepEqual(await orderOf(-1), [u1, u2, u3, u4, 'first', u5, u6, 'second']);
});

test('what is ordinary waits until a burst is over, or until it has waited too long', async () => {
  const turns = createTurns(60_000);
  const done: string[] = [];
  const note = (name: string) => async (): Promise<void> => void done.push(name);
  const all = [turns(note('burst 1'), 'burst'), turns(note('ordinary'))];
  await all[0];
  for (let rounds = 0; rounds < 5; rounds++) await new Promise((next) => setImmediate(next));
  await turns(note('burst 2'), 'burst');
  await Promise.all(all);
  assert.deepEqual(done, ['burst 1', 'burst 2', 'ordinary']);

  const impatient = createTurns(-1);
  await impatient(note('burst 3'), 'burst');
  await impatient(note('impatient'));
  assert.equal(done.at(-1), 'impatient');
});

test('the event loop goes round between two turns, and a failure keeps nobody from their own', async () => {
  const turns = createTurns(60_000);
  let rounds = 0;
  setImmediate(function count() {
    rounds += 1;
    if (rounds < 50) setImmediate(count);
  });
  const failing = assert.rejects(
    turns(() => Promise.reject(new Error('broken'))),
    /broken/u,
  );
  const before = await turns(() => Promise.resolve(rounds));
  const after = await turns(() => Promise.resolve(rounds));
  await failing;
  assert.ok(after > before);
});
