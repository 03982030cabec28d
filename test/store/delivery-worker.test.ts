import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDeliveries } from '../../src/store/deliveries.ts';
import { migrate } from '../../src/store/migrations.ts';
import { openStore, type StorePlace } from '../../src/store/open.ts';
import { openPglite } from '../../src/store/pglite.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import type { Store } from '../../src/store/store.ts';
import { backends, buildDelivery, claim, requestRun, waitFor } from './support.ts';

const HOUR_MS = 60 * 60_000;
const QUICK = { leaseMs: 400, beatMs: 100 };

/** Leases everything in the table and never continues. */
async function holdAndDie(place: StorePlace, leaseMs: number): Promise<string[]> {
  const database =
    'databaseUrl' in place
      ? openPostgres(place.databaseUrl, () => {})
      : (await openPglite(place.dataDir, () => {})).database;
  await migrate(database);
  const { exchange } = openDeliveries(database);
  const held = await exchange([], [], 100, leaseMs);
  await database.close();
  return held.map(({ id }) => id);
}

/** A store that is closed and removed at the end. */
async function withStores(
  backend: Store['backend'],
  use: (
    open: (options?: { leaseMs: number; beatMs: number }) => Promise<Store>,
    place: StorePlace,
  ) => Promise<void>,
): Promise<void> {
  const { place, remove } = await backends[backend]();
  const stores: Store[] = [];
  const open = async (options = QUICK): Promise<Store> => {
    const store = await openStore(place, options);
    stores.push(store);
    return store;
  };
  try {
    await use(open, place);
  } finally {
    for (const store of stores) await store.close();
    await remove();
  }
}

test('a delivery whose work fails is tried again, later each time', () =>
  withStores('pglite', async (open) => {
    const store = await open();
    const times: number[] = [];
    store.workDeliveries(async () => {
      times.push(performance.now());
      if (times.length < 4) throw new Error('GitHub is away');
    });
    await store.addDeliveries([buildDelivery()]);
    await waitFor(async () => times.length === 4 && (await store.depth()).deliveries === 0);
    const [first = 0, second = 0, third = 0] = times
      .slice(1)
      .map((time, index) => time - (times[index] ?? 0));
    assert.ok(first >= 100 && second >= 200 && third >= 400, [first, second, third].join());
  }));

test('a delivery that takes longer than its lease stays with the process that works on it', () =>
  withStores('postgres', async (open) => {
    const [one, other] = [await open(), await open()];
    const begun: string[] = [];
    for (const store of [one, other]) {
      store.workDeliveries(async ({ id }) => {
        begun.push(id);
        await sleep(3 * QUICK.leaseMs);
      });
    }
    const { id } = buildDelivery();
    await one.addDeliveries([{ ...buildDelivery(), id }]);
    await waitFor(async () => (await one.depth()).deliveries === 0);
    assert.deepEqual(begun, [id]);
  }));

test('a process that stood still for longer than its lease does not begin again what it has in hand', () =>
  withStores('pglite', async (open) => {
    const store = await open({ leaseMs: 0, beatMs: HOUR_MS });
    const begun: string[] = [];
    store.workDeliveries(async ({ id }) => {
      begun.push(id);
      await sleep(QUICK.leaseMs);
    });
    await store.addDeliveries([buildDelivery(), buildDelivery(), buildDelivery()]);
    await waitFor(async () => (await store.depth()).deliveries === 0);
    assert.equal(begun.length, 3);
  }));

test('what is in hand stays with a process that is closing', () =>
  withStores('postgres', async (open) => {
    const [closing, other] = [await open(), await open()];
    const begun: string[] = [];
    const work = async ({ id }: { id: string }): Promise<void> => {
      begun.push(id);
      await sleep(3 * QUICK.leaseMs);
    };
    closing.workDeliveries(work);
    await closing.addDeliveries([buildDelivery()]);
    await waitFor(() => begun.length === 1);
    other.workDeliveries(work);
    await closing.close();
    await waitFor(async () => (await other.depth()).deliveries === 0);
    assert.equal(begun.length, 1);
  }));

test('the deliveries of a process that died go to another when its lease has run out', () =>
  withStores('postgres', async (open, place) => {
    const store = await open();
    const lost = [buildDelivery(), buildDelivery()];
    await store.addDeliveries(lost);
    const held = await holdAndDie(place, 3_000);
    assert.deepEqual(held.toSorted(), lost.map(({ id }) => id).toSorted());
    const worked: string[] = [];
    const started = performance.now();
    store.workDeliveries(async ({ id }) => void worked.push(id));
    await waitFor(() => worked.length === 2);
    assert.ok(performance.now() - started > 1_000, 'before the lease had run out');
  }));

test('who opens the embedded database continues at once with what the one before it held', () =>
  withStores('pglite', async (open, place) => {
    const before = await open();
    const run = await requestRun(before);
    await claim(before, run, HOUR_MS);
    await before.addDeliveries([buildDelivery()]);
    await before.close();
    assert.equal((await holdAndDie(place, HOUR_MS)).length, 1);
    const store = await open();
    const [deliveries, runs]: [string[], string[]] = [[], []];
    store.workDeliveries(async ({ id }) => void deliveries.push(id));
    await store.workRuns(async (id) => void runs.push(id));
    await waitFor(() => deliveries.length === 1 && runs.length === 1);
    assert.deepEqual(runs, [run.id]);
    assert.partialDeepStrictEqual(await claim(store, run), { run: { attempt: 2, crashes: 1 } });
  }));

test('closing finishes what is in hand, and takes up nothing more', () =>
  withStores('pglite', async (open) => {
    const store = await open();
    const ended: string[] = [];
    store.workDeliveries(async ({ id }) => {
      await sleep(300);
      ended.push(id);
    });
    await store.addDeliveries(Array.from({ length: 40 }, buildDelivery));
    await waitFor(() => ended.length > 0);
    await store.close();
    const before = ended.length;
    assert.ok(before < 40);
    const later = await open();
    later.workDeliveries(async ({ id }) => void ended.push(id));
    await waitFor(async () => (await later.depth()).deliveries === 0);
    assert.equal(new Set(ended).size, 40);
    assert.equal(ended.length, 40, 'what was done is not done again');
  }));
