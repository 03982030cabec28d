import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBodyBudget } from '../../../src/app/intake/body-budget.ts';

const KIB = 1024;
/** 16 KiB of it are counted for its request. */
const shares = { small: 64 * KIB, large: 1024 * KIB };

function createScene() {
  let time = 0;
  const dropped: string[] = [];
  const budget = createBodyBudget(shares, () => time);
  return {
    dropped,
    wait: (ms: number): void => void (time += ms),
    open: (name: string, length: number | null = 1) => budget.open(length, () => dropped.push(name)),
  };
}

test('the slowest on average makes room, however much it has sent', () => {
  const { open, wait, dropped } = createScene();
  const old = open('old');
  old.add(20 * KIB);
  wait(1000);
  open('quick').add(10 * KIB);
  assert.deepEqual(dropped, [], 'there is room for both');
  open('quicker');
  assert.deepEqual(dropped, ['old']);
  old.add(30 * KIB);
  assert.deepEqual(dropped, ['old'], 'what was dropped takes no room any more');
});

test('a connection that has just opened stays, also among many that have sent nothing', () => {
  const { open, wait, dropped } = createScene();
  for (const name of ['a', 'b', 'c', 'd']) open(name);
  wait(5);
  open('new');
  assert.equal(dropped.length, 1);
  assert.ok(!dropped.includes('new'));
});

test('large bodies make room for each other, and never take that of small ones', () => {
  const { open, wait, dropped } = createScene();
  for (const name of ['small', 'other']) open(name).add(KIB);
  wait(60_000);
  open('large', 600 * KIB).add(600 * KIB);
  wait(10);
  open('larger', null).add(700 * KIB);
  assert.deepEqual(dropped, ['large']);
});

test('a body that alone is too large is dropped itself', () => {
  const { open, dropped } = createScene();
  open('giant', 2000 * KIB).add(2000 * KIB);
  assert.deepEqual(dropped, ['giant']);
});

test('what is given back is there for others', () => {
  const { open, dropped } = createScene();
  for (let turn = 0; turn < 100; turn += 1) {
    const account = open(String(turn));
    account.add(40 * KIB);
    account.close();
  }
  assert.deepEqual(dropped, []);
});
