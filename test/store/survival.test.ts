import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { lockFolder } from '../../src/store/folder-lock.ts';
import { openStore, type StorePlace } from '../../src/store/open.ts';
import { openPglite } from '../../src/store/pglite.ts';
import { startPostgres } from '../support/postgres.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { backends, claim, makeFolder, nextId, requestRun, waitFor } from './support.ts';

const childFile = fileURLToPath(new URL('inserting-child.ts', import.meta.url));

/**
 * Starts a process that stores deliveries, kills it after `enough` of them, and returns those that it reported as
 * stored.
 */
async function killWhileInserting(
  place: StorePlace,
  prefix: string,
  whileItRuns: (pid: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const places = 'databaseUrl' in place ? [place.databaseUrl, ''] : ['', place.dataDir];
  const child = spawn(process.execPath, [childFile, ...places, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kept: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    kept.push(line);
    if (kept.length === 50) await whileItRuns(child.pid ?? 0);
    if (kept.length === 300) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return kept;
}

for (const [backend, makePlace] of Object.entries(backends)) {
  describe(backend, () => {
    test('a process that is killed loses nothing that it was told is kept', async () => {
      const { place, remove } = await makePlace();
      const kept: string[] = [];
      for (const prefix of ['first', 'second', 'third']) {
        kept.push(...(await killWhileInserting(place, prefix)));
      }
      assert.ok(kept.length >= 900);
      const store = await openStore(place);
      const worked = new Set<string>();
      store.workDeliveries(async ({ id }) => void worked.add(id));
      await waitFor(() => kept.every((id) => worked.has(id)));
      await store.close();
      await remove();
    });

    test('a store that was closed opens again with what it had', async () => {
      const { place, remove } = await makePlace();
      const first = await openStore(place);
      const run = await requestRun(first);
      await first.close();
      const second = await openStore(place);
      assert.deepEqual(await second.findRun(run.id), run);
      await second.close();
      await remove();
    });
  });
}

describe('PGlite', () => {
  test('a folder that a live process has is refused with its number, and taken over when that is dead', async () => {
    const { place, remove } = await backends.pglite();
    await killWhileInserting(place, 'a', async (pid) => {
      await assert.rejects(openStore(place), new RegExp(`in use by process ${pid} on `, 'u'));
    });
    const store = await openStore(place);
    await assert.rejects(openStore(place), new RegExp(`in use by process ${process.pid} on `, 'u'));
    await store.close();
    await remove();
  });

  test('a folder that is a file, or that cannot be made, is refused', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-folder-'));
    const file = path.join(dir, 'file');
    await writeFile(file, '');
    const isFile = { message: `${file} is a file: ALLOCGATE_DATA must name a folder` };
    await assert.rejects(openStore({ dataDir: file }), isFile);
    await assert.rejects(openStore({ dataDir: path.join(file, 'data') }), isFile);
    await assert.rejects(openStore({ dataDir: '/proc/nothing/data' }), /cannot create a folder in \/proc: /u);
    await rm(dir, { recursive: true });
  });

  test('a block of statements that fails leaves nothing behind for those who wait', async () => {
    const { place, remove } = await backends.pglite();
    assert.ok('dataDir' in place);
    const { database, queueSide } = await openPglite(place.dataDir, () => {});
    const failing = assert.rejects(queueSide.executeSql('begin; select 1/0; commit'), /division by zero/u);
    const waiting = database.transaction((sql) => sql('select 1 as one'));
    await failing;
    assert.deepEqual(await waiting, [{ one: 1 }]);
    await assert.rejects(
      database.transaction((sql) => sql('select 1/0')),
      /division by zero/u,
    );
    assert.deepEqual(await database.query('select $1::int as two', [2]), [{ two: 2 }]);
    await database.close();
    await remove();
  });

  test('no room for its log ends the process, which says why; afterwards nothing that was kept is lost', async () => {
    const disk = await mountSmallDisk(128);
    const child = spawn(process.execPath, [childFile, '', disk.dir, 'kept'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit');
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    const kept: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      kept.push(line);
      // Less than a new segment of the log takes, and more than the tables take until it is needed.
      if (kept.length === 50) await disk.fill(15 * 2 ** 20);
    }
    assert.deepEqual(await ended, [1, null]);
    assert.match(said.join('\n'), /this process ends with it: .*pg_wal.*No space left on device/u);
    // Neither its lock can be written, nor, where that can, what the database itself writes.
    for (const left of [0, 4096]) {
      await disk.fill(left);
      await assert.rejects(openStore({ dataDir: disk.dir }), /no space left on device/iu);
    }
    await disk.empty();
    const store = await openStore({ dataDir: disk.dir });
    const worked = new Set<string>();
    store.workDeliveries(async ({ id }) => void worked.add(id));
    assert.ok(kept.length > 50);
    await waitFor(() => kept.every((id) => worked.has(id)));
    await store.close();
    assert.deepEqual(await readdir(disk.dir), ['database']);
    await disk.remove();
  });

  test('a database that was not made to its end is made anew', async () => {
    const { place, remove } = await makeFolder();
    const unfinished = path.join(place.dataDir, 'database.new');
    await mkdir(unfinished);
    await writeFile(path.join(unfinished, 'PG_VERSION'), '17\n');
    const store = await openStore(place);
    await store.ping();
    await store.close();
    assert.deepEqual(await readdir(place.dataDir), ['database']);
    await remove();
  });

  describe('locks', () => {
    /** A folder with a lock of this content. */
    async function makeLock(
      text: string,
    ): Promise<{ dir: string; file: string; remove: () => Promise<void> }> {
      const parent = await mkdtemp(path.join(tmpdir(), 'allocgate-lock-'));
      const dir = path.join(parent, 'database');
      await writeFile(`${dir}.lock`, text);
      return { dir, file: `${dir}.lock`, remove: () => rm(parent, { recursive: true }) };
    }

    test('a later process with the number of the one that died is not taken for it', async () => {
      const { dir, remove } = await makeLock(`${process.pid}\n1\n${hostname()}\n`);
      const unlock = await lockFolder(dir);
      await assert.rejects(lockFolder(dir), /in use by process/u);
      await unlock();
      await remove();
    });

    test('of two that find a dead lock at once, one gets it', async () => {
      const { dir, remove } = await makeLock(`${2 ** 30}\n1\n${hostname()}\n`);
      const results = await Promise.allSettled([lockFolder(dir), lockFolder(dir)]);
      assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      for (const result of results) if (result.status === 'fulfilled') await result.value();
      await remove();
    });

    test('a lock of another host holds while it is touched', async () => {
      const { dir, file, remove } = await makeLock(`1\n1\nanother-host\n`);
      await assert.rejects(lockFolder(dir), /in use by process 1 on another-host/u);
      const longAgo = new Date(Date.now() - 10 * 60_000);
      await utimes(file, longAgo, longAgo);
      await (
        await lockFolder(dir)
      )();
      await remove();
    });
  });
});

describe('PostgreSQL', () => {
  test('a restart loses nothing that was kept, and the store and its workers go on', async () => {
    const postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    const errors: unknown[] = [];
    const store = await openStore({ databaseUrl }, { beatMs: 200, onError: (error) => errors.push(error) });
    const worked = new Set<string>();
    store.workDeliveries(async ({ id }) => void worked.add(id));
    const kept: string[] = [];
    const over = new AbortController();
    const add = async (): Promise<void> => {
      const id = `delivery-${nextId()}`;
      await store.addDeliveries([{ id, event: 'push', intent: {} }]).then(
        () => kept.push(id),
        () => new Promise((done) => setTimeout(done, 20)),
      );
    };
    const inserting = Promise.all(
      Array.from({ length: 5 }, async () => {
        while (!over.signal.aborted) await add();
      }),
    );
    await waitFor(() => kept.length > 50);
    await postgres.restart(async () => {
      await assert.rejects(store.ping());
    });
    const before = kept.length;
    await waitFor(() => kept.length > before + 50);
    over.abort();
    await inserting;
    await waitFor(() => kept.every((id) => worked.has(id)));
    assert.ok(errors.length > 0);
    await postgres.stop();
    await store.close();
    await assert.rejects(openStore({ databaseUrl }));
  });

  test('a connection that breaks within a transaction fails that call and nothing else', async () => {
    const postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase();
    const store = await openStore({ databaseUrl });
    const other = new Client({ connectionString: databaseUrl });
    other.on('error', () => {});
    await other.connect();
    await other.query('begin; lock table allocgate.runs');
    const blocked = assert.rejects(requestRun(store));
    await waitFor(async () => {
      const { rows } = await other.query('select 1 from pg_locks where not granted');
      return rows.length > 0;
    });
    await postgres.restart();
    await blocked;
    await claim(store, await requestRun(store));
    await store.close();
    await postgres.stop();
  });

  test('several processes make the tables at once, and a newer database is refused', async () => {
    const { place, remove } = await backends.postgres();
    assert.ok('databaseUrl' in place);
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(place)));
    await Promise.all(stores.map((store) => store.ping()));
    const [first, second] = stores;
    assert.ok(first && second);
    const run = await requestRun(first);
    assert.deepEqual(await second.findRun(run.id), run);
    await Promise.all(stores.map((store) => store.close()));
    const client = new Client({ connectionString: place.databaseUrl });
    await client.connect();
    const { rows } = await client.query('select version from allocgate.migrations order by version');
    await client.query('insert into allocgate.migrations (version) values (1000)');
    await client.end();
    // Each once, though four processes made them.
    assert.ok(rows.length > 0);
    assert.deepEqual(
      rows,
      rows.map((_, index) => ({ version: index + 1 })),
    );
    await assert.rejects(openStore(place), /has version 1000/u);
    await remove();
  });
});
