import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import { openStore } from '../../src/store/open.ts';
import type { Delivery } from '../../src/store/types.ts';
import {
  backends,
  buildDelivery,
  claim,
  consent,
  measured,
  oddText,
  requestRun,
  testEachBackend,
  waitFor,
} from './support.ts';

/** Passes jobs to the tests that wait for them by ID. Other jobs end at once. */
function createDesk() {
  const counts = new Map<string, number>();
  const handlers = new Map<string, () => Promise<void>>();
  const deliveries: Delivery[] = [];
  const work = async (id: string): Promise<void> => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    await handlers.get(id)?.();
  };
  return {
    count: (id: string): number => counts.get(id) ?? 0,
    find: (id: string): Delivery | undefined => deliveries.find((one) => one.id === id),
    handle: (id: string, handler: () => Promise<void>): void => void handlers.set(id, handler),
    work,
    deliver(delivery: Delivery): Promise<void> {
      deliveries.push(delivery);
      return work(delivery.id);
    },
  };
}

testEachBackend((current) => {
  test('the same deliveries from many sides at once are kept once', async () => {
    const all = Array.from({ length: 30 }, () => buildDelivery());
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => current().addDeliveries(index % 2 ? all : all.toReversed())),
    );
    assert.equal((await current().depth()).deliveries, 30);
  });

  test('the queue hands over deliveries and runs', async (t) => {
    const deliveries = createDesk();
    const runs = createDesk();
    const odd = buildDelivery({ intent: { body: oddText, list: ['"\\', null, 2 ** 40] } });
    const waiting = buildDelivery();
    await current().addDeliveries([odd, waiting, { ...odd, intent: 'changed' }]);
    await current().addDeliveries([{ ...odd, intent: 'changed' }]);
    await current().addDeliveries([]);
    current().workDeliveries((delivery) => deliveries.deliver(delivery));
    await current().workRuns(runs.work);

    await t.test('deliveries that waited, as they were stored first, until they are finished', async () => {
      await waitFor(() => deliveries.count(odd.id) > 0 && deliveries.count(waiting.id) > 0);
      assert.partialDeepStrictEqual(deliveries.find(odd.id), odd);
      assert.partialDeepStrictEqual(deliveries.find(waiting.id), waiting);
      await waitFor(async () => (await current().depth()).deliveries === 0);
      await current().addDeliveries([odd, waiting]);
      assert.equal((await current().depth()).deliveries, 0);
    });

    await t.test('several deliveries at once', async () => {
      const pair = [buildDelivery(), buildDelivery()];
      const haveBoth = (): boolean => pair.every(({ id }) => deliveries.count(id) === 1);
      // Neither ends before the other has begun.
      for (const { id } of pair) deliveries.handle(id, () => waitFor(haveBoth));
      await current().addDeliveries(pair);
      await waitFor(haveBoth);
    });

    await t.test('many deliveries of one transaction, without waiting between them', async () => {
      const many = Array.from({ length: 100 }, () => buildDelivery());
      await current().addDeliveries(many);
      await waitFor(() => many.every(({ id }) => deliveries.count(id) === 1));
      // Sixteen at a time that waited for the next beat would need a minute and a half.
      assert.deepEqual([deliveries.count(odd.id), deliveries.count(waiting.id)], [1, 1]);
    });

    await t.test('a run, when it was enqueued and not before', async () => {
      const run = await requestRun(current());
      const later = await requestRun(current());
      await current().enqueueRun(later.id);
      await waitFor(() => runs.count(later.id) === 1);
      assert.equal(runs.count(run.id), 0);
      await current().enqueueRun(run.id);
      await waitFor(() => runs.count(run.id) === 1);
    });

    await t.test('one run at a time', async () => {
      const all = await Promise.all(Array.from({ length: 3 }, () => requestRun(current())));
      let [now, most] = [0, 0];
      for (const { id } of all) {
        runs.handle(id, async () => {
          most = Math.max(most, ++now);
          await new Promise((done) => setTimeout(done, 50));
          now--;
        });
      }
      for (const { id } of all) await current().enqueueRun(id);
      await waitFor(() => now === 0 && all.every(({ id }) => runs.count(id) === 1));
      assert.equal(most, 1);
    });

    await t.test('a run of a baseline after those that somebody waits for', async () => {
      const busy = await requestRun(current());
      const baseline = await requestRun(current(), undefined, undefined, { kind: 'baseline' });
      const awaited = await requestRun(current());
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      runs.handle(busy.id, () => released);
      let before = 0;
      runs.handle(baseline.id, () => Promise.resolve(void (before = runs.count(awaited.id))));
      await current().enqueueRun(busy.id);
      await waitFor(() => runs.count(busy.id) === 1);
      for (const { id } of [baseline, awaited]) await current().enqueueRun(id);
      release();
      await waitFor(() => runs.count(baseline.id) === 1 && runs.count(awaited.id) === 1);
      assert.equal(before, 1);
    });

    await t.test('a run that its worker gives back, again', async () => {
      const run = await requestRun(current());
      runs.handle(run.id, async () => {
        const held = await claim(current(), run);
        await (runs.count(run.id) === 1
          ? current().releaseClaim(held, null)
          : current().finishRun(held, 'pass'));
      });
      await current().enqueueRun(run.id);
      await waitFor(async () => (await current().findRun(run.id))?.outcome === 'pass');
      assert.partialDeepStrictEqual(await current().findRun(run.id), { attempt: 2, crashes: 0 });
    });

    await t.test('a run that is given back until later, not before', async () => {
      const run = await requestRun(current());
      await current().releaseClaim(await claim(current(), run), new Date(Date.now() + 3_000));
      const other = await requestRun(current());
      await current().enqueueRun(other.id);
      await waitFor(() => runs.count(other.id) === 1);
      assert.equal(runs.count(run.id), 0);
      await waitFor(() => runs.count(run.id) === 1);
    });

    await t.test('a done run that is to be written again', async () => {
      const run = await requestRun(current());
      const held = await claim(current(), run);
      await current().saveMeasured(held, measured);
      await current().finishRun(held, 'fail');
      await consent(current(), run.repositoryId);
      await waitFor(() => runs.count(run.id) === 1);
    });
  });
});

describe('on PostgreSQL', () => {
  test('processes that store the same deliveries in different orders do not wait in a ring', async () => {
    const { place, remove } = await backends.postgres();
    assert.ok('databaseUrl' in place);
    const store = await openStore(place);
    const [first, last] = [buildDelivery(), buildDelivery()];
    const other = new Client({ connectionString: place.databaseUrl });
    await other.connect();
    const insert = `insert into allocgate.deliveries (id, event, intent) values ($1, 'push', '{}')`;
    await other.query('begin');
    await other.query(insert, [first.id]);
    const adding = store.addDeliveries([last, first]);
    await waitFor(async () => {
      const { rows } = await other.query('select 1 from pg_locks where not granted');
      return rows.length > 0;
    });
    await other.query(insert, [last.id]);
    await other.query('commit');
    await adding;
    await other.end();
    await store.close();
    await remove();
  });

  test('closing waits for the work that was begun', async () => {
    const { place, remove } = await backends.postgres();
    const store = await openStore(place);
    const events: string[] = [];
    store.workDeliveries(async () => {
      events.push('begun');
      await new Promise((done) => setTimeout(done, 1_000));
      await store.ping();
      events.push('ended');
    });
    await store.addDeliveries([buildDelivery()]);
    await waitFor(() => events.length === 1);
    await store.close();
    await store.close();
    assert.deepEqual(events, ['begun', 'ended']);
    await assert.rejects(store.ping());
    await remove();
  });
});
