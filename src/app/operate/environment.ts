import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { getPrivateKey } from '@probot/get-private-key';
import { z } from 'zod';
import { Failure, systemReason } from '../../errors.ts';

/** What the App is run with; the names are Probot's (https://probot.github.io/docs/configuration). */
export type AppEnvironment = {
  appId: number;
  privateKey: string;
  webhookSecret: string;
  webhookProxyUrl: string | null;
  /** REST API of github.com, or of a GitHub Enterprise Server. */
  apiUrl: string;
  /** Where repositories are fetched from. */
  gitUrl: string;
};

/** Where what must not be lost lies: a PostgreSQL, or a folder for an embedded database. */
export type DatabasePlace = { databaseUrl: string } | { dataDir: string };

const positive = z.coerce.number().int().positive();

function refuse(variable: string, reason: string): never {
  throw new Failure('bad-environment', { variable, reason });
}

/** The key as text. It is checked here, because whoever signs with it first does so long after the start. */
function readKey(env: NodeJS.ProcessEnv): string | null {
  const variable = !env['PRIVATE_KEY'] && env['PRIVATE_KEY_PATH'] ? 'PRIVATE_KEY_PATH' : 'PRIVATE_KEY';
  let text: string | null;
  try {
    text = getPrivateKey({ env });
  } catch (error) {
    return refuse(variable, systemReason(error).replace(/^\[[^\]]*\] /u, ''));
  }
  if (text !== null && readKeyType(text) !== 'rsa') {
    refuse(variable, "it is no whole RSA key in PEM; the App's settings page on GitHub makes another");
  }
  return text;
}

function readKeyType(text: string): string | null {
  try {
    return createPrivateKey(text).asymmetricKeyType ?? null;
  } catch {
    return null;
  }
}

/** Whether the App has been set up: without, its set-up page is served. */
export function isSetUp(env: NodeJS.ProcessEnv): boolean {
  return (env['APP_ID'] ?? '') !== '' && readKey(env) !== null;
}

/** The address of a GitHub, from Probot's variables. */
export function readGitHubUrls(env: NodeJS.ProcessEnv): { apiUrl: string; gitUrl: string } {
  const host = env['GHE_HOST'] ?? '';
  const protocol = env['GHE_PROTOCOL'] ?? 'https';
  if (host === '') return { apiUrl: 'https://api.github.com', gitUrl: 'https://github.com' };
  if (!/^https?$/u.test(protocol)) refuse('GHE_PROTOCOL', 'it is http or https');
  return { apiUrl: `${protocol}://${host}/api/v3`, gitUrl: `${protocol}://${host}` };
}

/** The channel that webhooks come through. Throws where the variable holds something else than an address. */
export function readProxyUrl(env: NodeJS.ProcessEnv): string | null {
  const text = env['WEBHOOK_PROXY_URL'] || null;
  if (text !== null && !/^https?:$/u.test(URL.parse(text)?.protocol ?? '')) {
    refuse('WEBHOOK_PROXY_URL', 'it is the address of a channel, as https://smee.io/CHANNEL');
  }
  return text;
}

/** Reads the App's credentials. Throws `bad-option` naming the variable that is missing or wrong. */
export function readAppEnvironment(env: NodeJS.ProcessEnv): AppEnvironment {
  const appId = positive.safeParse(env['APP_ID'] ?? '');
  if (!appId.success) refuse('APP_ID', "it is the App's number, as its settings page shows it");
  const privateKey = readKey(env);
  if (privateKey === null) refuse('PRIVATE_KEY', 'it, or PRIVATE_KEY_PATH with the file, must be set');
  const webhookSecret = env['WEBHOOK_SECRET'] ?? '';
  if (webhookSecret === '') {
    refuse('WEBHOOK_SECRET', "without it anybody could send events: set it here and in the App's settings");
  }
  return {
    appId: appId.data,
    privateKey,
    webhookSecret,
    webhookProxyUrl: readProxyUrl(env),
    ...readGitHubUrls(env),
  };
}

/** `DATABASE_URL`, else a folder: `ALLOCGATE_DATA`, by default in `$XDG_DATA_HOME` or `~/.local/share`. */
export function readDatabasePlace(env: NodeJS.ProcessEnv): DatabasePlace {
  const databaseUrl = env['DATABASE_URL'] ?? '';
  if (databaseUrl !== '') {
    if (!/^postgres(?:ql)?:\/\//u.test(databaseUrl)) refuse('DATABASE_URL', 'it begins with postgres://');
    return { databaseUrl };
  }
  const base = env['XDG_DATA_HOME'];
  const home = base?.startsWith('/') ? base : path.join(homedir(), '.local', 'share');
  return { dataDir: path.resolve(env['ALLOCGATE_DATA'] || path.join(home, 'allocgate')) };
}

/** Where the server listens. */
export function readAddress(env: NodeJS.ProcessEnv): { host: string; port: number } {
  const text = env['PORT'] || '3000';
  const port = z.coerce.number().int().min(0).max(65_535).safeParse(text);
  if (!port.success) refuse('PORT', 'it is a number from 0 to 65535');
  return { host: env['HOST'] || 'localhost', port: port.data };
}

/** Why nobody can listen at an address, by the system's code; null: for no reason that settings have a part in. */
function explainAddress(code: unknown, { host, port }: { host: string; port: number }): Failure | null {
  const because = (variable: string, reason: string): Failure =>
    new Failure('bad-environment', { variable, reason });
  switch (code) {
    case 'EADDRINUSE':
      return because('PORT', `another program listens on ${port}; set PORT to another number`);
    case 'EACCES':
      return because('PORT', `you may not listen on ${port}; set PORT to a number above 1023`);
    case 'EADDRNOTAVAIL':
      return because('HOST', `${host} is no address of this machine`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return because('HOST', `the name ${host} has no address`);
    default:
      return null;
  }
}

/** Tries whether this process may listen there: Probot's server logs the same as a defect, with its stack. */
export async function requireAddress(address: { host: string; port: number }): Promise<void> {
  const server = createServer().listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    throw explainAddress(code, address) ?? error;
  }
  server.close();
  await once(server, 'close');
}
