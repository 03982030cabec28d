import { Failure, toFailure } from '../../errors.ts';
import { createGitHubApp } from '../../github/client.ts';
import { statusOf } from '../../github/errors.ts';
import type { Checkup } from '../../report/terminal/doctor.ts';
import { describeFailure } from '../../report/words/failures.ts';
import { describeAppRefusal } from '../../report/words/server.ts';
import { FolderInUse } from '../../store/folder-lock.ts';
import { isPrivateHost } from '../set-up/address.ts';
import { readAppFacts } from './app-facts.ts';
import {
  type AppEnvironment,
  type DatabasePlace,
  readAppEnvironment,
  readDatabasePlace,
  readPagesEnvironment,
} from './environment.ts';
import { createLogger } from './logs.ts';
import { describeDatabasePlace, openDatabase } from './start.ts';

/** The milliseconds that the address of the reports may take to answer. */
const PAGES_MS = 5000;

function describeRefusal(error: unknown, { apiUrl }: AppEnvironment): Checkup {
  const isRefused = statusOf(error) === 401 || statusOf(error) === 404;
  const reason = error instanceof Error ? error.message : String(error);
  return { thing: 'github', problem: describeAppRefusal(apiUrl, isRefused, reason) };
}

async function checkGitHub(env: NodeJS.ProcessEnv): Promise<Checkup> {
  let environment: AppEnvironment;
  try {
    environment = readAppEnvironment(env);
  } catch (error) {
    return { thing: 'github', problem: describeFailure(toFailure(error).reason) };
  }
  const { appId, privateKey, apiUrl } = environment;
  const gitHub = createGitHubApp({
    appId,
    privateKey,
    baseUrl: apiUrl,
    pauses: { find: () => Promise.resolve(null), save: () => Promise.resolve() },
    maxWaitMs: 0,
    onRequest: () => {},
    log: createLogger({ LOG_LEVEL: 'silent' }),
  });
  try {
    return { thing: 'github', app: await readAppFacts(gitHub) };
  } catch (error) {
    return describeRefusal(error, environment);
  }
}

/** Opens the database. If another process of the App has the embedded one open, the database works. */
async function tryDatabase(place: DatabasePlace): Promise<Checkup> {
  const found = { thing: 'database', place: describeDatabasePlace(place) } as const;
  try {
    const store = await openDatabase(place, () => {});
    await store.close();
    return { ...found, backend: store.backend };
  } catch (error) {
    const holder = error instanceof Error && error.cause instanceof FolderInUse ? error.cause.pid : null;
    if (holder === null) throw error;
    return { ...found, backend: 'pglite', holder };
  }
}

async function checkDatabase(env: NodeJS.ProcessEnv): Promise<Checkup> {
  try {
    return await tryDatabase(readDatabasePlace(env));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { thing: 'database', problem: describeFailure(error.reason) };
  }
}

/** Finds out what answers at the address of the reports: only allocgate serves pages of its exercises. */
async function askPages(publicUrl: URL): Promise<'allocgate' | 'other' | 'none'> {
  try {
    const signal = AbortSignal.timeout(PAGES_MS);
    const response = await fetch(`${publicUrl.origin}/exercises/MA-01`, { signal, redirect: 'manual' });
    return response.ok && (await response.text()).includes('allocgate') ? 'allocgate' : 'other';
  } catch {
    return 'none';
  }
}

async function checkPages(env: NodeJS.ProcessEnv): Promise<Checkup> {
  try {
    const pages = readPagesEnvironment(env);
    if (pages === null) {
      const names = ['PUBLIC_URL', 'GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'];
      return { thing: 'pages', missing: names.filter((name) => (env[name] ?? '') === '') };
    }
    const { publicUrl } = pages;
    const isEncrypted = publicUrl.protocol === 'https:' || isPrivateHost(publicUrl.hostname);
    return { thing: 'pages', url: publicUrl.origin, isEncrypted, answer: await askPages(publicUrl) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { thing: 'pages', problem: describeFailure(error.reason) };
  }
}

/** Checks what the App needs in addition to a review: a database, and its permissions on GitHub. */
export async function checkApp(env: NodeJS.ProcessEnv): Promise<Checkup[]> {
  if ((env['APP_ID'] ?? '') === '') return [{ thing: 'no-app' }];
  return [await checkDatabase(env), await checkGitHub(env), await checkPages(env)];
}
