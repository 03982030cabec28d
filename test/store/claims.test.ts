import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { openStore, type StorePlace } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Claim } from '../../src/store/types.ts';
import { backends, claim, consent, measured, requestRun, testEachBackend } from './support.ts';

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
});

type WriteRow = {
  key: string;
  attempt: number;
  sent_at: Date;
  answered_at: Date | null;
  github_id: string | null;
};

/** The records of writes in a database that no store has open, by their time. */
async function readWrites(place: StorePlace): Promise<WriteRow[]> {
  const text = `select key, attempt, sent_at, answered_at, github_id::text from allocgate.writes order by sent_at`;
  if ('dataDir' in place) {
    const database = await PGlite.create(path.join(place.dataDir, 'database'));
    const { rows } = await database.query<WriteRow>(text);
    await database.close();
    return rows;
  }
  const client = new Client({ connectionString: place.databaseUrl });
  await client.connect();
  const { rows } = await client.query<WriteRow>(text);
  await client.end();
  return rows;
}

for (const [backend, makePlace] of Object.entries(backends)) {
  test(`${backend} records writes before and after they are sent; one sent again is one record, which no earlier answer touches`, async () => {
    const { place, remove } = await makePlace();
    const store = await openStore(place);
    const run = await requestRun(store);
    const expired = await claim(store, run, 0);
    assert.equal(await store.beginWrite(expired, 'never'), false);
    const first = await claim(store, run);
    assert.ok(await store.beginWrite(first, 'comment:1'));
    await store.finishWrite(first, 'comment:1', 2 ** 40);
    assert.ok(await store.beginWrite(first, 'summary'));
    await store.releaseClaim(first, null);
    const second = await claim(store, run);
    assert.ok(await store.beginWrite(second, 'summary'));
    await store.finishWrite(first, 'summary', 1);
    await store.close();
    const [comment, summary, ...others] = await readWrites(place);
    await remove();
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(comment, { key: 'comment:1', attempt: 2, github_id: String(2 ** 40) });
    assert.ok(comment?.answered_at && comment.answered_at >= comment.sent_at);
    assert.partialDeepStrictEqual(summary, {
      key: 'summary',
      attempt: 3,
      answered_at: null,
      github_id: null,
    });
  });
}
