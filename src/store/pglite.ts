import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { type Db, fromPglite } from 'pg-boss';
import { systemReason } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { databaseErrors } from '../report/words/server.ts';
import type { Database, Row, Sql } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { createTurns, type Turns } from './pglite-turns.ts';

/** Ordinary work waits at most this long while deliveries are stored, in ms. */
const PATIENCE_MS = 500;

/** Disables the timer that logs the progress of a recovery: after a failed recovery it would keep the process alive. */
const startParams = [...PGlite.defaultStartParams, '-c', 'log_startup_progress_interval=0'];

/**
 * Opens the database, and ends the process if the database panics, for example because its log has no space. PGlite
 * reports that as an ordinary error, but its next statement would block this process forever. After reopening, the
 * database has everything that was committed.
 */
async function openDatabase(dir: string, onError: (error: unknown) => void): Promise<PGlite> {
  let reason = '';
  const onStderr = (line: string): boolean => {
    const [, severity, words = ''] = /\b(FATAL|PANIC): +(.*)/u.exec(line) ?? [];
    if (severity !== undefined) reason = words;
    if (severity === 'PANIC') {
      onError(new Error(databaseErrors.crashed(dir, reason)));
      process.exit(1);
    }
    return false;
  };
  try {
    return await PGlite.create(dir, { onStderr, startParams });
  } catch (error) {
    throw reason === '' ? error : new Error(reason, { cause: error });
  }
}

/** Creates the data folder, which only our user can read. Throws an error with a sentence for the operator. */
async function makeDataFolder(dir: string): Promise<void> {
  await makeFolder(dir, 0o700).catch((error: NodeJS.ErrnoException) => {
    const at = error.path ?? dir;
    if (error.code === 'EEXIST') throw new Error(databaseErrors.notAFolder(at));
    throw new Error(databaseErrors.noFolder(path.dirname(at), systemReason(error)));
  });
}

/**
 * Creates the database under a temporary name, because one that was interrupted during its creation would never open.
 */
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
 * PGlite in the form that pg-boss needs. pg-boss sends blocks `BEGIN; …; COMMIT` as one text. If one fails,
 * PGlite's only connection stays in the failed transaction, so it is rolled back before the next turn.
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
 * Opens the embedded database in `dataDir`/database. Throws `FolderInUse` if another process has it. The database
 * has one connection, so all work takes turns, and a transaction must use only its own `sql`.
 */
export async function openPglite(
  dataDir: string,
  onError: (error: unknown) => void,
): Promise<{ database: Database; queueSide: Db }> {
  const dir = path.join(dataDir, 'database');
  await makeDataFolder(dataDir);
  const unlock = await lockFolder(dir);
  try {
    await createDatabase(dir);
    const pglite = await openDatabase(dir, onError);
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
