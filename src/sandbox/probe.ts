import { existsSync } from 'node:fs';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../errors.ts';
import type { BrokenGuarantee, SandboxProblem, Tier } from '../sandbox-facts.ts';
import { createBubblewrap } from './bubblewrap.ts';
import { type CgroupSupport, detectCgroups } from './cgroup.ts';
import { createGvisorJailer } from './gvisor.ts';
import { createJailedSandbox, type JailHost } from './jailed.ts';
import type { ProcessLimits } from './types.ts';
import type { RunUsers } from './users.ts';

export type Probed = { host: JailHost } | { problem: SandboxProblem };

const PROBE_MS = 20_000;

/** The absolute path of a program; null: it is neither on the PATH nor in the system's folders for programs. */
export async function findProgram(name: string): Promise<string | null> {
  const dirs = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  for (const dir of dirs) {
    if (!dir.startsWith('/')) continue;
    const file = path.join(dir, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return null;
}

/** Whether this is a container, according to the files that container runtimes create. */
function isContainer(): boolean {
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return true;
  return ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file));
}

/** The number of threads of all processes of a user, which the kernel compares with `RLIMIT_NPROC`. */
async function countThreads(uid: number): Promise<number> {
  let threads = 0;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/u.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (Number(/^Uid:\s+(\d+)/mu.exec(status)?.[1] ?? -1) !== uid) continue;
    threads += Number(/^Threads:\s+(\d+)/mu.exec(status)?.[1] ?? 0);
  }
  return threads;
}

/** Finds the parts of the machine that every jailer needs. `missing`: a program that is not installed. */
async function findMachine(
  limits: ProcessLimits,
  users: RunUsers | null,
): Promise<Omit<JailHost, 'jailer'> | { missing: string }> {
  const [prlimit, setpriv] = [await findProgram('prlimit'), await findProgram('setpriv')];
  if (prlimit === null) return { missing: 'prlimit' };
  if (users !== null && setpriv === null) return { missing: 'setpriv' };
  const cgroups = await detectCgroups();
  const usedProcesses =
    cgroups.kind === 'none' ? await countThreads(users?.program ?? process.getuid?.() ?? 0) : 0;
  return { cgroups, limits, users, usedProcesses, tools: { prlimit, setpriv: setpriv ?? '' } };
}

/** The script with which a program in the jail checks its environment. */
const PROBE_SCRIPT = `grep -E '^(Seccomp|NoNewPrivs|CapEff|Uid):' /proc/self/status
echo "Interfaces: $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' \\n')"
[ -w / ] && echo 'Writable: /'; exit 0`;

/** The expected output in every jail, and the guarantee that is broken without it. */
const expectedAnywhere: readonly [RegExp, BrokenGuarantee][] = [
  [/^CapEff:\s+0+$/u, 'capabilities'],
  [/^Interfaces: (?:lo)?$/u, 'network'],
];

/** The expected output in bubblewrap's jails, whose programs run on this machine's kernel. */
const expectedInBubblewrap: readonly [RegExp, BrokenGuarantee][] = [
  [/^Seccomp:\s+2$/u, 'no-filter'],
  [/^NoNewPrivs:\s+1$/u, 'new-privileges'],
  [/^Uid:\s+1000\s/u, 'other-user'],
];

function findBroken(tier: Tier, lines: readonly string[]): BrokenGuarantee | null {
  if (lines.includes('Writable: /')) return 'writable-root';
  const expected = [...expectedAnywhere, ...(tier === 'bubblewrap' ? expectedInBubblewrap : [])];
  const broken = expected.find(([pattern]) => !lines.some((line) => pattern.test(line)));
  return broken?.[1] ?? null;
}

/** Runs the probe script in a jail. Returns the host if it is isolated as expected, otherwise the problem. */
async function tryHost(host: JailHost, dir: string, name: string, signal: AbortSignal): Promise<Probed> {
  const lines: string[] = [];
  const inContainer = isContainer();
  const program = host.jailer.tier;
  const sandbox = await createJailedSandbox(host, { dir, name }, signal);
  try {
    const outcome = await sandbox.run({
      file: '/bin/sh',
      args: ['-c', PROBE_SCRIPT],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      view: { readOnly: [], writable: [], scratch: null, network: false },
      timeoutMs: PROBE_MS,
      maxOutputBytes: 1 << 16,
      onStdout: (line) => lines.push(line),
    });
    const ineffective = { kind: 'ineffective', program, inContainer } as const;
    if (outcome.exitCode !== 0) return { problem: { ...ineffective, detail: outcome.tail.join(' ') } };
    const broken = findBroken(program, lines);
    return broken === null ? { host } : { problem: { ...ineffective, detail: '', broken } };
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.code !== 'sandbox-unavailable') throw error;
    const { detail } = error.reason.facts;
    const kind = /permission denied/iu.test(detail) && detail.includes(dir) ? 'closed-folder' : 'blocked';
    return { problem: { kind, program, detail, inContainer } };
  } finally {
    await sandbox.close();
  }
}

/** The folder, name and users that a probe may use, and a callback that records where control groups are created. */
export type ProbePlaces = {
  dir: string;
  name: string;
  users: RunUsers | null;
  noteCgroups: (cgroups: CgroupSupport) => Promise<void>;
};

/** The program that each tier needs. */
const jailers = { bubblewrap: 'bwrap', gvisor: 'runsc' } as const;

/**
 * Tries a sandbox of one tier and returns its parts, or the reason for a failure. `dir` is an empty folder for its
 * files, `name` the run's name.
 */
export async function probeTier(
  tier: Exclude<Tier, 'none'>,
  limits: ProcessLimits,
  { dir, name, users, noteCgroups }: ProbePlaces,
  signal: AbortSignal,
): Promise<Probed> {
  const problem = (kind: SandboxProblem['kind'], program: string, detail = ''): Probed => ({
    problem: { kind, program, detail, inContainer: false },
  });
  // The filter has the numbers of system calls of amd64. Reviews support no other architecture anyway.
  const platform = `${process.platform}/${process.arch}`;
  if (platform !== 'linux/x64') return problem('platform', '', platform);
  const program = await findProgram(jailers[tier]);
  if (program === null) return problem('missing', jailers[tier]);
  const machine = await findMachine(limits, users);
  if ('missing' in machine) return problem('missing', machine.missing);
  await noteCgroups(machine.cgroups);
  if (tier === 'gvisor' && machine.tools.setpriv === '') return problem('missing', 'setpriv');
  const jailer =
    tier === 'bubblewrap'
      ? createBubblewrap(program, limits.tmpfsBytes)
      : createGvisorJailer({ runsc: program, setpriv: machine.tools.setpriv, limits });
  return tryHost({ ...machine, jailer }, dir, name, signal);
}
