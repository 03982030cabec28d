import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import { openStore } from '../../src/store/open.ts';
import type { Run } from '../../src/store/types.ts';
import { commitOf } from '../support/history-data.ts';
import { backends, buildDelivery, claim, head, nextId, requestRun, testEachBackend } from './support.ts';

/** There are no workers here, so jobs stay in the queue. */
testEachBackend((current) => {
  test('a sweep enqueues what has no job, once', async () => {
    const [forgotten, enqueued, held, crashed, done] = await Promise.all(
      Array.from({ length: 5 }, () => requestRun(current())),
    );
    assert.ok(forgotten && enqueued && held && crashed && done);
    await current().enqueueRun(enqueued.id);
    await claim(current(), held);
    await claim(current(), crashed, 0);
    await current().finishRun(await claim(current(), done), 'pass');
    assert.deepEqual(await current().depth(), { deliveries: 0, runs: 3 });
    // The enqueued run has its job.
    assert.equal(await current().sweep(), 2);
    assert.equal(await current().sweep(), 0);
  });

  test('a sweep does not hurry a run that was given back until later', async () => {
    await current().sweep();
    const run = await requestRun(current());
    await current().releaseClaim(await claim(current(), run), new Date(Date.now() + 600_000));
    assert.equal(await current().sweep(), 0);
  });

  test('a finished run is not enqueued', async () => {
    await current().sweep();
    const run: Run = await requestRun(current(), nextId(), head('c'));
    await current().finishRun(await claim(current(), run), 'pass');
    await current().enqueueRun(run.id);
    assert.equal(await current().sweep(), 0);
  });
});

describe('on PostgreSQL', () => {
  test('a sweep leaves to others what they made just now', async () => {
    const { place, remove } = await backends.postgres();
    const store = await openStore(place);
    await requestRun(store);
    assert.equal(await store.sweep(), 0);
    await store.close();
    await remove();
  });

  test('a sweep forgets what is old, and nothing else', async () => {
    const { place, remove } = await backends.postgres();
    assert.ok('databaseUrl' in place);
    const store = await openStore(place);
    const client = new Client({ connectionString: place.databaseUrl });
    await client.connect();
    const make = async (): Promise<Run> => {
      const run = await requestRun(store);
      const held = await claim(store, run);
      await store.beginWrite(held, 'summary');
      await store.finishRun(held, 'pass');
      await store.approveHead(run.repositoryId, 1, run.headSha, 'gopher');
      await store.beginCommand(`${run.repositoryId}:1`, 'gopher');
      await store.addDeliveries([buildDelivery()]);
      const history = await requestRun(store, run.repositoryId, undefined, { kind: 'history' });
      const measuring = await claim(store, history);
      assert.equal(await store.addHistory(measuring, commitOf(1, null)), true);
      await store.finishRun(measuring, 'pass');
      await store.saveSession(run.id, { userId: 1, login: 'gopher' }, 3_600_000);
      return run;
    };
    const old = await make();
    const open = await requestRun(store);
    const ages = [
      ['deliveries', 'received_at', 8],
      ['commands', 'begun_at', 8],
      ['approvals', 'approved_at', 91],
      ['runs', 'created_at', 91],
      ['runs', 'finished_at', 91],
      ['history', 'recorded_at', 401],
      ['sessions', 'expires_at', 1],
    ] as const;
    for (const [table, column, days] of ages) {
      await client.query(
        `update allocgate.${table} set ${column} = now() - interval '${days} days' where ${column} is not null`,
      );
    }
    const recent = await make();
    await store.sweep();
    const { rows } = await client.query(
      `select id, (select count(*) from allocgate.writes where run_id = runs.id) as writes from allocgate.runs
      where subject->>'kind' <> 'history' order by sequence`,
    );
    assert.deepEqual(rows, [
      { id: open.id, writes: '0' },
      { id: recent.id, writes: '1' },
    ]);
    const isApproved = [old, recent].map((run) => store.isApproved(run.repositoryId, 1, run.headSha));
    assert.deepEqual(await Promise.all(isApproved), [false, true]);
    const counts = ['deliveries', 'commands', 'approvals', 'history', 'sessions'].map(async (table) =>
      Number((await client.query(`select count(*) from allocgate.${table}`)).rows[0].count),
    );
    assert.deepEqual(await Promise.all(counts), [1, 1, 1, 1, 1]);
    await client.end();
    await store.close();
    await remove();
  });
});
