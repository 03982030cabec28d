import { type Jail, insideJail } from '../../src/sandbox/jail.ts';
import type { JailHost } from '../../src/sandbox/jailed.ts';
import { buildSeccompFilter } from '../../src/sandbox/seccomp.ts';

/** Takes one measure away from a sandbox, so that a test can see what it is good for. */
export type Weakening = (host: JailHost) => JailHost;

/** Takes several away, in order. */
export const all =
  (...changes: readonly Weakening[]): Weakening =>
  (host) =>
    changes.reduce((changed, change) => change(changed), host);

function editCommand(edit: (command: readonly string[]) => string[]): Weakening {
  return (host) => {
    const { prepare } = host.jailer;
    const edited: typeof prepare = async (run) => {
      const prepared = await prepare(run);
      return { ...prepared, command: edit(prepared.command) };
    };
    return { ...host, jailer: { ...host.jailer, prepare: edited } };
  };
}

function editJail(edit: (jail: Jail) => Jail): Weakening {
  return (host) => {
    const { prepare } = host.jailer;
    return {
      ...host,
      jailer: { ...host.jailer, prepare: (run) => prepare({ ...run, jail: edit(run.jail) }) },
    };
  };
}

/** Replaces options that must exist: otherwise nothing would be removed. */
function replace(from: readonly string[], to: readonly string[] = []): Weakening {
  return editCommand((command) => {
    const at = command.findIndex((_, index) => from.every((word, more) => command[index + more] === word));
    if (at < 0) throw new Error(`bubblewrap is not given ${from.join(' ')}`);
    return command.toSpliced(at, from.length, ...to);
  });
}

/** Lets system calls through, whatever their arguments. */
export function withCalls(...names: readonly string[]): Weakening {
  return (host) => ({
    ...host,
    jailer: { ...host.jailer, filter: buildSeccompFilter({ without: names }) },
  });
}

export const withNetwork = replace(['--unshare-net']);
export const withIpc = replace(['--unshare-ipc']);
export const withNewNamespaces = replace(['--disable-userns']);
export const withWritableRoot = replace(['--remount-ro', '/', '--chdir'], ['--chdir']);
export const withCapability = (name: string): Weakening =>
  replace(['--cap-drop', 'ALL'], ['--cap-drop', 'ALL', '--cap-add', name]);

/** Without its own namespace a sandbox cannot mount its own /proc either. */
export const withProcesses = all(
  replace(['--unshare-pid']),
  replace(['--proc', '/proc'], ['--ro-bind', '/proc', '/proc']),
);

/** The host's files, as the sandbox's user may use them. */
export const withFiles = all(
  editJail((jail) => ({ ...jail, mounts: [] })),
  replace(['--proc', '/proc'], ['--bind', '/', '/', '--proc', '/proc']),
  withWritableRoot,
);

/** Makes read-only files writable, as far as their modes allow it. */
export const withWritableMounts = editJail((jail) => ({
  ...jail,
  mounts: jail.mounts.map((mount) => {
    if (mount.kind === 'read-only') return { ...mount, kind: 'writable' };
    return mount.kind === 'placed' ? { ...mount, kind: 'folder' } : mount;
  }),
}));

/** Temporary files of one run are there for the next. */
export const withTemporaryFiles =
  (dir: string): Weakening =>
  (host) =>
    replace(
      ['--size', String(host.limits.tmpfsBytes), '--tmpfs', insideJail.temp],
      ['--bind', dir, insideJail.temp],
    )(host);

/** The program is handed an open file of ours, as descriptor 6. */
export const withDescriptor = (file: string): Weakening =>
  editCommand((command) => ['/bin/sh', '-c', 'exec 6<"$0"; exec "$@"', file, ...command]);

/** The pipe for a program's result is not closed before the program starts. */
export const withResultPipe = editCommand((command) => {
  const kept = command.map((word) => word.replace('"$@" 4>&-', '"$@"'));
  if (kept.join(' ') === command.join(' ')) throw new Error('nobody closes the pipe');
  return kept;
});

/** Control groups count the use of all processes of a run, and kill the remaining ones. */
export const withoutCgroups: Weakening = (host) => ({
  ...host,
  cgroups: { kind: 'none', reason: 'taken away' },
});

/** Real root with all capabilities, in the other namespaces. Only root can try. */
export const asRoot = all(
  replace(['--unshare-user']),
  replace(['--disable-userns']),
  replace(
    ['--uid', String(insideJail.uid), '--gid', String(insideJail.gid), '--cap-drop', 'ALL'],
    ['--cap-add', 'ALL'],
  ),
  (host) => ({ ...host, users: null }),
);

/** Root's own /proc and /dev. */
export const withDevices = all(
  withFiles,
  replace(['--bind', '/', '/'], ['--dev-bind', '/', '/']),
  replace(['--dev', '/dev']),
  replace(['--proc', '/proc']),
  editCommand((command) => {
    const at = command.indexOf('--size');
    return command.toSpliced(at, '--size N --tmpfs /dev/shm --remount-ro /dev'.split(' ').length);
  }),
);

const DIRECT_SCRIPT = 'cd "$1" && shift && exec "$@" 3>&- 4>&- 5>&-';

/** No jail at all: the sandbox's user and the limits are left. */
export const withoutJail: Weakening = (host) => ({
  ...host,
  jailer: {
    ...host.jailer,
    prepare: ({ jail, program }) =>
      Promise.resolve({
        command: ['/bin/sh', '-c', DIRECT_SCRIPT, 'sh', jail.cwd, ...program],
        remove: async () => {},
      }),
    readStatus: (_, exitCode) => ({ exitCode }),
  },
});
