import { storeChecks } from './checks.ts';
import { storeClaims } from './claims.ts';
import { storeConsent } from './consent.ts';
import type { Database } from './database.ts';
import { storeExperiments } from './experiments.ts';
import { openDeliveries } from './deliveries.ts';
import { type DeliveryWorker, startDeliveryWorker } from './delivery-worker.ts';
import { takeOver } from './take-over.ts';
import { storeHistory } from './history.ts';
import { migrate } from './migrations.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { storePullRequests } from './pull-requests.ts';
import { openQueue, type QueueBackend } from './queue.ts';
import { storeRepositories } from './repositories.ts';
import { storeRuns } from './runs.ts';
import { storeSessions } from './sessions.ts';
import { storeSharedHeads } from './shared-heads.ts';
import { storeSweep } from './sweep.ts';
import type { Store } from './store.ts';

export type StorePlace = { databaseUrl: string } | { dataDir: string };

export type StoreOptions = {
  /** Called for errors between calls, such as broken connections. No action is needed. */
  onError?: (error: unknown) => void;
  /** The minimum age of unfinished work before `sweep` enqueues it. Default: 30 s, so that its creator comes first. */
  graceMs?: number;
  /**
   * The lease of a delivery in ms. A process without a heartbeat for this long has died or hangs, so another one
   * takes its deliveries. Default: one minute.
   */
  leaseMs?: number;
  /** The interval in ms at which a process prolongs its leases and looks for deliveries that are due. Default: 15 s. */
  beatMs?: number;
};

type Backend = { name: Store['backend']; database: Database; queueBackend: QueueBackend };

async function openBackend(place: StorePlace, onError: (error: unknown) => void): Promise<Backend> {
  if ('databaseUrl' in place) {
    const { databaseUrl } = place;
    return {
      name: 'postgres',
      database: openPostgres(databaseUrl, onError),
      queueBackend: { databaseUrl },
    };
  }
  const { database, queueSide } = await openPglite(place.dataDir, onError);
  return { name: 'pglite', database, queueBackend: { pglite: queueSide } };
}

async function assembleStore(
  { name, database, queueBackend }: Backend,
  onError: (error: unknown) => void,
  { graceMs = 30_000, leaseMs = 60_000, beatMs = 15_000 }: StoreOptions,
): Promise<Store> {
  await migrate(database);
  const queue = await openQueue(queueBackend, onError);
  if (name === 'pglite') await takeOver(database, queue);
  const table = openDeliveries(database);
  const workers: DeliveryWorker[] = [];
  const close = async (): Promise<void> => {
    try {
      await Promise.all([...workers.map((worker) => worker.stop()), queue.stop()]);
    } finally {
      await database.close();
    }
  };
  let closing: Promise<void> | null = null;
  return {
    backend: name,
    addDeliveries: async (deliveries) => {
      await table.addDeliveries(deliveries);
      for (const worker of workers) void worker.look();
    },
    ...storeRepositories(database),
    ...storeRuns(database, queue),
    ...storeChecks(database),
    ...storeSharedHeads(database),
    ...storeSessions(database),
    ...storeHistory(database),
    ...storeClaims(database, queue),
    ...storeExperiments(database, queue),
    ...storePullRequests(database),
    ...storeConsent(database, queue),
    ...storeSweep(database, queue, graceMs),
    workDeliveries: (work) => {
      workers.push(startDeliveryWorker(table, work, { leaseMs, beatMs, onError }));
    },
    workRuns: queue.workRuns,
    isAwaited: (kind, sinceMs) => queue.isAwaited(database.query, kind, sinceMs),
    close: () => (closing ??= close()),
    ping: async () => void (await database.query('select 1')),
  };
}

/**
 * Opens PostgreSQL, which several processes may share, or the embedded PGlite in a folder, which only one process
 * may use. Creates or updates the tables and starts the queue. Throws the driver's error if the database cannot be
 * reached, and an error with a sentence for the user if the folder is in use.
 */
export async function openStore(place: StorePlace, options: StoreOptions = {}): Promise<Store> {
  const onError = options.onError ?? (() => {});
  const backend = await openBackend(place, onError);
  try {
    return await assembleStore(backend, onError, options);
  } catch (error) {
    await backend.database.close();
    throw error;
  }
}
