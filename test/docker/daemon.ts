/**
 * A Docker daemon and the images that the Dockerfile and compose.yml start from. Docker Hub's are used where they can be
 * pulled; elsewhere stand-ins with the same names are made of Debian's packages, this machine's Go and npm's Node.
 */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { until } from '../support/app-process.ts';

const run = promisify(execFile);

/** What a program prints on standard output. Throws with what it prints on standard error. */
export async function output(program: string, args: readonly string[], env = process.env): Promise<string> {
  const { stdout } = await run(program, args, { env, maxBuffer: 256 << 20 });
  return stdout.trim();
}

const succeeds = (program: string, ...args: string[]): Promise<boolean> =>
  output(program, args).then(
    () => true,
    () => false,
  );

/** Returns a function that stops the daemon that it started; it does nothing if one was running. */
export async function startDaemon(): Promise<() => Promise<void>> {
  if (await succeeds('docker', 'info')) return async () => {};
  const daemon = spawn('dockerd', [], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
  daemon.once('error', () => {});
  await until(
    () => succeeds('docker', 'info'),
    () => 'dockerd did not start: it needs root',
  );
  return async () => {
    daemon.kill('SIGTERM');
    await ended;
  };
}

/** Goes with Debian's Docker; Debian's own `docker-compose` is version 1, which knows no `systempaths=unconfined`. */
const COMPOSE = 'github.com/docker/compose/v2@v2.24.7';
const downloaded = z.looseObject({ Dir: z.string() });

/** The command line of Docker Compose 2, which is built from its sources where it is not installed. */
export async function provideCompose(): Promise<string[]> {
  if (await succeeds('docker', 'compose', 'version')) return ['docker', 'compose'];
  const program = path.join(homedir(), '.cache/allocgate-test/docker-compose');
  if (!(await succeeds(program, 'version'))) {
    const { Dir: sources } = downloaded.parse(
      JSON.parse(await output('go', ['mod', 'download', '-json', COMPOSE])),
    );
    // `go install` refuses its replace directives, which count only in the main module.
    await output('go', ['-C', sources, 'build', '-mod=mod', '-o', program, './cmd']);
  }
  return [program];
}

const DEBIAN = 'debian:bookworm-slim';

const APT = 'etc/apt/apt.conf.d';

/** How this machine's apt reaches its archive, without what it does before and after. */
async function copyAptSettings(root: string): Promise<void> {
  for (const name of await readdir(path.join('/', APT))) {
    const text = await readFile(path.join('/', APT, name), 'utf8');
    if (/^Acquire::/mu.test(text) && !/^(?:DPkg|APT)::/mu.test(text))
      await writeFile(path.join(root, APT, name), text);
  }
}

/** Debian's smallest system, with this machine's certificates. */
async function makeDebian(dir: string): Promise<void> {
  const root = path.join(dir, 'root');
  await output('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root]);
  const needless = [
    'var/cache/apt',
    'var/lib/apt/lists',
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
  ];
  for (const name of needless) await rm(path.join(root, name), { recursive: true, force: true });
  await mkdir(path.join(root, 'var/lib/apt/lists/partial'), { recursive: true });
  const certificates = 'etc/ssl/certs/ca-certificates.crt';
  await cp(path.join('/', certificates), path.join(root, certificates));
  await copyAptSettings(root);
  const archive = path.join(dir, 'root.tar');
  await output('tar', ['-C', root, '-cf', archive, '.']);
  await output('docker', ['import', archive, DEBIAN]);
}

async function build(dir: string, tag: string, lines: readonly string[]): Promise<void> {
  await writeFile(path.join(dir, 'Dockerfile'), [`FROM ${DEBIAN}`, ...lines, ''].join('\n'));
  await output('docker', ['build', '--network', 'host', '-t', tag, dir]);
}

async function makeNode(dir: string, tag: string): Promise<void> {
  // `npm root --global` would be a folder of the Node that npm ci brought, which has no npm.
  const command = await output('which', ['npm']);
  const npm = path.dirname(path.dirname(await realpath(command)));
  await cp(process.execPath, path.join(dir, 'node'));
  await cp(npm, path.join(dir, 'npm'), { recursive: true, dereference: true });
  await build(dir, tag, [
    'COPY node /usr/local/bin/node',
    'COPY npm /usr/local/lib/node_modules/npm',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
  ]);
}

async function makeGo(dir: string, tag: string): Promise<void> {
  await cp(await output('go', ['env', 'GOROOT']), path.join(dir, 'go'), { recursive: true });
  await build(dir, tag, ['COPY go /usr/local/go']);
}

/** Reads the three variables of the official image that compose.yml sets. */
const POSTGRES_START = `#!/bin/sh
set -e
export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  install -d -o postgres -g postgres "$PGDATA"
  echo "$POSTGRES_PASSWORD" > /tmp/password
  chown postgres /tmp/password
  setpriv --reuid postgres --regid postgres --clear-groups initdb -U "$POSTGRES_USER" --pwfile /tmp/password -A scram-sha-256
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  echo "create database $POSTGRES_DB" | setpriv --reuid postgres --regid postgres --clear-groups postgres --single postgres
fi
exec setpriv --reuid postgres --regid postgres --clear-groups postgres -h '*'
`;

async function makePostgres(dir: string, tag: string): Promise<void> {
  await writeFile(path.join(dir, 'start'), POSTGRES_START, { mode: 0o755 });
  await build(dir, tag, [
    'RUN apt-get update && apt-get install -y --no-install-recommends postgresql && rm -rf /var/lib/postgresql/*',
    'COPY start /usr/local/bin/start',
    'ENV PGDATA=/var/lib/postgresql/data',
    'STOPSIGNAL SIGINT',
    'ENTRYPOINT ["start"]',
  ]);
}

const stand: Readonly<Record<string, (dir: string, tag: string) => Promise<void>>> = {
  [DEBIAN]: makeDebian,
  'node:24-bookworm-slim': makeNode,
  'golang:1.26-bookworm': makeGo,
  'postgres:17-alpine': makePostgres,
};

/** Sees to it that the base images are there. */
export async function provideImages(): Promise<void> {
  for (const [tag, make] of Object.entries(stand)) {
    if (await succeeds('docker', 'image', 'inspect', tag)) continue;
    if (await succeeds('docker', 'pull', '--quiet', tag)) continue;
    const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-image-'));
    try {
      await make(dir, tag);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
}
