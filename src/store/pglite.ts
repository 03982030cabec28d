import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { type Db, fromPglite } from 'pg-boss';
import type { Database, Row, Sql } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { createTurns, type Turns } from './turns.ts';

/** So long may others wait for deliveries, in ms: work on a burst begins when it is over. */
const PATIENCE_MS = 500;

/** A database that was killed while it was being made would never open: it gets its name when it is complete. */
async function createDatabase(dir: string): Promise<void> {
  const isThere = await stat(dir).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const unfinished = `${dir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const database = await PGlite.create(unfinished);
  await database.close();
  await rename(unfinished, dir);
}

function sqlOf(target: PGlite | Transaction): Sql {
  return async (text, values) => (await target.query<Row>(text, values)).rows;
}

/**
 * PGlite for pg-boss. pg-boss sends blocks `BEGIN; …; COMMIT` as one text; where one fails, PGlite's only connection
 * stays in the failed transaction, so the rollback has to come before anybody else's turn.
 */
function openQueueSide(pglite: PGlite, exclusive: Turns): Db {
  return fromPglite({
    query: (text, values) => exclusive(() => pglite.query(text, values)),
    exec: (text) =>
      exclusive(async () => {
        try {
          return await pglite.exec(text);
        } catch (error) {
          await pglite.exec('rollback');
          throw error;
        }
      }),
    listen: (channel, callback) => exclusive(() => pglite.listen(channel, callback)),
  });
}

/**
 * Opens the embedded database in `dataDir`/database, which this process alone may use: throws when another has it.
 * It has one connection, so that everything waits for its turn; a transaction must use nothing but its own `sql`.
 */
export async function openPglite(dataDir: string): Promise<{ database: Database; queueSide: Db }> {
  const dir = path.join(dataDir, 'database');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(dir);
  try {
    await createDatabase(dir);
    const pglite = await PGlite.create(dir);
    const exclusive = createTurns(PATIENCE_MS);
    const database: Database = {
      query: (text, values) => exclusive(() => sqlOf(pglite)(text, values)),
      queryUrgently: (text, values, isBurst) =>
        exclusive(() => sqlOf(pglite)(text, values), isBurst ? 'burst' : 'urgent'),
      transaction: (work) => exclusive(() => pglite.transaction((tx) => work(sqlOf(tx)))),
      close: async () => {
        await exclusive(() => pglite.close());
        await unlock();
      },
    };
    return { database, queueSide: openQueueSide(pglite, exclusive) };
  } catch (error) {
    await unlock();
    throw error;
  }
}
