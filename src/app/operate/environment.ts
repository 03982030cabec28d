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
  /** REST API of github.com, or of a GitHub Enterprise Server. */
  apiUrl: string;
  /** The base URL for fetching repositories. */
  gitUrl: string;
  /** What serving reports takes; null: they are not served. */
  pages?: PagesEnvironment | null;
};

/** Under which address reports are served, and the App as what people sign in with. */
export type PagesEnvironment = {
  publicUrl: URL;
  clientId: string;
  clientSecret: string;
  /** Reports of public repositories need no sign-in. */
  arePublicOpen: boolean;
};

/** The place of the permanent data: a PostgreSQL, or a folder for an embedded database. */
export type DatabasePlace = { databaseUrl: string } | { dataDir: string };

const positive = z.coerce.number().int().positive();

/** The failure that names the variable and says what its value must be. */
export function toEnvironmentFailure(variable: string, problem: EnvironmentProblem): Failure {
  return new Failure('bad-environment', { variable, reason: describeEnvironmentProblem(problem) });
}

function refuse(variable: string, problem: EnvironmentProblem): never {
  throw toEnvironmentFailure(variable, problem);
}

/** Reads the private key as text. It is checked here, because it is first used long after the start. */
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

/** Whether the App has credentials. Otherwise its set-up page is served. */
export function isSetUp(env: NodeJS.ProcessEnv): boolean {
  return (env['APP_ID'] ?? '') !== '' && readKey(env) !== null;
}

/** The addresses of GitHub, from Probot's variables. */
export function readGitHubUrls(env: NodeJS.ProcessEnv): { apiUrl: string; gitUrl: string } {
  const host = env['GHE_HOST'] ?? '';
  const protocol = env['GHE_PROTOCOL'] ?? 'https';
  if (host === '') return { apiUrl: 'https://api.github.com', gitUrl: 'https://github.com' };
  if (!/^https?$/u.test(protocol)) refuse('GHE_PROTOCOL', { kind: 'protocol' });
  return { apiUrl: `${protocol}://${host}/api/v3`, gitUrl: `${protocol}://${host}` };
}

/** The channel that forwards webhooks. Throws if the variable is not a valid address. */
export function readProxyUrl(env: NodeJS.ProcessEnv): string | null {
  const text = env['WEBHOOK_PROXY_URL'] || null;
  if (text !== null && !/^https?:$/u.test(URL.parse(text)?.protocol ?? '')) {
    refuse('WEBHOOK_PROXY_URL', { kind: 'channel' });
  }
  return text;
}

/** The address under which GitHub and browsers reach this server; null: not set. */
export function readPublicUrl(env: NodeJS.ProcessEnv): URL | null {
  const text = env['PUBLIC_URL'] || null;
  if (text === null) return null;
  const url = URL.parse(text);
  return url !== null && /^https?:$/u.test(url.protocol) ? url : refuse('PUBLIC_URL', { kind: 'public-url' });
}

/** What serving reports takes; null: `PUBLIC_URL` or the App's client secret is missing. */
export function readPagesEnvironment(env: NodeJS.ProcessEnv): PagesEnvironment | null {
  const publicUrl = readPublicUrl(env);
  const [clientId, clientSecret] = [env['GITHUB_CLIENT_ID'] ?? '', env['GITHUB_CLIENT_SECRET'] ?? ''];
  const open = env['PUBLIC_REPORTS'] || 'no';
  if (open !== 'yes' && open !== 'no') refuse('PUBLIC_REPORTS', { kind: 'yes-or-no' });
  if (publicUrl === null || clientId === '' || clientSecret === '') return null;
  return { publicUrl, clientId, clientSecret, arePublicOpen: open === 'yes' };
}

/** Reads the App's credentials. Throws `bad-environment` naming the variable that is missing or wrong. */
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

/** `DATABASE_URL`, else a folder: `ALLOCGATE_DATA`, by default in `$XDG_DATA_HOME` or `~/.local/share`. */
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

/** The address that the server listens on. */
export function readAddress(env: NodeJS.ProcessEnv): { host: string; port: number } {
  const text = env['PORT'] || '3000';
  const port = z.coerce.number().int().min(0).max(65_535).safeParse(text);
  if (!port.success) refuse('PORT', { kind: 'port' });
  return { host: env['HOST'] || 'localhost', port: port.data };
}

/** Why an address cannot be used, by the system's error code; null: the reason is not in the settings. */
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
 * Checks whether this process can listen on the address, because Probot's server would report the failure as an
 * internal error with a stack.
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
