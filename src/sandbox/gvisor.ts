import { chown, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Jail, Mount } from './jail.ts';
import type { Jailer, JailRun } from './jailed.ts';
import type { ProcessLimits } from './types.ts';

/** The descriptor of gVisor's own log, which is empty unless gVisor fails. The program does not inherit it. */
const LOG_FD = 3;
/** The descriptor of the pipe for the result file. */
const RESULT_FD = 4;

/**
 * The user of the program inside the jail. Without root, gVisor maps only one user, 0, and refuses to create files for
 * others. Outside, it is the sandbox user. It has no capabilities, neither inside nor outside.
 */
const rootUser = { uid: 0, gid: 0 } as const;

const SPEC_VERSION = '1.0.2';
const capabilitySets = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'];

/**
 * A script that runs in the jail: creates links in file systems that are empty at the start, then becomes the program.
 */
const LINK_SCRIPT = `n=$1; shift
while [ "$n" -gt 0 ]; do ln -s -- "$1" "$2" || exit 125; shift 2; n=$((n - 1)); done
exec "$@"`;

/**
 * A script that runs in the jail: starts the program, then writes the result file to descriptor 0. gVisor passes only
 * descriptors 0 to 2 into the jail, and the program gets another 0. If the jail is killed, there is no result.
 */
const RESULT_SCRIPT = `f=$1; shift; "$@" </dev/null; s=$?; [ ! -f "$f" ] || cat "$f" >&0; exit $s`;

/**
 * The scripts that start gVisor. They pass the result pipe as descriptor 0, if there is one, and close the descriptors
 * that gVisor must not get; 5 is the system call filter, which only bubblewrap needs.
 */
const WITH_RESULT = `exec "$@" 0>&${RESULT_FD} ${RESULT_FD}>&- 5>&-`;
const WITHOUT_RESULT = `exec "$@" ${RESULT_FD}>&- 5>&-`;

type OciMount = { destination: string; type: string; source: string; options: string[] };
/** The part of a runtime's `config.json` that is set here. */
export type OciConfig = {
  ociVersion: string;
  hostname: string;
  root: { path: string; readonly: boolean };
  process: {
    terminal: boolean;
    user: { uid: number; gid: number };
    args: readonly string[];
    cwd: string;
    env: string[];
    capabilities: Record<string, string[]>;
    noNewPrivileges: boolean;
    rlimits: { type: string; hard: number; soft: number }[];
  };
  mounts: OciMount[];
  linux: { namespaces: { type: string }[] };
};
type Link = Extract<Mount, { kind: 'symlink' }>;

/** The programs and limits that gVisor needs; paths are absolute. */
export type GvisorHost = {
  runsc: string;
  setpriv: string;
  limits: ProcessLimits;
};

function bindMount(source: string, destination: string, access: 'ro' | 'rw'): OciMount {
  return { destination, type: 'bind', source, options: ['rbind', access, 'nosuid', 'nodev'] };
}

function tmpfsMount(destination: string, bytes: number): OciMount {
  const options = ['nosuid', 'nodev', 'mode=1777', `size=${bytes}`];
  return { destination, type: 'tmpfs', source: 'tmpfs', options };
}

/** Links are not mounts: `prepareRoot` creates them, or a script before the program starts. */
function convertMount(mount: Mount): OciMount[] {
  switch (mount.kind) {
    case 'read-only':
      return [bindMount(mount.path, mount.path, 'ro')];
    case 'writable':
      return [bindMount(mount.path, mount.path, 'rw')];
    case 'folder':
      return [bindMount(mount.from, mount.to, 'rw')];
    case 'placed':
      return [bindMount(mount.from, mount.to, 'ro')];
    case 'tmpfs':
      return [tmpfsMount(mount.path, mount.bytes)];
    case 'symlink':
      return [];
  }
}

function baseMounts(shmBytes: number): OciMount[] {
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    // This is not read-only, because gVisor would then refuse to open /dev/null for writing. Files here count as memory
    // of the program.
    { destination: '/dev', type: 'devtmpfs', source: 'devtmpfs', options: ['nosuid'] },
    tmpfsMount('/dev/shm', shmBytes),
  ];
}

function isBelow(file: string, dir: string): boolean {
  return file.startsWith(`${dir}/`);
}

/** Separates links that can be created in the root folder from those in a file system that is empty at the start. */
function sortLinks({ mounts }: Jail): { fixed: Link[]; late: Link[] } {
  const links = mounts.filter((mount) => mount.kind === 'symlink');
  const empty = mounts.filter((mount) => mount.kind === 'tmpfs');
  const isLate = (link: Link): boolean => empty.some(({ path }) => isBelow(link.at, path));
  return { fixed: links.filter((link) => !isLate(link)), late: links.filter(isLate) };
}

function addLinks(program: readonly string[], links: readonly Link[]): readonly string[] {
  if (links.length === 0) return program;
  const pairs = links.flatMap(({ target, at }) => [target, at]);
  return ['/bin/sh', '-c', LINK_SCRIPT, 'sh', String(links.length), ...pairs, ...program];
}

function addResult(program: readonly string[], file: string | null): readonly string[] {
  return file === null ? program : ['/bin/sh', '-c', RESULT_SCRIPT, 'sh', file, ...program];
}

/**
 * The `config.json` (https://github.com/opencontainers/runtime-spec, 1.0.2) of a jail with one program. gVisor applies
 * the limits to the program. Limits that are set outside would also count gVisor's own files and memory.
 */
