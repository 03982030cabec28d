import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { getPrivateKey } from '@probot/get-private-key';
import { z } from 'zod';
import { Failure, systemCode, systemReason } from '../../errors.ts';
import { describeEnvironmentProblem, type EnvironmentProblem } from '../../report/words/environment.ts';

/**
 * The App's configuration from environment variables with Probot's names (https://probot.github.io/docs/configuration).
 */
export type AppEnvironment = {
  appId: number;
  privateKey: string;
  webhookSecret: string;
  webhookProxyUrl: string | null;
  /** The URL of the REST API of github.com, or of a GitHub Enterprise Server. */
  apiUrl: string;
  /** The base URL for fetching repositories. */
  gitUrl: string;
  /** The settings for serving reports; null: they are not served. */
  pages?: PagesEnvironment | null;
};

/** The address of the reports, and the App's credentials for signing people in. */
export type PagesEnvironment = {
  publicUrl: URL;
  clientId: string;
  clientSecret: string;
  /** Reports of public repositories need no sign-in. */
  arePublicOpen: boolean;
};

/** The place of the permanent data: a PostgreSQL database, or a folder for an embedded one. */
export type DatabasePlace = { databaseUrl: string } | { dataDir: string };

/** The name or address of a server, with a port if it has one. */
const SERVER = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/iu;

const positive = z.coerce.number().int().positive();

/** The failure for a variable that is missing or wrong. */
export function toEnvironmentFailure(variable: string, problem: EnvironmentProblem): Failure {
  return new Failure('bad-environment', { variable, reason: describeEnvironmentProblem(problem) });
}

function refuse(variable: string, problem: EnvironmentProblem): never {
  throw toEnvironmentFailure(variable, problem);
}

/**
 * Reads the private key as text; null: none is set. It is checked at once, because the App first uses it long after the
 * start.
 */
