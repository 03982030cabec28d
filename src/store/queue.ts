import { type ConstructorOptions, type Db, PgBoss, type UpdateQueueOptions } from 'pg-boss';
import { z } from 'zod';
import type { Sql } from './database.ts';

/**
 * Jobs are wake-ups: whoever gets one looks into our own tables for what is to be done. So a job that comes twice or late
 * does no harm, and one that is lost is made up for: by the look at deliveries at each beat, and by `sweep` for runs.
 */
export type Queue = {
  /** Says, in the transaction of `sql`, that there are deliveries: one job, however many they are. */
  announceDeliveries: (sql: Sql) => Promise<void>;
  /** Calls `look` after deliveries were announced: once for all announcements that came in the meantime. */
  onDeliveries: (look: () => Promise<void>) => Promise<void>;
  /**
   * Makes jobs for runs in the transaction of `sql`, for `at` (null: now); runs that wait already are left out. Returns
   * how many were made.
   */
  enqueueRuns: (sql: Sql, ids: readonly string[], at?: Date | null) => Promise<number>;
  /** Calls `work` with one run's ID at a time. */
  workRuns: (work: (id: string) => Promise<void>) => Promise<void>;
  /** Takes no more jobs, and resolves when those that were begun have ended. */
  stop: () => Promise<void>;
};

type QueueName = 'deliveries' | 'runs';

const HOUR_S = 60 * 60;

/**
 * `short`: one job that waits per run, also while another is at work, so that a run which is given back gets a new one.
 * No job is tried again: what it was for is in our tables.
 */
const queues: Record<QueueName, { policy: string; options: UpdateQueueOptions }> = {
  deliveries: {
    policy: 'standard',
    options: { retryLimit: 0, expireInSeconds: HOUR_S, deleteAfterSeconds: HOUR_S, notify: true },
  },
  runs: {
    policy: 'short',
    options: { retryLimit: 0, expireInSeconds: 12 * HOUR_S, deleteAfterSeconds: 24 * HOUR_S, notify: true },
  },
};

/** All that were announced while one look was taken are one reason for the next. */
const MAX_ANNOUNCEMENTS = 1000;

const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 2 };

const jobSchema = z.object({ id: z.string() });

/** What a queue runs on: connections of its own to PostgreSQL, or the one of PGlite. */
export type QueueBackend = { databaseUrl: string } | { pglite: Db };

function backendOptions(backend: QueueBackend): ConstructorOptions {
  return 'pglite' in backend
    ? { db: backend.pglite, backend: 'pglite' }
    : { connectionString: backend.databaseUrl, application_name: 'allocgate-queue', max: 5 };
}

async function createQueue(boss: PgBoss, name: QueueName): Promise<void> {
  const { policy, options } = queues[name];
  await boss.createQueue(name, { policy });
  await boss.updateQueue(name, options);
  // So that pg-boss knows the queue before a transaction uses it: PGlite has no second connection to look it up.
  await boss.insert(name, []);
}

/** pg-boss's view of a transaction of ours. */
function dbOf(sql: Sql): Db {
  return { executeSql: async (text, values) => ({ rows: await sql(text, values) }) };
}

/** Starts pg-boss. `onError` hears what goes wrong in the background, as when the database is away; it mends itself. */
export async function openQueue(backend: QueueBackend, onError: (error: unknown) => void): Promise<Queue> {
  const boss = new PgBoss({
    ...backendOptions(backend),
    schema: 'allocgate_queue',
    schedule: false,
    useListenNotify: true,
  });
  boss.on('error', onError);
  try {
    await boss.start();
    await createQueue(boss, 'deliveries');
    await createQueue(boss, 'runs');
  } catch (error) {
    await boss.stop({ graceful: false }).catch(onError);
    throw error;
  }
  return {
    announceDeliveries: async (sql) => void (await boss.insert('deliveries', [{}], { db: dbOf(sql) })),
    onDeliveries: async (look) => {
      await boss.work('deliveries', { ...polling, batchSize: MAX_ANNOUNCEMENTS }, look);
    },
    enqueueRuns: async (sql, ids, at = null) => {
      if (ids.length === 0) return 0;
      const when = at ? { startAfter: at } : {};
      const jobs = ids.map((id) => ({ singletonKey: id, data: { id }, ...when }));
      const made = await boss.insert('runs', jobs, { db: dbOf(sql), returnId: true });
      return made?.length ?? 0;
    },
    workRuns: async (work) => {
      const worker: string = await boss.work<object>('runs', polling, async ([job]) => {
        try {
          await work(jobSchema.parse(job?.data).id);
        } finally {
          // Asks for the next job as soon as this one has ended.
          boss.notifyWorker(worker);
        }
      });
    },
    stop: () => boss.stop({ timeout: 24 * HOUR_S * 1000 }),
  };
}
