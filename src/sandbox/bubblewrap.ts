import type { Jail, Mount } from './jail.ts';
import type { Jailer, JailRun } from './jailed.ts';
import { buildSeccompFilter } from './seccomp.ts';

/** The descriptors that bubblewrap gets: for its own status, the program's result, and the system call filter. */
const STATUS_FD = 3;
const RESULT_FD = 4;
const SECCOMP_FD = 5;

/**
 * A script that runs in the jail: starts the program without the result pipe, then writes the result file to the pipe.
 * If the jail is killed, there is no result.
 */
const RESULT_SCRIPT = `f=$1; shift; "$@" ${RESULT_FD}>&-; s=$?; [ ! -f "$f" ] || cat "$f" >&${RESULT_FD}; exit $s`;

function addResult(program: readonly string[], file: string | null): string[] {
  return file === null ? [...program] : ['/bin/sh', '-c', RESULT_SCRIPT, 'sh', file, ...program];
}

function mountArgs(mount: Mount): string[] {
  switch (mount.kind) {
    case 'read-only':
      return ['--ro-bind', mount.path, mount.path];
    case 'writable':
      return ['--bind', mount.path, mount.path];
    case 'folder':
      return ['--bind', mount.from, mount.to];
    case 'placed':
      return ['--ro-bind', mount.from, mount.to];
    case 'symlink':
      return ['--symlink', mount.target, mount.at];
    case 'tmpfs':
      return ['--size', String(mount.bytes), '--tmpfs', mount.path];
  }
}

/**
 * The options of `bwrap` (0.8 or newer, https://github.com/containers/bubblewrap) for a jail. The program and its
 * arguments follow them. `shmBytes` is the size of /dev/shm. Like the root, the rest of /dev is read-only.
 */
function bubblewrapArgs(jail: Jail, shmBytes: number): string[] {
  const user = ['--uid', String(jail.uid), '--gid', String(jail.gid), '--cap-drop', 'ALL'];
  const descriptors = ['--json-status-fd', String(STATUS_FD), '--seccomp', String(SECCOMP_FD)];
  const shm = ['--size', String(shmBytes), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'];
  return namespaces.concat(
    jail.network ? [] : ['--unshare-net'],
    user,
    ['--hostname', jail.hostname],
    // The program cannot type into our terminal, and is killed when allocgate ends for any reason.
    ['--new-session', '--die-with-parent'],
    descriptors,
    ['--proc', '/proc', '--dev', '/dev'],
    shm,
    jail.mounts.flatMap(mountArgs),
    ['--remount-ro', '/', '--chdir', jail.cwd, '--'],
  );
}

/**
 * New namespaces for the program, in which it cannot create others: most kernel vulnerabilities of namespaces need that.
 */
const namespaces = [
  '--unshare-user',
  '--unshare-ipc',
  '--unshare-pid',
  '--unshare-uts',
  '--unshare-cgroup',
  '--disable-userns',
];

/** Reads the JSON lines of bubblewrap's status descriptor; null: the program was not started, or has not ended. */
function readStatus(text: string): { exitCode: number | null } | null {
  const match = /"exit-code":\s*(\d+)/u.exec(text);
  return match ? { exitCode: Number(match[1]) } : null;
}

/** Creates a jailer that starts programs with `bwrap`, an absolute path. `shmBytes`: the size of /dev/shm. */
export function createBubblewrap(bwrap: string, shmBytes: number, filter = buildSeccompFilter()): Jailer {
  const prepare = ({ jail, program, resultFile }: JailRun) => {
    const command = [bwrap, ...bubblewrapArgs(jail, shmBytes), ...addResult(program, resultFile)];
    return Promise.resolve({ command, remove: async () => {} });
  };
  return { tier: 'bubblewrap', prepare, filter, takesLimits: true, takesScript: true, readStatus };
}
