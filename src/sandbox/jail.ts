import { readdir } from 'node:fs/promises';
import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Command, ProcessLimits, View } from './types.ts';

export type Mount =
  /** A path of the host, at the same path. */
  | { kind: 'read-only' | 'writable'; path: string }
  /** A writable folder of allocgate, at another path. */
  | { kind: 'folder'; from: string; to: string }
  /** A read-only file or folder of allocgate, at another path. */
  | { kind: 'placed'; from: string; to: string }
  | { kind: 'symlink'; target: string; at: string }
  | { kind: 'tmpfs'; path: string; bytes: number };

/** Everything that a program can see, in a form that bubblewrap and gVisor share. */
export type Jail = {
  /** The mounts in order. Later ones cover earlier ones. */
  mounts: readonly Mount[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** The user and group inside, without capabilities. gVisor uses others: see gvisor.ts. */
  uid: number;
  gid: number;
  network: boolean;
  hostname: string;
};

/** The only user that exists in a jail, with the paths of HOME and TMPDIR. */
export const insideJail = {
  uid: 1000,
  gid: 1000,
  name: 'sandbox',
  home: '/home/sandbox',
  temp: '/tmp',
} as const;

/**
 * The parts of the host that the go command, gcc and programs linked with libc need: not /usr/local, /opt, /srv, /var
 * or /home. Debian and Fedora have links at the top (merged /usr), Alpine has folders.
 */
const topLevel = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const usrFolders = ['bin', 'lib', 'lib32', 'lib64', 'libexec', 'include', 'share/zoneinfo'].map(
  (dir) => `/usr/${dir}`,
);
const etcPaths = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ld-musl-x86_64.path',
];
/**
 * The maximum number of entries of a scratch folder. Each entry is a mount of its own; larger folders stay read-only.
 */
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

/** The mounts that every jail has: parts of this host, and /etc. `etc`: a folder with the files of `etcFiles`. */
export function rootMounts(etc: string): Mount[] {
  const shared = [...usrFolders, ...etcPaths]
    .filter(isThere)
    .map((dir): Mount => ({ kind: 'read-only', path: dir }));
  return [...shared, ...topLevel.flatMap(mountTopLevel), ...mountFiles(etc, Object.keys(etcFiles))];
}

/** The additional mounts for a program with a network. `etc`: a folder with copies of these files of the host. */
export function networkMounts(etc: string): Mount[] {
  return mountFiles(etc, ['resolv.conf', 'hosts', CERTIFICATES]);
}

function mountFiles(etc: string, names: readonly string[]): Mount[] {
  return names.map((name) => ({ kind: 'placed', from: path.join(etc, name), to: `/etc/${name}` }));
}

/** The path of the certificates in /etc: the first one that Go tries (crypto/x509/root_linux.go). */
export const CERTIFICATES = 'ssl/certs/ca-certificates.crt';

/** The files of a jail's /etc, which do not reveal names of the host or its users. */
export const etcFiles: Readonly<Record<string, string>> = {
  passwd: `${insideJail.name}:x:${insideJail.uid}:${insideJail.gid}::${insideJail.home}:/bin/sh\n`,
  group: `${insideJail.name}:x:${insideJail.gid}:\n`,
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** Translates a path in the jail to a path of the host. */
function outsideOf(view: View, inside: string): string {
  const place = Object.entries(view.placed ?? {}).find(
    ([to]) => inside === to || inside.startsWith(`${to}/`),
  );
  return place ? path.join(place[1], inside.slice(place[0].length)) : inside;
}

/** The mounts of the scratch folder: an empty file system with the entries of the folder below, read-only. */
async function mountScratch(dir: string, outside: string, bytes: number): Promise<Mount[]> {
  const names = await readdir(outside);
  if (names.length > MAX_SCRATCH_ENTRIES) return [];
  const entries = names.map((name): Mount => {
    const at = path.join(dir, name);
    const from = path.join(outside, name);
    // Links are not followed, because mounting a link would mount its target.
    return lstatSync(from).isSymbolicLink()
      ? { kind: 'symlink', target: readlinkSync(from), at }
      : { kind: 'placed', from, to: at };
  });
  return [{ kind: 'tmpfs', path: dir, bytes }, ...entries];
}

/**
 * Builds the jail of one command. `root` comes from `rootMounts`, `network` from `networkMounts`. Rejects with the file
 * system's error if the scratch folder cannot be read.
 */
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
      tmpfs(insideJail.temp),
      tmpfs(insideJail.home),
      ...view.readOnly.map((dir): Mount => ({ kind: 'read-only', path: dir })),
      ...Object.entries(view.placed ?? {}).map(([to, from]): Mount => ({ kind: 'placed', from, to })),
      ...(view.scratch === null
        ? []
        : await mountScratch(view.scratch, outsideOf(view, view.scratch), limits.tmpfsBytes)),
      ...view.writable.map((dir): Mount => ({ kind: 'writable', path: dir })),
      ...Object.entries(view.moved ?? {}).map(([to, from]): Mount => ({ kind: 'folder', from, to })),
    ],
    cwd,
    env,
    uid: insideJail.uid,
    gid: insideJail.gid,
    network: view.network,
    hostname: 'sandbox',
  };
}
