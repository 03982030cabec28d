import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ServerResponse } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run as runProbot } from 'probot';
import { z } from 'zod';
import { isSetUp, readAddress, readProxyUrl, requireAddress } from '../app/operate/environment.ts';
import type { Logger } from '../app/operate/logs.ts';
import { setUpFailed, setUpLogs } from '../report/words/command-line.ts';
import { appendSecrets, ENV_FILE } from './env-file.ts';

/** Where app.yml is; Probot looks for it in the current folder, each time that it shows its page. */
const OWN_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

/** What is kept of all that GitHub tells of a new App: its client secret is for signing users in, which nobody does. */
const KEPT = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET'];

/** The browser that has just been here is led on first. */
const LEAVE_MS = 2000;

/** Node tells of each request before its server does (https://nodejs.org/api/diagnostics_channel.html#http). */
const STARTED = 'http.server.request.start';
const startedSchema = z.object({ response: z.instanceof(ServerResponse) });

/** Keeps credentials in a file and in this process. Throws `bad-environment` for a key that is none, and keeps nothing. */
function keepCredentials(file: string, given: Readonly<Record<string, unknown>>): void {
  const kept = Object.fromEntries(
    KEPT.flatMap((name): [string, string][] => {
      const value = given[name];
      if (typeof value !== 'string' && typeof value !== 'number') return [];
      // Probot has put the key into quotes.
      return [[name, String(value).replace(/^"([^]*)"$/u, '$1')]];
    }),
  );
  if ('PRIVATE_KEY' in kept) isSetUp(kept);
  appendSecrets(file, kept);
  Object.assign(process.env, kept);
}

/** Probot answers what it fails at with an empty page: it gets a sentence. Its server lets nobody else near its answers. */
function explainFailure(message: unknown): void {
  const { response } = startedSchema.parse(message);
  const end = response.end.bind(response);
  response.end = (...args: unknown[]) => {
    const isBlank = response.statusCode === 500 && args.length === 0;
    return isBlank ? end(setUpFailed) : Reflect.apply(end, response, args);
  };
}

/**
 * Serves Probot's page that makes the GitHub App from app.yml and puts its credentials into `.env` of the current folder
 * (https://probot.github.io/docs/development). Resolves to whether they are there; false: `stopping` came first.
 */
export async function serveSetUp(log: Logger, stopping: Promise<unknown>): Promise<boolean> {
  readProxyUrl(process.env);
  const { host, port } = readAddress(process.env);
  await requireAddress({ host, port });
  const folder = process.cwd();
  const { promise: made, resolve } = Promise.withResolvers<boolean>();
  // Else Probot makes a channel at smee.io by itself, which sees every payload.
  process.env['NO_SMEE_SETUP'] = 'true';
  const server = await runProbot(() => {}, {
    env: { ...process.env, HOST: host, PORT: String(port) },
    // It would greet, and ask to be restarted, which nobody has to.
    log: log.child({}, { level: 'warn' }),
    updateEnv: (given) => {
      keepCredentials(path.join(folder, ENV_FILE), given);
      if (isSetUp(process.env)) {
        log.info({ step: 'set-up' }, setUpLogs.stored(ENV_FILE));
        resolve(true);
      }
      return given;
    },
  });
  process.chdir(OWN_FOLDER);
  subscribe(STARTED, explainFailure);
  try {
    const url = `http://${host}:${server.port}`;
    log.info({ step: 'set-up', url }, setUpLogs.open);
    const isMade = await Promise.race([made, stopping.then(() => false)]);
    if (isMade) await sleep(LEAVE_MS);
    return isMade;
  } finally {
    unsubscribe(STARTED, explainFailure);
    process.chdir(folder);
    await server.stop();
  }
}
