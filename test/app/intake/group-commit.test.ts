import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommitTimeout, createGroupCommit } from '../../../src/app/intake/group-commit.ts';

/** A database that commits when the test says so. */
function createCommits() {
  const calls: { items: readonly number[]; done: () => void; fail: (error: Error) => void }[] = [];
  const commit = async (items: readonly number[]): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    calls.push({ items, done: resolve, fail: reject });
    await promise;
  };
  return { calls, commit };
}

const PATIENCE_MS = 60_000;

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 2000, 'it does not happen');
    await sleep(1);
  }
}

test('what arrives before or during a commit goes together into the next, at most so many', async () => {
  const { calls, commit } = createCommits();
  const group = createGroupCommit({ commit, maxBatch: 4, gatherMs: 1, patienceMs: PATIENCE_MS });
  const early = [1, 2, 3, 4, 5, 6].map(group.add);
  await until(() => calls.length === 1);
  const late = [7, 8].map(group.add);
  await sleep(5);
  calls[0]?.done();
  await until(() => calls.length === 2);
  calls[1]?.done();
  await Promise.all([...early, ...late]);
  assert.deepEqual(
    calls.map(({ items }) => items),
    [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
  );
});

test('nothing resolves before its own commit has', async () => {
  const { calls, commit } = createCommits();
  const group = createGroupCommit({ commit, maxBatch: 1, gatherMs: 1, patienceMs: PATIENCE_MS });
  const resolved: number[] = [];
  const added = [1, 2].map(async (item) => {
    await group.add(item);
    resolved.push(item);
  });
  await sleep(10);
  assert.deepEqual(resolved, []);
  calls[0]?.done();
  await until(() => calls.length === 2);
  assert.deepEqual(resolved, [1]);
  calls[1]?.done();
  await Promise.all(added);
});

test('one bad item does not fail its neighbours, and is tried twice', async () => {
  const calls: (readonly number[])[] = [];
  const commit = async (items: readonly number[]): Promise<void> => {
    calls.push(items);
    await sleep(1);
    if (items.includes(3)) throw new Error('cannot store 3');
  };
  const group = createGroupCommit({ commit, maxBatch: 10, gatherMs: 1, patienceMs: PATIENCE_MS });
  const results = await Promise.allSettled([1, 2, 3, 4].map(group.add));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(calls, [[1, 2, 3, 4], [1], [2], [3], [4]]);
});

test('a commit that hangs fails its own items alone', async () => {
  const { calls, commit } = createCommits();
  const group = createGroupCommit({ commit, maxBatch: 10, gatherMs: 1, patienceMs: 1000 });
  const first = assert.rejects(group.add(1), CommitTimeout);
  await until(() => calls.length === 1);
  const second = group.add(2);
  await until(() => calls.length === 2);
  calls[1]?.done();
  await Promise.all([first, second]);
});

test('what waits for too long is no longer started', async () => {
  const { calls, commit } = createCommits();
  const group = createGroupCommit({ commit, maxBatch: 1, gatherMs: 1, patienceMs: 40 });
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(group.add));
  for (const result of results) {
    assert.ok(result.status === 'rejected' && result.reason instanceof CommitTimeout);
  }
  await sleep(100);
  assert.ok(calls.length < 5, `${calls.length} commits`);
  const before = calls.length;
  const later = group.add(7);
  await until(() => calls.length > before);
  calls.at(-1)?.done();
  await later;
});

test('a commit that fails after its time is nobody’s error', async () => {
  const { calls, commit } = createCommits();
  const group = createGroupCommit({ commit, maxBatch: 10, gatherMs: 1, patienceMs: 20 });
  await assert.rejects(group.add(1), CommitTimeout);
  calls[0]?.fail(new Error('late'));
  await sleep(5);
  assert.equal(calls.length, 1);
});