function readKey(env: NodeJS.ProcessEnv): string | null {
  const variable = !env['PRIVATE_KEY'] && env['PRIVATE_KEY_PATH'] ? 'PRIVATE_KEY_PATH' : 'PRIVATE_KEY';
  let text: string | null;
  try {
    text = getPrivateKey({ env });
  } catch (error) {
    const reason = systemReason(error).replace(/^\[[^\]]*\] /u, '');
    return refuse(variable, { kind: 'unreadable-key', reason });
  }
  if (text !== null && readKeyType(text) !== 'rsa') {
    refuse(variable, { kind: 'rsa-key' });
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

/** Whether the App has credentials. Otherwise its set-up page is served. Throws `bad-environment`. */
export function isSetUp(env: NodeJS.ProcessEnv): boolean {
  return (env['APP_ID'] ?? '') !== '' && readKey(env) !== null;
}

/** Reads the addresses of GitHub from Probot's variables. Throws `bad-environment`. */
export function readGitHubUrls(env: NodeJS.ProcessEnv): { apiUrl: string; gitUrl: string } {
  const host = env['GHE_HOST'] ?? '';
  const protocol = env['GHE_PROTOCOL'] ?? 'https';
  if (host === '') return { apiUrl: 'https://api.github.com', gitUrl: 'https://github.com' };
  if (!/^https?$/u.test(protocol)) refuse('GHE_PROTOCOL', { kind: 'protocol' });
  if (!SERVER.test(host) || !URL.canParse(`${protocol}://${host}`)) refuse('GHE_HOST', { kind: 'server' });
  return { apiUrl: `${protocol}://${host}/api/v3`, gitUrl: `${protocol}://${host}` };
}

/** Reads the address of the channel that forwards webhooks; null: not set. Throws `bad-environment`. */
export function readProxyUrl(env: NodeJS.ProcessEnv): string | null {
  const text = env['WEBHOOK_PROXY_URL'] || null;
  if (text !== null && !/^https?:$/u.test(URL.parse(text)?.protocol ?? '')) {
    refuse('WEBHOOK_PROXY_URL', { kind: 'channel' });
  }
  return text;
}

/** Reads the address under which GitHub and browsers reach this server; null: not set. Throws `bad-environment`. */
export function readPublicUrl(env: NodeJS.ProcessEnv): URL | null {
  const text = env['PUBLIC_URL'] || null;
  if (text === null) return null;
  const url = URL.parse(text);
  return url !== null && /^https?:$/u.test(url.protocol) ? url : refuse('PUBLIC_URL', { kind: 'public-url' });
}

/**
 * Reads the settings for serving reports; null: `PUBLIC_URL`, the App's client ID or its client secret is missing. Throws
 * `bad-environment`.
 */
export function readPagesEnvironment(env: NodeJS.ProcessEnv): PagesEnvironment | null {
  const publicUrl = readPublicUrl(env);
  const [clientId, clientSecret] = [env['GITHUB_CLIENT_ID'] ?? '', env['GITHUB_CLIENT_SECRET'] ?? ''];
  const open = env['PUBLIC_REPORTS'] || 'no';
  if (open !== 'yes' && open !== 'no') refuse('PUBLIC_REPORTS', { kind: 'yes-or-no' });
  if (publicUrl === null || clientId === '' || clientSecret === '') return null;
  return { publicUrl, clientId, clientSecret, arePublicOpen: open === 'yes' };
}

/** Reads the App's configuration. Throws `bad-environment`, which names the variable that is missing or wrong. */
export function readAppEnvironment(env: NodeJS.ProcessEnv): AppEnvironment {
  const appId = positive.safeParse(env['APP_ID'] ?? '');
  if (!appId.success) refuse('APP_ID', { kind: 'app-id' });
  const privateKey = readKey(env);
  if (privateKey === null) refuse('PRIVATE_KEY', { kind: 'no-key' });
  const webhookSecret = env['WEBHOOK_SECRET'] ?? '';
  if (webhookSecret === '') refuse('WEBHOOK_SECRET', { kind: 'no-webhook-secret' });
  return {
    appId: appId.data,
    privateKey,
    webhookSecret,
    webhookProxyUrl: readProxyUrl(env),
    ...readGitHubUrls(env),
    pages: readPagesEnvironment(env),
  };
}

/**
 * Reads `DATABASE_URL`, otherwise the folder `ALLOCGATE_DATA`, by default `allocgate` in `$XDG_DATA_HOME` or
 * `~/.local/share`. Throws `bad-environment`.
 */
export function readDatabasePlace(env: NodeJS.ProcessEnv): DatabasePlace {
  const databaseUrl = env['DATABASE_URL'] ?? '';
  if (databaseUrl !== '') {
    if (!/^postgres(?:ql)?:\/\//u.test(databaseUrl)) refuse('DATABASE_URL', { kind: 'database-url' });
    return { databaseUrl };
  }
  const base = env['XDG_DATA_HOME'];
  const home = base?.startsWith('/') ? base : path.join(homedir(), '.local', 'share');
  return { dataDir: path.resolve(env['ALLOCGATE_DATA'] || path.join(home, 'allocgate')) };
}

/** Reads the address that the server listens on. Throws `bad-environment`. */
export function readAddress(env: NodeJS.ProcessEnv): { host: string; port: number } {
  const text = env['PORT'] || '3000';
  const port = z.coerce.number().int().min(0).max(65_535).safeParse(text);
  if (!port.success) refuse('PORT', { kind: 'port' });
  return { host: env['HOST'] || 'localhost', port: port.data };
}

/** The failure for an address that cannot be used, by the system's error code; null: no variable is wrong. */
function explainAddress(code: unknown, { host, port }: { host: string; port: number }): Failure | null {
  switch (code) {
    case 'EADDRINUSE':
      return toEnvironmentFailure('PORT', { kind: 'port-in-use', port });
    case 'EACCES':
      return toEnvironmentFailure('PORT', { kind: 'port-forbidden', port });
    case 'EADDRNOTAVAIL':
      return toEnvironmentFailure('HOST', { kind: 'foreign-host', host });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return toEnvironmentFailure('HOST', { kind: 'unknown-host', host });
    default:
      return null;
  }
}

/**
 * Checks that this process can listen on the address, because Probot's server would report the failure as an internal
 * error with a stack. Throws `bad-environment`, or the system's error if no variable is wrong.
 */
export async function requireAddress(address: { host: string; port: number }): Promise<void> {
  const server = createServer().listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explainAddress(systemCode(error), address) ?? error;
  }
  server.close();
  await once(server, 'close');
}
