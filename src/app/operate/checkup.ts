import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { Failure, toFailure } from '../../errors.ts';
import { createGitHubApp, type GitHubApp } from '../../github/client.ts';
import { statusOf } from '../../github/errors.ts';
import { listInstallations, readAppSetup } from '../../github/pull-requests.ts';
import type { AppFacts, Checkup } from '../../report/terminal/doctor.ts';
import { describeFailure } from '../../report/words/failures.ts';
import { describeAppRefusal } from '../../report/words/server.ts';
import { FolderInUse } from '../../store/folder-lock.ts';
import {
  type AppEnvironment,
  type DatabasePlace,
  readAppEnvironment,
  readDatabasePlace,
} from './environment.ts';
import { subscribedEvents } from '../intake/events.ts';
import { createLogger } from './logs.ts';
import { describeDatabasePlace, openDatabase } from './start.ts';

/** What the App is made with is what it must have. */
const manifestSchema = z.object({ default_permissions: z.record(z.string(), z.string()) });
const { default_permissions: neededPermissions } = manifestSchema.parse(
  parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')),
);

const levels = ['read', 'write', 'admin'];

function covers(has: string | undefined, needs: string): boolean {
  return levels.indexOf(has ?? '') >= levels.indexOf(needs);
}

function listLacking(has: Readonly<Record<string, string>>): AppFacts['permissions'] {
  return Object.entries(neededPermissions)
    .filter(([name, needs]) => !covers(has[name], needs))
    .map(([name, needs]) => ({ name, needs, has: has[name] ?? null }));
}

async function readApp(gitHub: GitHubApp): Promise<AppFacts> {
  const app = await gitHub.asApp();
  const setup = await readAppSetup(app);
  const installations = await listInstallations(app);
  return {
    slug: setup.slug,
    permissions: listLacking(setup.permissions),
    missingEvents: subscribedEvents.filter((event) => !setup.events.includes(event)),
    installations: installations.map(({ account, permissions }) => ({
      account,
      isOutdated: listLacking(permissions).length > listLacking(setup.permissions).length,
    })),
  };
}

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
    return { thing: 'github', app: await readApp(gitHub) };
  } catch (error) {
    return describeRefusal(error, environment);
  }
}

/** The App may run while this asks: the embedded database is then its own, and works. */
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

/** What the App needs beside what a review needs: a database, and GitHub's consent to what it does. */
export async function checkApp(env: NodeJS.ProcessEnv): Promise<Checkup[]> {
  if ((env['APP_ID'] ?? '') === '') return [{ thing: 'no-app' }];
  return [await checkDatabase(env), await checkGitHub(env)];
}