export function ociConfig(
  jail: Jail,
  program: readonly string[],
  limits: Pick<ProcessLimits, 'processes' | 'openFiles' | 'fileBytes' | 'tmpfsBytes'>,
): OciConfig {
  const rlimit = (type: string, value: number) => ({ type, hard: value, soft: value });
  const namespaces = ['pid', 'ipc', 'uts', 'mount', ...(jail.network ? [] : ['network'])];
  return {
    ociVersion: SPEC_VERSION,
    hostname: jail.hostname,
    root: { path: 'rootfs', readonly: true },
    process: {
      terminal: false,
      user: rootUser,
      args: addLinks(program, sortLinks(jail).late),
      cwd: jail.cwd,
      env: Object.entries(jail.env).map(([name, value]) => `${name}=${value}`),
      capabilities: Object.fromEntries(capabilitySets.map((set): [string, string[]] => [set, []])),
      noNewPrivileges: true,
      rlimits: [
        rlimit('RLIMIT_CORE', 0),
        rlimit('RLIMIT_NOFILE', limits.openFiles),
        rlimit('RLIMIT_FSIZE', limits.fileBytes),
        // gVisor counts this inside, where all processes belong to this program. A limit on memory would only count
        // brk, which Go does not use.
        rlimit('RLIMIT_NPROC', limits.processes),
      ],
    },
    mounts: [...baseMounts(limits.tmpfsBytes), ...jail.mounts.flatMap(convertMount)],
    linux: { namespaces: namespaces.map((type) => ({ type })) },
  };
}

async function makeMountPoint(root: string, mount: OciMount): Promise<void> {
  const at = path.join(root, mount.destination);
  const isFile = mount.type === 'bind' && !(await stat(mount.source)).isDirectory();
  await mkdir(isFile ? path.dirname(at) : at, { recursive: true });
  if (isFile) await writeFile(at, '', { flag: 'a' });
}

/**
 * Creates an empty folder or file for each mount point, and the links of the root. Otherwise gVisor would try to create
 * them as the sandbox user, who may not write here. Links come last, so that nothing is created through them.
 */
async function prepareRoot(root: string, jail: Jail, shmBytes: number): Promise<void> {
  const mounts = [...baseMounts(shmBytes), ...jail.mounts.flatMap(convertMount)];
  for (const mount of mounts) await makeMountPoint(root, mount);
  for (const { target, at } of sortLinks(jail).fixed) {
    await mkdir(path.join(root, path.dirname(at)), { recursive: true });
    await symlink(target, path.join(root, at));
  }
}

/**
 * The arguments of `runsc`. `state`: the folder for its state, a separate one for each run, so that it can be removed.
 */
function runscArgs({ jail, name }: JailRun, bundle: string, state: string): string[] {
  return [
    // This also works if allocgate runs as root, because the process has become another user before.
    '--rootless',
    `--root=${state}`,
    `--network=${jail.network ? 'host' : 'none'}`,
    // The process is already in the control group that we created.
    '--ignore-cgroups',
    // Newer releases would otherwise store changes to the root in a file there.
    '--overlay2=none',
    `--log-fd=${LOG_FD}`,
    '--log-format=json',
    'run',
    `--bundle=${bundle}`,
    name,
  ];
}

/**
 * Creates a jailer that starts programs with gVisor (`runsc`, https://gvisor.dev). The command line of `prepare` needs a
 * pipe for the log on descriptor 3 and, with `resultFile`, another one on 4. `prepare` rejects with the file system's
 * error, for example if the source of a mount is missing or the disk is full.
 */
export function createGvisorJailer({ runsc, setpriv, limits }: GvisorHost): Jailer {
  const prepare: Jailer['prepare'] = async (run) => {
    const bundle = path.join(run.dir, run.name);
    const state = path.join(bundle, 'state');
    await mkdir(state, { recursive: true });
    if (run.uid !== null) await chown(state, run.uid, run.uid);
    await prepareRoot(path.join(bundle, 'rootfs'), run.jail, limits.tmpfsBytes);
    const config = ociConfig(run.jail, addResult(run.program, run.resultFile), limits);
    await writeFile(path.join(bundle, 'config.json'), JSON.stringify(config));
    const script = run.resultFile === null ? WITHOUT_RESULT : WITH_RESULT;
    // setpriv has the kernel kill gVisor's first process when ours ends for any reason. The others end with the first.
    const outer = [setpriv, '--pdeathsig', 'KILL', '--', '/bin/sh', '-c', script, 'sh'];
    return {
      command: [...outer, runsc, ...runscArgs(run, bundle, state)],
      remove: () => rm(bundle, { recursive: true, force: true }),
    };
  };
  return {
    tier: 'gvisor',
    prepare,
    filter: null,
    takesLimits: false,
    takesScript: false,
    readStatus: readGvisorStatus,
  };
}

/**
 * The log messages of a program that was not started. gVisor logs the second one if it may not create a user namespace,
 * as in a container, and the third one if it may not enter the folder.
 */
const NEVER_STARTED =
  /"msg":"(?:running container: (?:creating|starting) container|Error executing inside namespace|reading spec)/u;

/**
 * Reads gVisor's log and exit status; null: the program was not started. Like shells, gVisor exits with 128 plus the
 * number of the signal that ended the program. 128 alone is also its own failure, which it logs.
 */
function readGvisorStatus(log: string, exitCode: number | null): { exitCode: number | null } | null {
  return NEVER_STARTED.test(log) ? null : { exitCode };
}
