import { type ConstructorOptions, type Db, PgBoss, type UpdateQueueOptions } from 'pg-boss';
import { z } from 'zod';
import type { Sql } from './database.ts';

export type QueueName = 'deliveries' | 'runs';

/**
 * Jobs are wake-ups: each says an ID, and whoever gets it looks into our own tables for what is to be done. So a job
 * that comes twice or late does no harm, and one that is lost is made again by `sweep`.
 */
export type Queue = {
  /**
   * Makes jobs in the transaction of `sql`, for `at` (null: now); IDs that wait already are left out. Returns how many
   * were made.
   */
  enqueue: (sql: Sql, name: QueueName, ids: readonly string[], at?: Date | null) => Promise<number>;
  /** Calls `work` with IDs, at most `concurrency` at once in this process. */
  work: (name: QueueName, concurrency: number, work: (id: string) => Promise<void>) => Promise<void>;
  /** Takes no more jobs, and resolves when those that were begun have ended. */
  stop: () => Promise<void>;
};

const DAY_S = 24 * 60 * 60;

/**
 * `exclusive`: one job per delivery, waiting or at work. `short`: one that waits per run, also while another is at
 * work, so that a run which is given back gets a new one. A dead worker's job is found by its missing heartbeat; a
 * delivery is then tried again, a run is enqueued by `sweep` when its lease has run out.
 */
const queues: Record<QueueName, { policy: string; options: UpdateQueueOptions }> = {
  deliveries: {
    policy: 'exclusive',
    options: {
      retryLimit: 12,
      retryDelay: 2,
      retryBackoff: true,
      retryDelayMax: 60 * 60,
      expireInSeconds: 30 * 60,
      deleteAfterSeconds: DAY_S,
      notify: true,
    },
  },
  runs: {
    policy: 'short',
    options: {
      retryLimit: 0,
      expireInSeconds: DAY_S / 2,
      deleteAfterSeconds: DAY_S,
      notify: true,
    },
  },
};

const jobSchema = z.object({ id: z.string() });

/** What a queue runs on: connections of its own to PostgreSQL, or the one of PGlite. */
export type QueueBackend = { databaseUrl: string } | { pglite: Db };

function backendOptions(backend: QueueBackend): ConstructorOptions {
  return 'pglite' in backend
    ? { db: backend.pglite, backend: 'pglite' }
    : { connectionString: backend.databaseUrl, application_name: 'allocgate-queue', max: 5 };
}

async function createQueue(boss: PgBoss, name: QueueName, heartbeatSeconds: number): Promise<void> {
  const { policy, options } = queues[name];
  await boss.createQueue(name, { policy });
  await boss.updateQueue(name, { ...options, heartbeatSeconds });
  // So that pg-boss knows the queue before a transaction uses it: PGlite has no second connection to look it up.
  await boss.insert(name, []);
}

/** One worker after the other of `boss`; each asks for the next job as soon as it has ended one. */
async function startWorker(
  boss: PgBoss,
  name: QueueName,
  work: (id: string) => Promise<void>,
): Promise<void> {
  const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 2 };
  const worker: string = await boss.work<object>(name, polling, async ([job]) => {
    try {
      await work(jobSchema.parse(job?.data).id);
    } finally {
      boss.notifyWorker(worker);
    }
  });
}

/** Seconds: after which silence a job's process is taken for dead, at least 10, and how often that is looked for. */
export type QueueTiming = { jobSilenceS: number; superviseS: number };

/** Starts pg-boss. `onError` hears what goes wrong in the background, as when the database is away; it mends itself. */
export async function openQueue(
  backend: QueueBackend,
  onError: (error: unknown) => void,
  { jobSilenceS, superviseS }: QueueTiming,
): Promise<Queue> {
  const boss = new PgBoss({
    ...backendOptions(backend),
    schema: 'allocgate_queue',
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: superviseS,
    monitorIntervalSeconds: superviseS,
  });
  boss.on('error', onError);
  try {
    await boss.start();
    await createQueue(boss, 'deliveries', jobSilenceS);
    await createQueue(boss, 'runs', jobSilenceS);
  } catch (error) {
    await boss.stop({ graceful: false }).catch(onError);
    throw error;
  }
  return {
    enqueue: async (sql, name, ids, at = null) => {
      if (ids.length === 0) return 0;
      const db: Db = { executeSql: async (text, values) => ({ rows: await sql(text, values) }) };
      const when = at ? { startAfter: at } : {};
      const jobs = ids.map((id) => ({ singletonKey: id, data: { id }, ...when }));
      const made = await boss.insert(name, jobs, { db, returnId: true });
      return made?.length ?? 0;
    },
    work: async (name, concurrency, work) => {
      for (let count = 0; count < concurrency; count++) await startWorker(boss, name, work);
    },
    stop: () => boss.stop({ timeout: DAY_S * 1000 }),
  };
}
