import { Pool, type PoolClient } from 'pg';
import type { Database, Sql } from './database.ts';

/** Timeouts: 5 s for a connection, and 20 s for an answer, because callers have others waiting. */
const limits = { connectionTimeoutMillis: 5_000, query_timeout: 20_000 };

function sqlOf(client: Pool | PoolClient): Sql {
  return async (text, values) => {
    const { rows } = await client.query<Record<string, unknown>>(text, values);
    return rows;
  };
}

async function runTransaction<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const broken: Error[] = [];
  // The pool handles errors only of idle clients. Without this listener, losing a connection in use would end the
  // process.
  const onError = (error: Error): void => void broken.push(error);
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(sqlOf(client));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(onError);
    throw error;
  } finally {
    client.removeListener('error', onError);
    // Given an error, the pool discards the connection instead of reusing it.
    client.release(broken[0]);
  }
}

/** Opens a pool of connections. A broken one is reported to `onError` and replaced when it is needed. */
export function openPostgres(databaseUrl: string, onError: (error: unknown) => void): Database {
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: 'allocgate',
    max: 10,
    keepAlive: true,
    idle_in_transaction_session_timeout: 30_000,
    ...limits,
  });
  pool.on('error', onError);
  return {
    query: sqlOf(pool),
    queryUrgently: (text, values) => sqlOf(pool)(text, values),
    transaction: (work) => runTransaction(pool, work),
    close: () => pool.end(),
  };
}
