import { readdir } from 'node:fs/promises';
import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Command, ProcessLimits } from './types.ts';

export type Mount =
  /** The host's path, at the same place. */
  | { kind: 'read-only' | 'writable'; path: string }
  /** A writable folder of ours at another place. */
  | { kind: 'folder'; from: string; to: string }
  /** A read-only file of ours at another place. */
  | { kind: 'file'; from: string; to: string }
  | { kind: 'symlink'; target: string; at: string }
  | { kind: 'tmpfs'; path: string; bytes: number };

/** All that a program finds: every tier that has a file system of its own builds it from this. */
export type Jail = {
  /** In order; later ones lie on earlier ones. */
  mounts: readonly Mount[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** IDs inside; neither has a capability. */
  uid: number;
  gid: number;
  network: boolean;
  hostname: string;
};

/** The only user that a sandbox knows. */
export const INSIDE = { uid: 1000, gid: 1000, name: 'sandbox', home: '/home/sandbox', temp: '/tmp' } as const;

/**
 * What the go command, gcc and programs linked with libc need of the host, and no more: no /usr/local, /opt, /srv, /var
 * or /home. Debian and Fedora have links at the top (merged /usr), Alpine has folders.
 */
const TOP_LEVEL = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const USR = ['bin', 'lib', 'lib32', 'lib64', 'libexec', 'include', 'share/zoneinfo'].map(
  (dir) => `/usr/${dir}`,
);
const ETC = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ld-musl-x86_64.path',
];
/** In a writable folder over a tree each entry is a mount of its own: more than this many are left read-only. */
const MAX_SCRATCH_ENTRIES = 400;

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function mountTopLevel(at: string): Mount[] {
  const entry = lstatSync(at, { throwIfNoEntry: false });
  if (!entry) return [];
  if (entry.isSymbolicLink()) return [{ kind: 'symlink', target: readlinkSync(at), at }];
  return [{ kind: 'read-only', path: at }];
}

/** The parts of this host that every jail has. `etc` is a folder with the files of `etcFiles`. */
export function rootMounts(etc: string): Mount[] {
  const shared = [...USR, ...ETC].filter(isThere).map((dir): Mount => ({ kind: 'read-only', path: dir }));
  return [...shared, ...TOP_LEVEL.flatMap(mountTopLevel), ...mountFiles(etc, Object.keys(etcFiles))];
}

/** What a program with a network needs beyond that. `etc` is a folder with copies of these files of the host. */
export function networkMounts(etc: string): Mount[] {
  return mountFiles(etc, ['resolv.conf', 'hosts', CERTIFICATES]);
}

function mountFiles(etc: string, names: readonly string[]): Mount[] {
  return names.map((name) => ({ kind: 'file', from: path.join(etc, name), to: `/etc/${name}` }));
}

/** Where Go looks first (crypto/x509/root_linux.go). */
export const CERTIFICATES = 'ssl/certs/ca-certificates.crt';

/** Files of /etc that name nobody and nothing of the host. */
export const etcFiles: Readonly<Record<string, string>> = {
  passwd: `${INSIDE.name}:x:${INSIDE.uid}:${INSIDE.gid}::${INSIDE.home}:/bin/sh\n`,
  group: `${INSIDE.name}:x:${INSIDE.gid}:\n`,
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** What the scratch folder shows: an empty file system, and in it the entries of the folder below, read-only. */
async function mountScratch(dir: string, bytes: number): Promise<Mount[]> {
  const names = await readdir(dir);
  if (names.length > MAX_SCRATCH_ENTRIES) return [];
  const entries = names.map((name): Mount => {
    const at = path.join(dir, name);
    // A link's target is not ours to follow: a mount of it would be one of what it leads to.
    return lstatSync(at).isSymbolicLink()
      ? { kind: 'symlink', target: readlinkSync(at), at }
      : { kind: 'read-only', path: at };
  });
  return [{ kind: 'tmpfs', path: dir, bytes }, ...entries];
}

/** Everything that one command may see. `root` comes from `rootMounts`, `network` from `networkMounts`. */
export async function buildJail(
  { view, cwd, env }: Pick<Command, 'view' | 'cwd' | 'env'>,
  { root, network }: { root: readonly Mount[]; network: readonly Mount[] },
  limits: ProcessLimits,
): Promise<Jail> {
  const tmpfs = (at: string): Mount => ({ kind: 'tmpfs', path: at, bytes: limits.tmpfsBytes });
  return {
    mounts: [
      ...root,
      ...(view.network ? network : []),
      tmpfs(INSIDE.temp),
      tmpfs(INSIDE.home),
      ...view.readOnly.map((dir): Mount => ({ kind: 'read-only', path: dir })),
      ...(view.scratch === null ? [] : await mountScratch(view.scratch, limits.tmpfsBytes)),
      ...view.writable.map((dir): Mount => ({ kind: 'writable', path: dir })),
      ...Object.entries(view.moved ?? {}).map(([to, from]): Mount => ({ kind: 'folder', from, to })),
    ],
    cwd,
    env,
    uid: INSIDE.uid,
    gid: INSIDE.gid,
    network: view.network,
    hostname: 'sandbox',
  };
}
