import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmeeClient } from 'smee-client';
import { openChannel } from '../app/intake/channel.ts';
import {
  readAddress,
  readGitHubUrls,
  readProxyUrl,
  readPublicUrl,
  requireAddress,
} from '../app/operate/environment.ts';
import type { Logger } from '../app/operate/logs.ts';
import { serveAlone } from '../app/operate/server.ts';
import type { Credentials } from '../app/set-up/credentials.ts';
import type { Places } from '../app/set-up/guard.ts';
import { createSetUpHandler, HOOK_PATH } from '../app/set-up/handler.ts';
import { setUpLogs } from '../report/words/command-line.ts';
import { appendSecrets, ENV_FILE } from './env-file.ts';

/** How long to wait for the browser to be redirected. */
const LEAVE_MS = 2000;

/** The data with which the running App shows the result of the set-up: the key of the page, and its addresses. */
export type SetUp = {
  key: string;
  places: Places;
  /** Stops the page's server after the browser was redirected. The App then listens on the same address. */
  leave: () => Promise<void>;
};

/** Stores credentials in a file that only its owner can read, and in this process. */
function keepCredentials(
  file: string,
  { appId, privateKey, webhookSecret, client }: Credentials,
  channel: string | null,
): void {
  const kept = {
    APP_ID: String(appId),
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: webhookSecret,
    ...(client && { GITHUB_CLIENT_ID: client.id, GITHUB_CLIENT_SECRET: client.secret }),
    ...(channel !== null && channel !== readProxyUrl(process.env) && { WEBHOOK_PROXY_URL: channel }),
  };
  appendSecrets(file, kept);
  Object.assign(process.env, kept);
}

/** A name that a browser on this machine can open, for a server that listens everywhere. */
const toOpenable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;

/**
 * Serves the page that makes the GitHub App from app.yml and puts its credentials into `.env` of the current folder.
 * Resolves when they are stored, and continues to serve until `leave` is called; resolves to null if `stopping` came
 * first.
 */
export async function serveSetUp(log: Logger, stopping: Promise<unknown>): Promise<SetUp | null> {
  const channel = readProxyUrl(process.env);
  const publicUrl = readPublicUrl(process.env);
  const { apiUrl, gitUrl } = readGitHubUrls(process.env);
  const address = readAddress(process.env);
  await requireAddress(address);
  const places = { host: address.host, publicUrl };
  const key = randomBytes(24).toString('base64url');
  const file = path.join(process.cwd(), ENV_FILE);
  const made = Promise.withResolvers<true>();
  const openable = toOpenable(address.host);
  let { port } = address;
  const handle = createSetUpHandler({
    key,
    places,
    apiUrl,
    gitHub: gitUrl,
    isGitHubPublic: !process.env['GHE_HOST'],
    organization: process.env['GH_ORG'] ?? '',
    envFile: ENV_FILE,
    channel,
    createChannel: () => SmeeClient.createChannel(),
    openChannel: (source) => openChannel(source, `http://${openable}:${port}${HOOK_PATH}`, log),
    keep: (credentials, chosen) => {
      keepCredentials(file, credentials, chosen);
      log.info({ step: 'set-up' }, setUpLogs.stored(ENV_FILE));
      made.resolve(true);
    },
  });
  const server = await serveAlone(handle, address, (error) => log.error({ step: 'set-up', err: error }));
  const listening = server.address();
  if (typeof listening === 'object' && listening !== null) ({ port } = listening);
  const url = `http://${openable}:${port}/set-up?key=${key}`;
  log.info({ step: 'set-up', url }, setUpLogs.open);
  const isMade = await Promise.race([made.promise, stopping.then(() => false)]);
  const until = sleep(isMade ? LEAVE_MS : 0);
  const leave = async (): Promise<void> => {
    await until;
    server.closeAllConnections();
    server.close();
  };
  if (isMade) return { key, places, leave };
  await leave();
  return null;
}
