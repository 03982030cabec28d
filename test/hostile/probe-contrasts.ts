import { hasRoute } from './planted.ts';
import * as weak from './weaken.ts';

/** How an attack was seen to succeed after its measure was removed. */
export type Contrast = {
  /** All measures that stop it, if there are several: each alone is enough. */
  heldBy?: readonly string[];
  change: weak.Weakening;
  /** In words, after "with". */
  how: string;
  /** What it then reports to have reached. */
  sees: string;
  /** Only root can take this away. */
  rootOnly?: true;
  /** Whether a program without any sandbox could do it here. */
  isPossible?: () => Promise<boolean>;
};

/** There is nothing to be seen on the machine that this was written on; another one may well let the attack in. */
export type NoContrast = { none: string };

const calls = (names: string, sees: string): Contrast => ({
  change: weak.withCalls(...names.split(' ')),
  how: `the seccomp filter letting ${names.replaceAll(' ', ', ')} through`,
  sees,
});

const namespaceCalls = 'clone unshare mount umount2 chroot';
const namespaces = (sees: string): Contrast => ({
  heldBy: ['seccomp', 'no namespaces inside (--disable-userns)'],
  change: weak.all(weak.withNewNamespaces, weak.withCalls(...namespaceCalls.split(' '))),
  how: `${namespaceCalls.replaceAll(' ', ', ')} let through and user namespaces allowed`,
  sees,
});

const network = (sees: string): Contrast => ({
  change: weak.withNetwork,
  how: 'the network of the host (no --unshare-net)',
  sees,
});

const files = (sees: string): Contrast => ({
  change: weak.withFiles,
  how: 'the files of the host (--bind / /)',
  sees,
});

const root = (sees: string, heldBy: readonly string[]): Contrast => ({
  heldBy,
  change: weak.all(weak.asRoot, weak.withDevices),
  how: "root's user ID and capabilities, and the host's /dev and /proc",
  sees,
  rootOnly: true,
});

const nothing = (sees: string, heldBy: readonly string[]): Contrast => ({
  heldBy,
  change: weak.withoutJail,
  how: 'the dropped user ID and the limits alone, without a jail',
  sees,
});

/** Attacks that are over at once; those that take their time, or need more to be seen, have tests of their own. */
export const contrasts: Readonly<Record<string, Contrast | NoContrast>> = {
  bpf: calls('bpf', 'bpf reached the kernel'),
  'cgroup-escape': namespaces('mounted the control groups'),
  chroot: namespaces('chroot works'),
  'device-nodes': root('opened /dev/', ['mount namespace (a /dev of its own)', 'user id', 'no capabilities']),
  'foreign-abi': calls('foreign-abi', 'a system call of'),
  'host-memory': nothing('opened /proc/', ['pid namespace', 'user namespace', 'user id']),
  'host-processes': {
    change: weak.withProcesses,
    how: 'the processes of the host (no --unshare-pid)',
    sees: 'can be seen',
  },
  'host-shared-memory': {
    change: weak.withIpc,
    how: 'the System V IPC of the host (no --unshare-ipc)',
    sees: 'of the host exists',
  },
  'io-uring': calls('io_uring_setup io_uring_enter', 'io_uring_'),
  'kernel-log': root('kmsg', ['no capabilities', 'seccomp', 'user id']),
  'kernel-module': {
    none: 'no contrast: the kernel here has no modules, so root without a filter is refused too',
  },
  keyctl: calls('keyctl add_key request_key', 'keyctl of the session works'),
  mount: namespaces('mounted in a user namespace'),
  'namespace-join': nothing('/ns/', ['pid namespace', 'user namespace']),
  'network-abstract-socket': network('connected to @'),
  'network-dns': network('answered'),
  'network-families': {
    none: 'no contrast: with socket let through, the kernel here has none of these families to give',
  },
  'network-host-address': network('connected to'),
  'network-metadata': { ...network('there is a route to'), isPossible: hasRoute },
  'network-netlink': calls('socket', 'a socket of NETLINK_'),
  'network-raw': {
    heldBy: ['seccomp', 'no capabilities', 'user namespace'],
    change: weak.all(weak.asRoot, weak.withCalls('socket')),
    how: "socket let through and root's capabilities",
    sees: 'a socket of',
    rootOnly: true,
  },
  'network-tcp-ip': network('connected to 127.0.0.1'),
  'network-unix-socket': files('connected to'),
  'network-vsock': calls('socket', 'a socket of AF_VSOCK'),
  'no-new-privileges': nothing('setuid programs take effect', ['no new privileges']),
  'open-by-handle': calls('open_by_handle_at name_to_handle_at', 'open_by_handle_at'),
  'perf-event': calls('perf_event_open', 'perf_event_open'),
  personality: calls('personality', 'personality works'),
  'poison-build-cache': files('changed'),
  'poison-module-cache': {
    change: weak.withWritableMounts,
    how: 'what is read-only mounted to be written',
    sees: 'module-cache',
  },
  'proc-sysrq': { none: 'no contrast: the kernel here has no such file, for root either' },
  'process-vm': calls('process_vm_readv', 'process_vm_readv of a child'),
  ptrace: calls('ptrace', 'ptrace of a child works'),
  'secret-file': files('read'),
  'secret-home': files('.netrc'),
  setuid: { ...nothing('runs as root', ['mount namespace', 'no new privileges', 'user id']), rootOnly: true },
  'sysfs-write': root('for writing', ['user id', 'mount namespace (read-only /proc/sys, no /sys)']),
  tiocsti: calls('ioctl', 'TIOCSTI reached the kernel'),
  'toolchain-planting': {
    change: weak.withWritableMounts,
    how: 'what is read-only mounted to be written',
    sees: 'made a file in',
  },
  'user-namespace': namespaces('a process in a user namespace'),
  userfaultfd: calls('userfaultfd', 'userfaultfd works'),
  'write-root': {
    change: weak.withWritableRoot,
    how: 'a root that can be written (no --remount-ro /)',
    sees: 'made a file in /',
  },
  'write-shared': files('opened'),
};
