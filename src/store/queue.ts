import { type ConstructorOptions, type Db, PgBoss, type UpdateQueueOptions } from 'pg-boss';
import { z } from 'zod';
import type { Sql } from './database.ts';
import { runKinds } from './run-kinds.ts';
import { subjectSchema } from './run-rows.ts';
import type { RunSubject } from './types.ts';

/**
 * The queue of runs that wait for a worker. A job is only a wake-up: the worker reads from our own table what to do. So
 * a duplicate or late job does no harm, and `sweep` creates lost ones again.
 */
export type Queue = {
  /**
   * Makes jobs in the transaction of `sql`, for `at` (null: now), with the priorities of `runKinds`; waiting runs are
   * left out. Returns the number of new jobs.
   */
  enqueueRuns: (sql: Sql, ids: readonly string[], at?: Date | null) => Promise<number>;
  /** Whether a job that is due, of a run with a higher priority than `kind`, has waited for `sinceMs`. */
  isAwaited: (sql: Sql, kind: RunSubject['kind'], sinceMs: number) => Promise<boolean>;
  /** Calls `work` with one run's ID at a time. Resolves to a function that stops taking runs. */
  workRuns: (work: (id: string) => Promise<void>) => Promise<() => Promise<void>>;
  /** Takes no more jobs, and resolves when the running ones have ended. */
  stop: () => Promise<void>;
};

const DAY_S = 24 * 60 * 60;

const QUEUE = 'runs';
/** The schema of pg-boss's own tables. */
const SCHEMA = 'allocgate_queue';

/**
 * Allows one waiting job per run, also while another job of the run is active, so that a run that is handed back
 * gets a new one.
 */
const POLICY = 'short';

/** Jobs are not retried: if a worker crashes, `sweep` enqueues its run after the lease has expired. */
const options: UpdateQueueOptions = {
  retryLimit: 0,
  expireInSeconds: DAY_S / 2,
  deleteAfterSeconds: DAY_S,
  notify: true,
};

const jobSchema = z.object({ id: z.string() });

const kindSchema = z.object({ id: z.string(), subject: subjectSchema });

/** The priority of each run, by its ID. */
async function readPriorities(sql: Sql, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql(`select id, subject from allocgate.runs where id = any($1)`, [ids]);
  return new Map(
    rows.map((row) => {
      const { id, subject } = kindSchema.parse(row);
      return [id, runKinds[subject.kind].priority];
    }),
  );
}

/** The database of a queue: its own connections to PostgreSQL, or PGlite's only one. */
export type QueueBackend = { databaseUrl: string } | { pglite: Db };

function backendOptions(backend: QueueBackend): ConstructorOptions {
  return 'pglite' in backend
    ? { db: backend.pglite, backend: 'pglite' }
    : { connectionString: backend.databaseUrl, application_name: 'allocgate-queue', max: 5 };
}

/**
 * Starts pg-boss. `onError` gets background errors, for example while the database is unavailable; pg-boss recovers
 * by itself.
 */
export async function openQueue(backend: QueueBackend, onError: (error: unknown) => void): Promise<Queue> {
  const boss = new PgBoss({
    ...backendOptions(backend),
    schema: SCHEMA,
    schedule: false,
    useListenNotify: true,
  });
  boss.on('error', onError);
  try {
    await boss.start();
    await boss.createQueue(QUEUE, { policy: POLICY });
    await boss.updateQueue(QUEUE, options);
    // Makes pg-boss load the queue before a transaction uses it: PGlite has no second connection for that.
    await boss.insert(QUEUE, []);
  } catch (error) {
    await boss.stop({ graceful: false }).catch(onError);
    throw error;
  }
  return {
    enqueueRuns: async (sql, ids, at = null) => {
      if (ids.length === 0) return 0;
      const when = at ? { startAfter: at } : {};
      const priorities = await readPriorities(sql, ids);
      const jobs = ids.map((id) => ({
        singletonKey: id,
        data: { id },
        priority: priorities.get(id) ?? 0,
        ...when,
      }));
      const db: Db = { executeSql: async (text, values) => ({ rows: await sql(text, values) }) };
      const made = await boss.insert(QUEUE, jobs, { db, returnId: true });
      return made?.length ?? 0;
    },
    isAwaited: async (sql, kind, sinceMs) => {
      const rows = await sql(
        `select id from ${SCHEMA}.job where name = $1 and state < 'active' and priority > $2
          and start_after <= clock_timestamp() - $3::double precision * interval '1 millisecond' limit 1`,
        [QUEUE, runKinds[kind].priority, sinceMs],
      );
      return rows.length > 0;
    },
    workRuns: async (work) => {
      const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 2 };
      const worker: string = await boss.work<object>(QUEUE, polling, async ([job]) => {
        try {
          await work(jobSchema.parse(job?.data).id);
        } finally {
          // Asks for the next job as soon as this one has ended.
          boss.notifyWorker(worker);
        }
      });
      return () => boss.offWork(QUEUE, { id: worker, wait: false });
    },
    stop: () => boss.stop({ timeout: DAY_S * 1000 }),
  };
}
