import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../../src/store/turns.ts';

/** Begins works in order and tells the order in which they were done. */
async function orderOf(patienceMs: number): Promise<string[]> {
  const turns = createTurns(patienceMs);
  const done: string[] = [];
  const note = (name: string) => async (): Promise<void> => void done.push(name);
  await Promise.all([turns(note('first')), turns(note('second')), turns(note('urgent'), true)]);
  return done;
}

test('what is urgent goes before the rest, and takes turns with what has waited too long', async () => {
  assert.deepEqual(await orderOf(60_000), ['urgent', 'first', 'second']);
  assert.deepEqual(await orderOf(-1), ['first', 'urgent', 'second']);
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
