import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findPort } from './ports.ts';

/** A PostgreSQL in which tests create databases. */
export type SharedPostgres = {
  /** Creates an empty database; resolves to its URL. */
  createDatabase: () => Promise<string>;
  stop: () => Promise<void>;
};

/** A PostgreSQL of one test. */
export type TestPostgres = SharedPostgres & {
  /** Ends all connections, stops, waits for `meanwhile`, and starts again with the data on disk. */
  restart: (meanwhile?: () => Promise<void>) => Promise<void>;
  /**
   * Freezes all of its processes and waits for `meanwhile`: connections stay open, and nothing answers. Then it
   * continues.
   */
  freeze: (meanwhile: () => Promise<void>) => Promise<void>;
};

type Owner = { uid?: number; gid?: number };
type Cluster = { bin: string; dir: string; port: number; owner: Owner };

async function listBinFolders(): Promise<string[]> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const packaged = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`);
  return [...(process.env['PATH'] ?? '').split(path.delimiter), ...packaged];
}

/** The folder of PostgreSQL's programs. Throws an error that says what to install. */
export async function findPostgres(): Promise<string> {
  for (const dir of await listBinFolders()) {
    const found = await Promise.all(
      ['initdb', 'postgres'].map((name) =>
        access(path.join(dir, name)).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (found.every(Boolean)) return dir;
  }
  throw new Error('The tests need PostgreSQL (15 or newer): apt-get install postgresql');
}

/** PostgreSQL refuses to run as root. It then runs as a user without other permissions. */
async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  if (!user) throw new Error('PostgreSQL does not run as root: the tests need a user "postgres" or "nobody"');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** Starts the server and resolves when it accepts connections. */
async function startServer({ bin, dir, port, owner }: Cluster): Promise<ChildProcess> {
  const settings = [
    'fsync=off',
    'max_connections=300',
    'log_min_messages=warning',
    'log_startup_progress_interval=0',
  ];
  const server = spawn(
    path.join(bin, 'postgres'),
    [
      '-D',
      path.join(dir, 'data'),
      '-k',
      dir,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      ...settings.map((one) => `-c${one}`),
    ],
    { ...owner, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const log: string[] = [];
  for await (const line of createInterface({ input: server.stderr })) {
    log.push(line);
    if (line.includes('ready to accept connections')) {
      server.stderr.resume();
      return server;
    }
  }
  throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`);
}

/** The children of a process, from the fourth field of /proc/PID/stat (proc(5)). */
async function listChildren(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)).map(Number);
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
    }),
  );
  return pids.filter((_, index) => parents[index] === parent);
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended in the meantime.
  }
}

/** The first process is stopped first, so that it starts no others. */
async function freezeServer({ pid }: ChildProcess, meanwhile: () => Promise<void>): Promise<void> {
  if (pid === undefined) throw new Error('PostgreSQL does not run');
  process.kill(pid, 'SIGSTOP');
  const children = await listChildren(pid);
  for (const child of children) signalIfThere(child, 'SIGSTOP');
  try {
    await meanwhile();
  } finally {
    for (const one of [...children, pid]) signalIfThere(one, 'SIGCONT');
  }
}

async function createDatabase(port: number): Promise<string> {
  const urlOf = (database: string): string => `postgres://allocgate@127.0.0.1:${port}/${database}`;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: urlOf('postgres') });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return urlOf(name);
}

/** The port of the test runner's PostgreSQL. */
const PORT_VARIABLE = 'TEST_POSTGRES_PORT';

/** Starts a PostgreSQL for all processes that this one starts from now on. */
export async function sharePostgres(): Promise<SharedPostgres> {
  const { port, ...postgres } = await startCluster();
  process.env[PORT_VARIABLE] = String(port);
  return postgres;
}

/**
 * The test runner's PostgreSQL, for tests that neither restart nor freeze it. A file that runs alone starts its own.
 */
export async function openPostgres(): Promise<SharedPostgres> {
  const port = process.env[PORT_VARIABLE];
  if (port === undefined) return startPostgres();
  return { createDatabase: () => createDatabase(Number(port)), stop: () => Promise.resolve() };
}

/** Starts a PostgreSQL for one test. `stop` it at the end. */
export function startPostgres(): Promise<TestPostgres> {
  return startCluster();
}

/** Creates a cluster in a temporary folder and starts it. */
async function startCluster(): Promise<TestPostgres & { port: number }> {
  const [bin, owner, port] = await Promise.all([findPostgres(), findOwner(), findPort()]);
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-postgres-'));
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(dir, owner.uid, owner.gid);
  const cluster = { bin, dir, port, owner };
  await promisify(execFile)(
    path.join(bin, 'initdb'),
    ['-D', path.join(dir, 'data'), '-U', 'allocgate', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'],
    { ...owner, cwd: dir },
  );
  let server = await startServer(cluster);
  const kill = (): void => void server.kill('SIGQUIT');
  process.once('exit', kill);
  const halt = async (): Promise<void> => {
    const ended = once(server, 'exit');
    // "Fast": ends connections and does not wait for clients (https://www.postgresql.org/docs/15/server-shutdown.html).
    server.kill('SIGINT');
    await ended;
  };
  return {
    port,
    createDatabase: () => createDatabase(port),
    restart: async (meanwhile) => {
      await halt();
      await meanwhile?.();
      server = await startServer(cluster);
    },
    freeze: (meanwhile) => freezeServer(server, meanwhile),
    stop: async () => {
      await halt();
      process.off('exit', kill);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
