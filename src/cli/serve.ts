import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AppEnvironment,
  type DatabasePlace,
  isSetUp,
  readAddress,
  readAppEnvironment,
  readDatabasePlace,
  requireAddress,
  toEnvironmentFailure,
} from '../app/operate/environment.ts';
import { createLogger, type Logger } from '../app/operate/logs.ts';
import {
  isShared,
  openApp,
  type Parts,
  realParts,
  requireWorkerMachine,
  type Running,
  startServer,
  startStatus,
  startWorker,
} from '../app/operate/start.ts';
import { describeIgnoredVariables } from '../report/words/environment.ts';
import { loadEnvFile } from './env-file.ts';
import { exitCodes } from './exit-codes.ts';
import { serveSetUp, type SetUp } from './set-up.ts';

/** How long running work may take to be handed back before the process ends anyway. */
const STOP_MS = 25_000;

/** Resolves at SIGTERM or SIGINT. */
function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
}

/** Secrets that git and other programs that we start do not need, and would inherit. */
const secrets = ['PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET', 'GITHUB_CLIENT_SECRET', 'DATABASE_URL'];

/** Reads the App's configuration, and removes its secrets from the environment. */
function takeEnvironment(): { environment: AppEnvironment; place: DatabasePlace } {
  const environment = readAppEnvironment(process.env);
  const place = readDatabasePlace(process.env);
  for (const name of secrets) Reflect.deleteProperty(process.env, name);
  return { environment, place };
}

/** Reads `.env` and opens the log, which names the variables that `.env` may not set. */
function startLog(): Logger {
  const ignored = loadEnvFile();
  const log = createLogger(process.env);
  if (ignored.length > 0) log.warn({ step: 'environment', ignored }, describeIgnoredVariables(ignored));
  return log;
}

/** Stops parts in order, at most for `STOP_MS`; then closes the database. */
async function stopAll(parts: readonly Running[], log: Logger): Promise<void> {
  const stopped = (async () => {
    for (const part of parts) await part.stop();
    return true;
  })();
  const isDone = await Promise.race([stopped, sleep(STOP_MS, false, { ref: false })]);
  log.info({ step: 'stop', isDone });
  // Something still keeps the process alive. Unfinished work is found after its lease expires.
  if (!isDone) process.exit(1);
}

/** `allocgate serve`: the web server, and with the embedded database the worker too, until SIGTERM or Ctrl-C. */
export async function runServe(parts: Parts = realParts): Promise<number> {
  const log = startLog();
  const stopping = untilStopped();
  // In production, missing credentials are an error and not a reason for the set-up page.
  const isNew = !isSetUp(process.env) && process.env['NODE_ENV'] !== 'production';
  const setUp = isNew ? await serveSetUp(log, stopping) : null;
  if (isNew && setUp === null) return exitCodes.ok;
  try {
    return await serveApp(log, stopping, setUp, parts);
  } finally {
    await setUp?.leave();
  }
}

async function serveApp(
  log: Logger,
  stopping: Promise<unknown>,
  setUp: SetUp | null,
  parts: Parts,
): Promise<number> {
  const { environment, place } = takeEnvironment();
  if ('dataDir' in place) requireWorkerMachine();
  const address = readAddress(process.env);
  const app = await openApp(environment, place, log, parts);
  const running: Running[] = [];
  try {
    if (!isShared(app.store)) running.push(await startWorker(app));
    await setUp?.leave();
    await requireAddress(address);
    const server = await startServer(app, environment, address, setUp);
    running.push(server);
    log.info({ step: 'serve', url: server.url }, 'serving');
    log.info({ step: 'stop', signal: await stopping }, 'stopping');
    return exitCodes.ok;
  } finally {
    await stopAll([...running, { stop: app.store.close }], log);
  }
}

/** `allocgate worker`: takes runs from a shared database, until SIGTERM or Ctrl-C; status pages where `PORT` is set. */
export async function runWorker(parts: Parts = realParts): Promise<number> {
  const log = startLog();
  requireWorkerMachine();
  const { environment, place } = takeEnvironment();
  if ('dataDir' in place) {
    throw toEnvironmentFailure('DATABASE_URL', { kind: 'worker-database' });
  }
  const app = await openApp(environment, place, log, parts);
  const stopping = untilStopped();
  const running: Running[] = [];
  try {
    if (process.env['PORT']) {
      const address = readAddress(process.env);
      await requireAddress(address);
      running.push(await startStatus(app, address));
    }
    running.unshift(await startWorker(app));
    log.info({ step: 'stop', signal: await stopping }, 'stopping');
    return exitCodes.ok;
  } finally {
    await stopAll([...running, { stop: app.store.close }], log);
  }
}
