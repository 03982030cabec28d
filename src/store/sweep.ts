import { z } from 'zod';
import type { Database, Sql } from './database.ts';
import type { Queue } from './queue.ts';
import type { Store } from './store.ts';

type SweepStore = Pick<Store, 'sweep' | 'depth' | 'findDeliveriesSeen' | 'markDeliveriesSeen'>;

/** Runs without a claim: new ones, and those of crashed workers. */
const IS_FREE = `(state = 'queued' or (state = 'running' and lease_until <= clock_timestamp()))`;

async function readIds(sql: Sql, text: string, values: unknown[]): Promise<string[]> {
  return (await sql(text, values)).map((row) => z.string().parse(row['id']));
}

/** The time in ms that a process has to continue with stored work before the sweep does. */
const isDue = (column: string): string =>
  `${column} <= clock_timestamp() - $1::double precision * interval '1 millisecond'`;

const olderThan = (column: string, age: string): string =>
  `${column} < clock_timestamp() - interval '${age}'`;

/**
 * How long rows are kept. GitHub redelivers nothing that is older than three days. Presses of buttons are kept as
 * long as the runs they belong to, so that nobody can replay one. A pull request whose run was deleted is measured
 * again at its next event. A history is kept for 13 months, so that it can be compared with last year's.
 * Acceptances are never deleted: they are few, and they record who accepted what and why.
 */
const forgetting = [
  `delete from allocgate.deliveries where ${olderThan('received_at', '7 days')}
    and (event not in ('check_run', 'check_suite') or ${olderThan('received_at', '90 days')})`,
  `delete from allocgate.commands where ${olderThan('begun_at', '7 days')}`,
  `delete from allocgate.approvals where ${olderThan('approved_at', '90 days')}`,
  `delete from allocgate.writes where run_id in
    (select id from allocgate.runs where ${olderThan('finished_at', '90 days')})`,
  `delete from allocgate.runs where ${olderThan('finished_at', '90 days')}`,
  `delete from allocgate.sessions where expires_at < clock_timestamp()`,
  `delete from allocgate.history where ${olderThan('recorded_at', '400 days')}`,
  `delete from allocgate.shared_heads where ${olderThan('changed_at', '90 days')}`,
];

async function sweep(sql: Sql, queue: Queue, graceMs: number): Promise<number> {
  for (const statement of forgetting) await sql(statement);
  const runs = await readIds(
    sql,
    `select id from allocgate.runs where ${IS_FREE} and ${isDue('created_at')} order by sequence`,
    [graceMs],
  );
  return queue.enqueueRuns(sql, runs);
}

async function countRows(database: Database, text: string): Promise<number> {
  return Number((await database.query(text))[0]?.['count']);
}

/** Keeps the queue consistent with the tables, and removes old rows. */
export function storeSweep(database: Database, queue: Queue, graceMs: number): SweepStore {
  return {
    sweep: () => database.transaction((sql) => sweep(sql, queue, graceMs)),
    findDeliveriesSeen: async () => {
      const rows = await database.query('select until from allocgate.deliveries_seen');
      return rows[0] ? z.date().parse(rows[0]['until']) : null;
    },
    markDeliveriesSeen: async (until) => {
      await database.query(
        `insert into allocgate.deliveries_seen (until) values ($1)
        on conflict (id) do update set until = excluded.until`,
        [until],
      );
    },
    depth: async () => ({
      deliveries: await countRows(
        database,
        'select count(*) as count from allocgate.deliveries where finished_at is null',
      ),
      runs: await countRows(database, `select count(*) as count from allocgate.runs where ${IS_FREE}`),
    }),
  };
}
