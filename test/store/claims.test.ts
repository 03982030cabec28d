import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim, Store } from '../../src/store/types.ts';
import { claim, consent, measured, requestRun, testEachBackend } from './support.ts';

/** Everything that a claim permits, and whether it did. */
async function tryAll(store: Store, held: Claim): Promise<boolean[]> {
  return [
    await store.extendClaim(held, 60_000),
    await store.saveMeasured(held, measured),
    await store.beginWrite(held, 'summary'),
    await store.finishRun(held, 'pass'),
  ];
}

testEachBackend((current) => {
  test('of many workers one gets the run', async () => {
    const run = await requestRun(current());
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => current().claimRun(run.id, `worker ${index}`, 60_000)),
    );
    assert.equal(claims.filter(Boolean).length, 1);
    assert.partialDeepStrictEqual(await current().findRun(run.id), {
      state: 'running',
      attempt: 1,
      crashes: 0,
    });
  });

  test('a live claim permits everything, a finished run nothing', async () => {
    const run = await requestRun(current());
    const held = await claim(current(), run);
    assert.deepEqual(await tryAll(current(), held), [true, true, true, true]);
    const finished = await current().findRun(run.id);
    assert.partialDeepStrictEqual(finished, { state: 'done', outcome: 'pass', crashes: 0 });
    assert.ok(finished?.startedAt && finished.finishedAt);
    assert.deepEqual(await tryAll(current(), held), [false, false, false, false]);
    assert.equal(await current().claimRun(run.id, 'worker', 60_000), null);
  });

  test('an expired lease permits nothing, also while nobody else has the run', async () => {
    const run = await requestRun(current());
    const held = await claim(current(), run, 0);
    assert.deepEqual(await tryAll(current(), held), [false, false, false, false]);
    assert.partialDeepStrictEqual(await current().findRun(run.id), { state: 'running', measured: null });
    assert.deepEqual(await current().listWrites(run.id), []);
  });

  test('who takes over an expired claim counts a crash, and the earlier claim permits nothing', async () => {
    const run = await requestRun(current());
    const dead = await claim(current(), run, 0);
    const next = await claim(current(), run);
    assert.partialDeepStrictEqual(next, { attempt: 2, run: { crashes: 1, attempt: 2 } });
    assert.deepEqual(await tryAll(current(), dead), [false, false, false, false]);
    await current().releaseClaim(dead, null);
    assert.deepEqual(await tryAll(current(), next), [true, true, true, true]);
  });

  test('crashes add up over claims', async () => {
    const run = await requestRun(current());
    for (const crashes of [0, 1, 2, 3]) assert.equal((await claim(current(), run, 0)).run.crashes, crashes);
  });

  test('an extended lease holds, and a live one keeps others away', async () => {
    const run = await requestRun(current());
    const held = await claim(current(), run);
    assert.ok(await current().extendClaim(held, 0));
    assert.equal(await current().extendClaim(held, 60_000), false);
    await claim(current(), run);
    assert.equal(await current().claimRun(run.id, 'other', 60_000), null);
  });

  test('a run that is given back is not a crash, also when its lease had run out', async () => {
    const run = await requestRun(current());
    await current().releaseClaim(await claim(current(), run), null);
    await current().releaseClaim(await claim(current(), run, 0), null);
    const held = await claim(current(), run);
    assert.partialDeepStrictEqual(held, { attempt: 3, run: { crashes: 0 } });
  });

  test('failed tries add up, until the run is measured or finished; what else hands it back does not count', async () => {
    const run = await requestRun(current());
    const countRetries = async (): Promise<number | undefined> => (await current().findRun(run.id))?.retries;
    const fail = async (): Promise<void> =>
      current().retryClaim(await claim(current(), run), new Date(Date.now() + 60_000));
    await fail();
    await fail();
    await current().releaseClaim(await claim(current(), run), null);
    assert.equal(await countRetries(), 2);
    const measuring = await claim(current(), run);
    assert.equal(measuring.run.retries, 2);
    await current().saveMeasured(measuring, measured);
    assert.equal(await countRetries(), 0);
    await current().retryClaim(measuring, new Date());
    assert.partialDeepStrictEqual(await current().findRun(run.id), { state: 'queued', retries: 1 });
    await current().finishRun(await claim(current(), run), 'fail');
    await consent(current(), run.repositoryId);
    assert.partialDeepStrictEqual(await current().findRun(run.id), { state: 'queued', retries: 0 });
  });

  test('a run that was written again starts without crashes', async () => {
    const run = await requestRun(current());
    await claim(current(), run, 0);
    const held = await claim(current(), run);
    await current().saveMeasured(held, measured);
    await current().finishRun(held, 'pass');
    await consent(current(), run.repositoryId);
    assert.equal((await claim(current(), run)).run.crashes, 0);
  });

  test('a run that is to be written again while it is written does not end yet', async () => {
    const run = await requestRun(current());
    const held = await claim(current(), run);
    await current().saveMeasured(held, measured);
    await consent(current(), run.repositoryId);
    assert.ok(await current().finishRun(held, 'fail'));
    const waiting = { state: 'queued', outcome: null, finishedAt: null };
    assert.partialDeepStrictEqual(await current().findRun(run.id), waiting);
    const again = await claim(current(), run);
    assert.ok(await current().finishRun(again, 'pass'));
    assert.partialDeepStrictEqual(await current().findRun(run.id), { state: 'done', outcome: 'pass' });
  });

  test('a run that is no longer wanted is not written again', async () => {
    const run = await requestRun(current());
    const held = await claim(current(), run);
    await current().saveMeasured(held, measured);
    await consent(current(), run.repositoryId);
    await current().finishRun(held, 'superseded');
    assert.partialDeepStrictEqual(await current().findRun(run.id), { state: 'cancelled' });
  });

  test('writes are recorded before and after they are sent', async () => {
    const run = await requestRun(current());
    const held = await claim(current(), run);
    assert.ok(await current().beginWrite(held, 'summary'));
    assert.ok(await current().beginWrite(held, 'comment:1'));
    await current().finishWrite(held, 'comment:1', 2 ** 40);
    const [summary, comment] = await current().listWrites(run.id);
    assert.partialDeepStrictEqual(summary, { key: 'summary', answeredAt: null, githubId: null });
    assert.partialDeepStrictEqual(comment, { key: 'comment:1', githubId: 2 ** 40 });
    assert.ok(comment?.answeredAt && comment.answeredAt >= comment.sentAt);
  });

  test('a write that is sent again is one record, which an answer to the earlier one does not touch', async () => {
    const run = await requestRun(current());
    const first = await claim(current(), run);
    await current().beginWrite(first, 'summary');
    await current().releaseClaim(first, null);
    const second = await claim(current(), run);
    await current().beginWrite(second, 'summary');
    await current().finishWrite(first, 'summary', 1);
    const writes = await current().listWrites(run.id);
    assert.equal(writes.length, 1);
    assert.partialDeepStrictEqual(writes, [{ key: 'summary', answeredAt: null, githubId: null }]);
  });
});
