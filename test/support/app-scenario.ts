import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, type QueryResult } from 'pg';
import { type AppProcess, startAppProcess, until } from './app-process.ts';
import {
  createFakeGitHub,
  type Delivery,
  type FakeGitHub,
  type Repository,
  type Snapshot,
} from './fake-github/index.ts';
import { addDatabase } from './pglite-template.ts';
import { addStandardLibrary } from './standard-library.ts';
import { openPostgres, startPostgres, type TestPostgres } from './postgres.ts';

export type Backend = 'pglite' | 'postgres';
export const backends: readonly Backend[] = ['pglite', 'postgres'];

/** A repository on a fake GitHub, and the App that watches it, in separate processes. */
export type Scenario = {
  fake: FakeGitHub;
  repository: Repository;
  /** Its id. */
  installation: number;
  /** The server; with PGlite it is the worker too. */
  server: () => AppProcess;
  workers: AppProcess[];
  /** Its own PostgreSQL, if requested. */
  postgres: TestPostgres | null;
  /** The environment of every process of the App. */
  env: Record<string, string>;
  /** Starts the server again, after it was killed. */
  restartServer: () => Promise<void>;
  startWorker: () => Promise<AppProcess>;
  /** Opens a pull request by `gopher`, who has write access. `allocating`: the number of allocating lines. */
  open: (branch: string, allocating: number) => Promise<number>;
  push: (number: number, allocating: number, options?: { force?: boolean }) => Promise<string>;
  /** Resolves to the first snapshot that fits. Throws with the App's output. */
  see: (number: number, fits: (seen: Snapshot) => boolean) => Promise<Snapshot>;
  close: () => Promise<void>;
};

/** `log/log.go` with this number of allocating lines, which are apart, so that each is a separate finding. */
export function writeLog(allocating: number): string {
  const lines = Array.from({ length: allocating }, (_, index) => `\tuse(${index}) // allocates\n`);
  return `package log\n\nfunc use(int) {}\n\nfunc Info() {\n${lines.join('')}}\n`;
}

const change = (allocating: number) => ({ change: { 'log/log.go': writeLog(allocating) } });

/** The check of all of the head's benchmarks, when it is complete. */
export function findCheck({ checks }: Snapshot) {
  return (
    checks.find(
      ({ name, status, conclusion }) =>
        name === 'allocgate' && status === 'completed' && conclusion !== 'cancelled',
    ) ?? null
  );
}

export const isDone = (seen: Snapshot): boolean => findCheck(seen) !== null;

export const concluded =
  (conclusion: string) =>
  (seen: Snapshot): boolean =>
    findCheck(seen)?.conclusion === conclusion;

export async function createScenario({
  backend,
  engine = 'stub',
  files = { 'go.mod': 'module example.com/m\n', 'log/log.go': writeLog(0) },
  env: more = {},
  isDatabaseDisturbed = false,
}: {
  backend: Backend;
  engine?: 'stub' | 'real';
  files?: Record<string, string>;
  env?: Record<string, string>;
  /** Whether the test restarts or freezes PostgreSQL, so that it needs one of its own. */
  isDatabaseDisturbed?: boolean;
}): Promise<Scenario> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-scenario-'));
  // The sandbox's user must be able to read files below it.
  await chmod(dir, 0o755);
  const own = backend === 'postgres' && isDatabaseDisturbed ? await startPostgres() : null;
  const postgres = own ?? (backend === 'postgres' ? await openPostgres() : null);
  const databaseUrl = await postgres?.createDatabase();
  const cacheHome = path.join(dir, 'cache');
  if (engine === 'real') await addStandardLibrary(cacheHome);
  const dataDir = path.join(dir, 'data');
  if (databaseUrl === undefined && more['ALLOCGATE_DATA'] === undefined) await addDatabase(dataDir);
  const fake = await createFakeGitHub();
  const env: Record<string, string> = {
    ...(databaseUrl === undefined ? { ALLOCGATE_DATA: dataDir } : { DATABASE_URL: databaseUrl }),
    XDG_CACHE_HOME: cacheHome,
    ...more,
  };
  let server = await startAppProcess({ fake, engine, env });
  const connect = (): void => {
    fake.webhookUrl = `${server.url}/api/github/webhooks`;
  };
  connect();
  const workers: AppProcess[] = [];
  const startWorker = async (): Promise<AppProcess> => {
    const worker = await startAppProcess({ fake, engine, env, role: 'worker' });
    workers.push(worker);
    return worker;
  };
  if (backend === 'postgres') await startWorker();
  for (const login of ['gopher', 'stranger']) fake.addUser(login);
  const repository = await fake.addRepository({ owner: 'acme', name: 'log', files });
  fake.setPermission(repository, 'gopher', 'write');
  const { id: installation } = await fake.install('acme');
  return {
    fake,
    repository,
    installation,
    server: () => server,
    workers,
    postgres: own,
    env,
    restartServer: async () => {
      server = await startAppProcess({ fake, engine, env });
      connect();
    },
    startWorker,
    open: async (branch, allocating) => {
      const head = { branch, contents: change(allocating) };
      const { number } = await fake.openPullRequest(repository, { author: 'gopher', head });
      return number;
    },
    push: (number, allocating, options = {}) =>
      fake.pushHead(repository, number, change(allocating), { by: 'gopher', ...options }),
    see: (number, fits) =>
      until(
        async () => {
          const seen = await fake.snapshot(repository, number);
          return fits(seen) && seen;
        },
        async () =>
          `${JSON.stringify(await fake.snapshot(repository, number), null, 1)}\n${[server, ...workers].map((one) => one.output()).join('\n')}`,
      ),
    close: async () => {
      for (const one of [...workers, server]) one.kill('SIGKILL');
      await Promise.all([...workers, server].map((one) => one.ended));
      await fake.close();
      await postgres?.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Resolves when neither a delivery nor a run is left. */
export const untilQuiet = ({ server }: Scenario): Promise<unknown> =>
  until(
    async () => {
      const text = await (await fetch(`${server().url}/metrics`)).text();
      const left = /^allocgate_(?:queue_depth\{.*|runs\{state="(?:queued|running)".*)\} [1-9]/mu;
      return !left.test(text);
    },
    () => server().output(),
  );

/** Opens a pull request whose deliveries are not sent. Resolves to it and to its delivery. */
export async function openUnsent(
  scenario: Scenario,
  branch: string,
): Promise<{ number: number; delivery: Delivery }> {
  const { fake } = scenario;
  fake.autoDeliver = false;
  const number = await scenario.open(branch, 2);
  fake.autoDeliver = true;
  const delivery = fake.pendingDeliveries.find(({ event }) => event === 'pull_request');
  assert.ok(delivery);
  fake.pendingDeliveries = [];
  return { number, delivery };
}

/** The separate worker that was started last. */
export function lastWorker({ workers }: Scenario): AppProcess {
  const last = workers.at(-1);
  assert.ok(last);
  return last;
}

/** Asks the App's PostgreSQL, over a connection of its own. */
export async function queryDatabase({ env }: Pick<Scenario, 'env'>, text: string): Promise<QueryResult> {
  const client = new Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}
