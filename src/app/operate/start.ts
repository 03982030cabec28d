import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { Failure, systemReason } from '../../errors.ts';
import { createGitHubApp, type Pace } from '../../github/client.ts';
import { fetchCommits, reviewCommits, warmCaches } from '../../review/commits.ts';
import { measureCommits } from '../../review/history-commits.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { proveCommits } from '../../trials/prove.ts';
import { openChannel } from '../intake/channel.ts';
import { processDelivery } from '../intake/deliveries.ts';
import type { AppEnvironment, DatabasePlace } from './environment.ts';
import type { Logger } from './logs.ts';
import { appGapLogs, describeGapRemedy, listAppGaps } from '../../report/words/app-gaps.ts';
import { appLogs } from '../../report/words/server.ts';
import { readIntent } from '../intake/events.ts';
import type { Places } from '../set-up/guard.ts';
import { createProgress } from '../set-up/progress.ts';
import { readAppFacts } from './app-facts.ts';
import { createPagesHandler } from '../pages/handler.ts';
import { createMetrics } from './metrics.ts';
import { performRun } from '../runs/run.ts';
import { createServer, createStatusHandler, serveAlone } from './server.ts';
import { startSweeper } from './sweeper.ts';
import { defaultTiming, type Timing } from './timing.ts';
import type { App, Engine } from '../types.ts';
import { createWebhookHandler } from '../intake/webhook.ts';

/** A running part of the App. `stop` resolves when it is idle and has released everything. */
export type Running = { stop: () => Promise<void> };

/** The review engine, the pace of requests to GitHub, and the intervals. Tests replace them. */
export type Parts = { engine: Engine; pace: Pace; timing: Timing };

/** The parts in production: the real git and go commands, and the pace that GitHub recommends. */
export const realParts: Parts = {
  engine: { fetchCommits, reviewCommits, proveCommits, warmCaches, measureCommits },
  pace: {},
  timing: defaultTiming,
};

/** Describes the place of a database without user and password. */
export function describeDatabasePlace(place: DatabasePlace): string {
  if ('dataDir' in place) return place.dataDir;
  const url = URL.parse(place.databaseUrl);
  return url === null ? 'DATABASE_URL' : `${url.host}${url.pathname}`;
}

/** Opens the database. `onError` gets later errors of connections. Throws `database-unavailable`. */
export async function openDatabase(
  place: DatabasePlace,
  onError: (error: unknown) => void,
  timing: Timing = defaultTiming,
): Promise<Store> {
  try {
    return await openStore(place, { ...timing, onError });
  } catch (error) {
    const facts = { place: describeDatabasePlace(place), reason: systemReason(error) };
    throw new Failure('database-unavailable', facts, { cause: error });
  }
}

/** Opens the objects that all processes of the App need. Throws `database-unavailable`. */
export async function openApp(
  environment: AppEnvironment,
  place: DatabasePlace,
  log: Logger,
  { engine, pace, timing }: Parts,
): Promise<App> {
  const metrics = createMetrics();
  const store = await openDatabase(place, (error) => log.warn({ step: 'database', err: error }), timing);
  const gitHub = createGitHubApp({
    appId: environment.appId,
    privateKey: environment.privateKey,
    baseUrl: environment.apiUrl,
    pauses: { find: store.findPause, save: store.savePause },
    ...pace,
    maxWaitMs: timing.maxWaitMs,
    onRequest: metrics.countGitHubCall,
    log,
  });
  return {
    engine,
    store,
    gitHub,
    appId: environment.appId,
    gitUrl: environment.gitUrl,
    publicUrl: environment.pages?.publicUrl ?? null,
    log,
    metrics,
    timing,
  };
}

/** Throws `wrong-architecture` unless this is amd64: sizes, inlining and allocation counts differ on other machines. */
export function requireWorkerMachine(arch: string = process.arch): void {
  if (arch !== 'x64') throw new Failure('wrong-architecture', { arch });
}

/** Starts to take runs from the queue, one at a time. `stop` hands the current run back to the queue. */
export async function startWorker(app: App): Promise<Running> {
  requireWorkerMachine();
  const shutdown = new AbortController();
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const stopTaking = await app.store.workRuns(async (runId) => {
    if (!shutdown.signal.aborted) return performRun(app, runId, owner, shutdown.signal);
    // The queue had already chosen this worker when it was stopped.
    await app.store.enqueueRun(runId);
  });
  app.log.info({ step: 'worker', owner }, appLogs.workerStarted);
  return {
    stop: async () => {
      // This comes first, because the worker would otherwise take the run that it has just handed back.
      await stopTaking();
      shutdown.abort();
    },
  };
}

/** Serves the status pages of a worker. */
export async function startStatus(app: App, address: { host: string; port: number }): Promise<Running> {
  const status = createStatusHandler(app.store, app.metrics, () => false);
  const server = await serveAlone(status, address);
  app.log.info({ step: 'status', url: `http://${address.host}:${address.port}` }, appLogs.statusServed);
  return {
    stop: async () => {
      server.closeAllConnections();
      await promisify(server.close.bind(server))();
    },
  };
}

/** Logs missing permissions once, at the start. The App continues without them. */
async function logGaps({ gitHub, log }: App): Promise<void> {
  try {
    const facts = await readAppFacts(gitHub);
    const installations = facts.installations.map(({ account }) => account);
    log.info({ step: 'app', app: facts.slug, installations });
    const gaps = listAppGaps(facts);
    for (const gap of gaps) log.warn({ step: 'app' }, appGapLogs.gap(gap));
    if (gaps.length > 0) log.warn({ step: 'app' }, describeGapRemedy(facts));
  } catch (error) {
    log.warn({ step: 'app', err: error }, appGapLogs.unknown);
  }
}

/**
 * Starts the server: it serves webhooks and pages, processes deliveries, and sweeps. `url`: its address. `setUp`: the
 * set-up that began in this process; its page then shows the progress.
 */
export async function startServer(
  app: App,
  environment: AppEnvironment,
  address: { host: string; port: number },
  setUp: { key: string; places: Places } | null = null,
): Promise<Running & { url: string }> {
  let isStopping = false;
  const progress = setUp && createProgress(app, setUp.key, setUp.places);
  const webhook = createWebhookHandler({
    secret: environment.webhookSecret,
    addDeliveries: app.store.addDeliveries,
    readIntent: (event, payload) => readIntent(event, payload, app.appId),
    onAnswer: (event, answered) => {
      app.metrics.countDelivery(event, answered);
      progress?.countDelivery(event, answered);
    },
    log: app.log,
  });
  const status = createStatusHandler(app.store, app.metrics, () => isStopping);
  app.store.workDeliveries((delivery) => processDelivery(app, delivery));
  const reports = environment.pages
    ? [createPagesHandler({ ...app, apiUrl: environment.apiUrl }, environment.pages)]
    : [];
  const pages = [...(progress === null ? [] : [progress.handle]), ...reports, status];
  const server = await createServer(environment, address, { webhook: webhook.handle, pages }, app.log);
  void logGaps(app);
  const sweeper = startSweeper(app);
  const url = `http://${server.host}:${server.port}`;
  const { webhookProxyUrl } = environment;
  const channel = webhookProxyUrl === null ? null : openChannel(webhookProxyUrl, url, app.log);
  return {
    url,
    stop: async () => {
      isStopping = true;
      await channel?.stop();
      await webhook.stop();
      await server.stop();
      await sweeper.stop();
    },
  };
}

/** Whether several processes can use the database. Otherwise one process must both serve and measure. */
export function isShared(store: Pick<Store, 'backend'>): boolean {
  return store.backend === 'postgres';
}
