import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes, randomInt } from 'node:crypto';
import { testUsers } from '../support/sandboxes.ts';

/** What the attacks look for; the fields that they share with `Info` of the probes' target.go are described there. */
export type Planted = {
  info: Record<string, string | number | readonly string[]>;
  /** A Go distribution without an owner, a module cache, and an open folder for files that outlive a run. */
  goroot: string;
  moduleCache: string;
  shared: string;
  writeOutside: string;
  daemonName: string;
  remove: () => Promise<void>;
};

/** Seconds after which a planted process ends by itself. */
const HOST_PROCESS_SECONDS = 300;
/** Seconds; a daemon that survives must be seen to, so it may not take longer than a patient test. */
export const DAEMON_SECONDS = 1.5;
/** More than each of the limits of `bombs.ts`; their units are explained there. */
const BOMBS = {
  bombMiB: 128,
  bombFileMiB: 256,
  bombForks: 120,
  bombThreads: 250,
  bombFiles: 1000,
  bombEntries: 100_000,
  bombDepth: 40,
};
export const HOG_SECONDS = 3;

export const isRoot = process.getuid?.() === 0;

/** Whatever mode the umask leaves, everybody may write here. */
async function makeOpen(dir: string, files: readonly string[]): Promise<string> {
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o777);
  for (const file of files) {
    await writeFile(path.join(dir, file), 'planted\n');
    await chmod(path.join(dir, file), 0o666);
  }
  return dir;
}

async function listen(
  server: Server,
  where: { port: number; host: string } | { path: string },
): Promise<Server> {
  server.listen(where);
  await once(server, 'listening');
  return server;
}

function portOf(server: { address: () => unknown }): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null || !('port' in address)) throw new Error('no port');
  return Number(address.port);
}

/** A process of the user of the sandbox, with the secret in its environment. */
async function startProcess(env: Record<string, string>, command: string): Promise<ChildProcess> {
  const user = testUsers === null ? {} : { uid: testUsers.program, gid: testUsers.program };
  const child = spawn('/bin/sleep', [command], { cwd: '/', env, stdio: 'ignore', ...user });
  await once(child, 'spawn');
  return child;
}

function otherAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map((one) => one.address);
  // All of 127.0.0.0/8 is the host's: a machine without a network has other addresses too.
  return found.length > 0 ? found : ['127.0.0.3'];
}

/** Whether this machine knows a way to the address of the attack on metadata; connecting like this sends nothing. */
export async function hasRoute(): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve) => {
      socket.once('error', () => resolve(false));
      socket.connect(80, '169.254.169.254', () => resolve(true));
    });
  } finally {
    socket.close();
  }
}

/** Only root can make a program that makes others root. */
async function copySetuid(to: string): Promise<string> {
  if (!isRoot) return '';
  await copyFile('/usr/bin/id', to);
  await chown(to, 0, 0);
  await chmod(to, 0o4755);
  return to;
}

async function plantFiles(dir: string, secret: string) {
  const [secrets, home] = [path.join(dir, 'secrets'), path.join(dir, 'home')];
  await mkdir(secrets);
  await mkdir(home);
  await writeFile(path.join(secrets, 'secret'), secret);
  await writeFile(path.join(home, '.netrc'), `machine example.com login a password ${secret}\n`);
  const markerFile = path.join(tmpdir(), `allocgate-test-marker-${randomBytes(6).toString('hex')}`);
  await writeFile(markerFile, 'planted\n');
  await chmod(markerFile, 0o666);
  const goroot = await makeOpen(path.join(dir, 'goroot'), []);
  await makeOpen(path.join(goroot, 'bin'), []);
  return {
    secretFile: path.join(secrets, 'secret'),
    unixSocket: path.join(secrets, 'socket'),
    home,
    markerFile,
    setuidProgram: await copySetuid(path.join(dir, 'setuid-id')),
    writeOutside: path.join(await makeOpen(path.join(dir, 'outside'), []), 'made'),
    buildCache: await makeOpen(path.join(dir, 'build-cache'), ['entry']),
    baseCache: await makeOpen(path.join(dir, 'base-cache'), ['entry']),
    moduleCache: await makeOpen(path.join(dir, 'module-cache'), ['module.go']),
    shared: await makeOpen(path.join(dir, 'shared'), []),
    goroot,
  };
}

async function plantSockets(unixSocket: string, abstractSocket: string) {
  const accept = (): Server => createServer((socket) => socket.destroy());
  const tcp = await listen(accept(), { port: 0, host: '0.0.0.0' });
  const unix = await listen(accept(), { path: unixSocket });
  await chmod(unixSocket, 0o777);
  const abstract = await listen(accept(), { path: `\0${abstractSocket}` });
  const udp = createSocket('udp4');
  udp.on('message', (message, { port, address }) => udp.send(message, port, address));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  return { hostPort: portOf(tcp), hostUDP: portOf(udp), all: [tcp, unix, abstract, udp] };
}

/** The id of a System V segment that everybody may use. */
function makeSharedMemory(): number {
  const text = execFileSync('ipcmk', ['--shmem', '4096', '--mode', '0666'], { encoding: 'utf8' });
  return Number(/\d+/u.exec(text)?.[0]);
}

/** Plants everything that an attack could reach, in an open folder and on this machine. */
export async function plant(dir: string): Promise<Planted> {
  const [secretName, secretValue] = ['ALLOCGATE_TEST_SECRET', randomBytes(16).toString('hex')];
  const abstractSocket = `allocgate-test-${randomBytes(6).toString('hex')}`;
  const daemonName = `allocgate-test-daemon-${randomBytes(6).toString('hex')}`;
  const hostCommand = `${HOST_PROCESS_SECONDS}.${randomInt(1e6, 1e7)}`;
  const { goroot, shared, ...files } = await plantFiles(dir, secretValue);
  const { all, ...ports } = await plantSockets(files.unixSocket, abstractSocket);
  const host = await startProcess({ [secretName]: secretValue }, hostCommand);
  const sharedMemoryId = makeSharedMemory();
  process.env[secretName] = secretValue;
  return {
    info: {
      ...files,
      ...ports,
      ...BOMBS,
      secretName,
      secretValue,
      abstractSocket,
      sharedMemoryId,
      daemonName,
      hostCommand,
      hostPid: host.pid ?? 0,
      hostAddresses: otherAddresses(),
      daemonSeconds: DAEMON_SECONDS,
      hogSeconds: HOG_SECONDS,
    },
    goroot,
    shared,
    daemonName,
    moduleCache: files.moduleCache,
    writeOutside: files.writeOutside,
    remove: async () => {
      Reflect.deleteProperty(process.env, secretName);
      host.kill();
      for (const socket of all) socket.close();
      execFileSync('ipcrm', ['--shmem-id', String(sharedMemoryId)]);
      await rm(files.markerFile);
    },
  };
}
