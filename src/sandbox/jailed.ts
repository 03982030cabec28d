import { chown, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { Failure } from '../errors.ts';
import type { Tier } from '../sandbox-facts.ts';
import type { CgroupSupport } from './cgroup.ts';
import { createCgroupPool, type Lease } from './cgroup-pool.ts';
import { watchDisk } from './disk.ts';
import {
  buildJail,
  CERTIFICATES,
  etcFiles,
  insideJail,
  type Jail,
  type Mount,
  networkMounts,
  rootMounts,
} from './jail.ts';
import { startProcess } from './launcher.ts';
import { type Ended, superviseProcess } from './process.ts';
import { createSpares } from './spares.ts';
import { createLifetime } from './lifetime.ts';
import type { Command, Launch, Outcome, ProcessLimits, Sandbox, Started } from './types.ts';
import type { RunUsers } from './users.ts';

/** One program to be started in a jail. */
export type JailRun = {
  jail: Jail;
  program: readonly string[];
  /** The file in the jail that is written to descriptor 4 when the program has ended normally. */
  resultFile: string | null;
  /** A folder for the jailer's files. The sandbox user may enter the subfolders that it is given. */
  dir: string;
  /** Unique in `dir`: letters, digits and hyphens. */
  name: string;
  /** The user that runs the jailer; null: the caller's own. */
  uid: number | null;
};

/** A program that starts others in a jail: bubblewrap or gVisor. It runs as the sandbox user. */
export type Jailer = {
  tier: Exclude<Tier, 'none'>;
  /** Returns the complete command line, and a function that removes its files when all of its processes have ended. */
  prepare: (run: JailRun) => Promise<{ command: readonly string[]; remove: () => Promise<void> }>;
  /** The system call filter on descriptor 5; null: the jailer needs none. */
  filter: Buffer | null;
  /** Whether the program inherits per-process limits from the jailer. Otherwise the jailer sets them itself, inside. */
  takesLimits: boolean;
  /**
   * Whether the program inherits the jailer's standard input, so that a waiting shell can be given its command later.
   */
  takesScript: boolean;
  /** Reads how the program ended from descriptor 3 and the exit status; null: the program was not started. */
  readStatus: (text: string, exitCode: number | null) => { exitCode: number | null } | null;
};

/** The parts of this machine from which jails are made. `probeTier` finds them. */
export type JailHost = {
  jailer: Jailer;
  cgroups: CgroupSupport;
  limits: ProcessLimits;
  /** The users that programs become, if we are root; null: programs run as our user. */
  users: RunUsers | null;
  /** The existing processes and threads of this user, which `RLIMIT_NPROC` counts too. */
  usedProcesses: number;
  /** The absolute paths of the tools of util-linux that start the jailer. */
  tools: { prlimit: string; setpriv: string };
};

/**
 * A script that opens the filter on descriptor 5, enters the control groups, and becomes the jailer, so that nothing
 * runs outside the groups. Its arguments: the filter's file, the number of groups, their `cgroup.procs`, the command
 * line.
 */
const ENTER_SCRIPT = `exec 5<"$1"; n=$2; shift 2
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n - 1)); done
exec "$@"`;

/** The command that sets the per-process limits, which also work if no control group can be created. */
function rlimitArgs(host: JailHost): string[] {
  const { limits, cgroups, usedProcesses, tools, jailer } = host;
  if (!jailer.takesLimits) return [];
  return [
    tools.prlimit,
    '--core=0',
    `--nofile=${limits.openFiles}`,
    `--fsize=${limits.fileBytes}`,
    `--data=${limits.memoryBytes}`,
    ...(cgroups.kind === 'none' ? [`--nproc=${usedProcesses + limits.processes}`] : []),
    '--',
  ];
}

/** The user for a program. Programs with a network are downloads, and get a user who runs no reviewed code. */
function userOf({ view }: Pick<Command, 'view'>, users: RunUsers | null): number | null {
  if (users === null) return null;
  return view.network ? users.fetch : users.program;
}

/**
 * The command that changes the user, if allocgate runs as root. The `--uid` of the jailer is not enough, because it
 * leaves root's files readable. The user is in the groups of the run's folder and of the shared folders, which other
 * users may not enter.
 */
function userArgs(uid: number | null, { users, tools }: JailHost): string[] {
  if (uid === null || users === null) return [];
  const groups = `--groups=${users.program},${users.fetch}`;
  return [tools.setpriv, `--reuid=${uid}`, `--regid=${uid}`, groups, '--'];
}

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** Separates exit codes from signals: like shells, the jailer exits with 128 plus the number of the signal. */
function splitExit(code: number | null): Pick<Outcome, 'exitCode' | 'signal'> {
  const signal = code !== null && code > 128 ? signalNames.get(code - 128) : undefined;
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal };
}

/**
 * Decides how the program ended, from the jailer's status and the events of the control group. Throws
 * `sandbox-unavailable` if the program was not started.
 */
async function judge(command: Command, jailer: Jailer, ended: Ended, cgroup: Lease): Promise<Outcome> {
  const { pipes, ...outcome } = ended;
  const [statusText, result = null] = pipes;
  const { oomKills, processLimitHits } = await cgroup.readEvents();
  const ranOut = oomKills > 0;
  const status = jailer.readStatus(String(statusText), outcome.exitCode);
  if (status === null && outcome.ended === 'exited' && !ranOut) {
    const detail = outcome.tail.slice(-3).join(' ');
    const kind = /permission denied/iu.test(detail) ? 'closed-folder' : 'blocked';
    throw new Failure('sandbox-unavailable', { kind, program: command.file, detail, inContainer: false });
  }
  return {
    ...outcome,
    ...(outcome.ended === 'exited' && ranOut && { ended: 'memory-limit' as const }),
    ...(status === null ? {} : splitExit(status.exitCode)),
    wasOutOfProcesses: processLimitHits > 0,
    result: command.resultFile && result !== null && result.length > 0 ? result : null,
  };
}

type Root = { root: readonly Mount[]; network: readonly Mount[]; filterFile: string };

/** Writes the files that all jails share into `dir`. */
async function prepareRoot(dir: string, filter: Buffer | null): Promise<Root> {
  const etc = path.join(dir, 'etc');
  const online = path.join(dir, 'etc-network');
  await mkdir(etc, { recursive: true });
  await mkdir(path.join(online, path.dirname(CERTIFICATES)), { recursive: true });
  for (const [name, text] of Object.entries(etcFiles)) await writeFile(path.join(etc, name), text);
  const certificates = [process.env['SSL_CERT_FILE'], ...certificateFiles].filter(
    (file) => file !== undefined,
  );
  await copyFirst(certificates, path.join(online, CERTIFICATES));
  await copyFirst(['/etc/hosts'], path.join(online, 'hosts'));
  await copyFirst(['/etc/resolv.conf'], path.join(online, 'resolv.conf'));
  const filterFile = path.join(dir, 'seccomp.bpf');
  await writeFile(filterFile, filter ?? '');
  return { root: rootMounts(etc), network: networkMounts(online), filterFile };
}

/** The paths of the certificates in Linux distributions (crypto/x509/root_linux.go). */
const certificateFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Copies the first readable file; creates an empty one if there is none. */
async function copyFirst(files: readonly string[], to: string): Promise<void> {
  for (const file of files) {
    const copied = await copyFile(file, to).then(
      () => true,
      () => false,
    );
    if (copied) return;
  }
  await writeFile(to, '');
}

/**
 * Creates a sandbox that runs each program in its own jail: with the mounts, namespaces and system calls that
 * `buildJail` and the jailer allow, within the limits of `host`, and as another user if allocgate runs as root. `dir`:
 * an empty folder for the sandbox's files, which programs can read. `name`: the prefix of the names of control groups.
 */
export async function createJailedSandbox(
  host: JailHost,
  { dir, name }: { dir: string; name: string },
  signal: AbortSignal,
): Promise<Sandbox> {
  const { jailer, cgroups, limits, users } = host;
  const { root, network, filterFile } = await prepareRoot(dir, jailer.filter);
  const pool = createCgroupPool(cgroups, name, limits);
  let runs = 0;
  const start = async (command: Command, program: readonly string[], stop: AbortSignal): Promise<Jailed> => {
    runs += 1;
    const run = `${name}-${runs}`;
    const jail = await buildJail(command, { root, network }, limits);
    const resultFile = command.resultFile?.path ?? null;
    const uid = userOf(command, users);
    const prepared = await jailer.prepare({ jail, program, resultFile, dir, name: run, uid });
    const cgroup = await pool.acquire();
    const { procsFiles } = cgroup;
    const enter = ['-c', ENTER_SCRIPT, 'sh', filterFile, String(procsFiles.length), ...procsFiles];
    const launch: Launch = {
      file: '/bin/sh',
      args: [...enter, ...rlimitArgs(host), ...userArgs(uid, host), ...prepared.command],
      cwd: '/',
      env: command.env,
      pipes: command.resultFile ? [STATUS_BYTES, command.resultFile.maxBytes] : [STATUS_BYTES],
      ...(program === shellCommand && { stdin: 'pipe' }),
    };
    const child = startProcess(launch, stop);
    const remove = async (): Promise<void> => {
      await cgroup.release();
      await prepared.remove();
    };
    return { child, cgroup, remove };
  };
  const discard = async ({ child, remove }: Jailed): Promise<void> => {
    child.kill();
    await child.ended;
    await remove();
  };
  const spares = createSpares((command) => start(command, shellCommand, signal), discard);
  const runOne = async (command: Command, stop: AbortSignal): Promise<Outcome> => {
    const program = [command.file, ...command.args];
    const spare = await spares.take(command);
    const jailed = spare ?? (await start(command, program, stop));
    if (spare) spare.child.write(`exec ${program.map(quote).join(' ')} </dev/null\n`);
    if (jailer.takesScript) spares.prepare(command);
    const kill = (): void => jailed.child.kill();
    stop.addEventListener('abort', kill);
    if (stop.aborted) kill();
    try {
      const ended = await superviseProcess(jailed.child, command, stop, (end) => watchDisk(command, end));
      return await judge(command, jailer, ended, jailed.cgroup);
    } finally {
      stop.removeEventListener('abort', kill);
      await jailed.remove();
    }
  };
  const session = createLifetime(signal, runOne);
  return {
    ...session,
    close: async () => {
      await session.close();
      await spares.close();
      await pool.close();
    },
    facts: {
      tier: jailer.tier,
      accounting: cgroups.kind === 'none' ? 'rlimits' : `cgroup-${cgroups.kind}`,
      uid: users?.program ?? null,
    },
    users,
    home: insideJail.home,
    temp: insideJail.temp,
    makeWritable: async (folder, forWhom = 'program') => {
      await mkdir(folder, { recursive: true });
      if (users !== null) await chown(folder, users[forWhom], users[forWhom]);
    },
  };
}

const STATUS_BYTES = 64 * 1024;

/** The program that waits in a spare jail, and then becomes the given command. */
const shellCommand: readonly string[] = ['/bin/sh'];

/** Quotes a word for a shell script, so that no character has a special meaning. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A running program in a jail, and the function to call when it has ended. */
type Jailed = { child: Started; cgroup: Lease; remove: () => Promise<void> };
