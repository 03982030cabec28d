/**
 * Control groups of Linux: limits on memory, processes and CPU for all processes of one run together, and a way to find
 * and kill each of them. Accesses only cgroupfs and /proc.
 */
import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { systemReason } from '../errors.ts';
import {
  type CgroupController,
  type CgroupLimits,
  type CgroupMount,
  listLimitFiles,
  parseCgroupMounts,
  parseCounter,
} from './cgroup-files.ts';
import { errorCodeOf, removeDirectories, writeControl } from './cgroup-removal.ts';

export type { CgroupLimits } from './cgroup-files.ts';

/** The directory in which groups are created, for each controller; null: the controller is not available. */
type Parents = { memory: string; pids: string; cpu: string | null };

/**
 * The control groups that this machine offers. It is plain data, so that it can be stored with the name of a group, and
 * a later process can remove the group. `reason`: why no better kind is available; null: there is no better kind.
 */
export type CgroupSupport =
  | { kind: 'v2'; parents: Parents; reason: null }
  | { kind: 'v1'; parents: Parents; reason: string }
  | { kind: 'none'; reason: string };

/** Counters of a group since it was created. */
export type CgroupEvents = {
  /** Processes that the kernel killed because the group was out of memory. */
  oomKills: number;
  /** The number of refused forks. */
  processLimitHits: number;
  /** The maximum of used memory; null: the kernel does not report it (v2 before Linux 5.19). */
  peakMemoryBytes: number | null;
};

export type Cgroup = {
  /**
   * The files by which a process enters the group: a shell writes 0 into each of them, as the user who created the
   * group, and then executes the program. The shell must exit if a write fails, because the program would run without
   * limits. Empty if there are no groups.
   */
  procsFiles: readonly string[];
  /** Can only be called before `remove`. */
  readEvents: () => Promise<CgroupEvents>;
  /**
   * Kills every process in the group, and resolves when the processes and the group no longer exist. Can be called
   * again.
   */
  remove: () => Promise<void>;
};

/** The names of groups. Groups with other names are never removed, because that would kill their processes. */
const NAME = /^allocgate-[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/u;
const PROBE = /^allocgate-probe-(\d+)-[0-9a-f]+$/u;
/**
 * The age in milliseconds from which a probe's group counts as left behind by a killed process. A probe takes a few
 * milliseconds.
 */
const PROBE_AGE = 60_000;
/** The limits of a probe's group, which are large enough for a shell. */
const probeLimits: CgroupLimits = { memoryBytes: 64 << 20, processes: 16, cpus: 1 };
const JOIN_SCRIPT = 'for procs; do echo 0 > "$procs" || exit 1; done';

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Detects which control groups work, by creating a group, running a process in it, and removing it. v2 is preferred if
 * it has the controllers memory and pids, then v1. Never rejects: without either, the result has the reasons.
 */
export async function detectCgroups(): Promise<CgroupSupport> {
  const [mountInfo, own] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/self/cgroup'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const mounts = parseCgroupMounts(mountInfo ?? '', own ?? '');
  const v2 = await detectV2(mounts.v2);
  if (typeof v2 !== 'string') return { kind: 'v2', parents: v2, reason: null };
  const v1 = await detectV1(mounts.v1);
  if (typeof v1 !== 'string') return { kind: 'v1', parents: v1, reason: `v2: ${v2}` };
  return { kind: 'none', reason: `v2: ${v2}; v1: ${v1}` };
}

/**
 * The directory of this process's group. Groups for runs are created in it, so that limits on this process also apply to
 * them. In a container without a cgroup namespace, the path may not exist; the root of the mount is then the container's
 * group.
 */
async function findOwnGroup(mount: CgroupMount): Promise<string> {
  return mount.own !== null && (await exists(mount.own)) ? mount.own : mount.mountPoint;
}

/**
 * Finds a parent for groups of v2, or the reason why there is none. A group that contains processes cannot give
 * controllers to groups within it, unless it is the real root, and our group contains at least this process. So if our
 * group cannot be the parent, its own parent is tried, which works in groups that systemd delegates.
 */
async function detectV2(mount: CgroupMount | null): Promise<Parents | string> {
  if (mount === null) return 'not mounted';
  const own = await findOwnGroup(mount);
  const obstacles: string[] = [];
  for (const parent of own === mount.mountPoint ? [own] : [own, path.dirname(own)]) {
    const obstacle = await shareControllers(parent);
    const parents = { memory: parent, pids: parent, cpu: (await shares(parent, 'cpu')) ? parent : null };
    const problem = obstacle ?? (await probe({ kind: 'v2', parents, reason: null }));
    if (problem === null) return parents;
    obstacles.push(problem);
  }
  return obstacles.join(', ');
}

async function listsWord(file: string, word: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split(' ').includes(word);
}

function shares(parent: string, controller: CgroupController): Promise<boolean> {
  return listsWord(path.join(parent, 'cgroup.subtree_control'), controller);
}

/** Enables memory and pids, and cpu if possible, for groups in `parent`. Returns the reason for a failure, or null. */
async function shareControllers(parent: string): Promise<string | null> {
  const control = path.join(parent, 'cgroup.subtree_control');
  for (const controller of ['memory', 'pids', 'cpu'] as const) {
    if (await shares(parent, controller)) continue;
    const required = controller !== 'cpu';
    if (required && !(await listsWord(path.join(parent, 'cgroup.controllers'), controller))) {
      return `${parent} has no ${controller} controller`;
    }
    try {
      await writeControl(control, `+${controller}`);
    } catch (error) {
      if (!required) continue;
      if (errorCodeOf(error) === 'EBUSY')
        return `${parent} has processes, so groups in it cannot get the ${controller} controller`;
      return `${control}: ${systemReason(error)}`;
    }
  }
  return null;
}

/** Finds the parents for groups of v1, one for each controller, or the reason why there are none. */
async function detectV1(mounts: Record<CgroupController, CgroupMount | null>): Promise<Parents | string> {
  if (mounts.memory === null || mounts.pids === null) {
    const missing = (['memory', 'pids'] as const).filter((name) => mounts[name] === null);
    return `no hierarchy of ${missing.join(' or ')} is mounted`;
  }
  const required = { memory: await findOwnGroup(mounts.memory), pids: await findOwnGroup(mounts.pids) };
  const cpu = mounts.cpu === null ? null : await findOwnGroup(mounts.cpu);
  // The CPU limit only protects other programs of the machine. If it cannot be set, the other limits must still be used.
  if (cpu !== null && (await probe({ kind: 'v1', parents: { ...required, cpu }, reason: '' })) === null) {
    return { ...required, cpu };
  }
  const parents = { ...required, cpu: null };
  return (await probe({ kind: 'v1', parents, reason: '' })) ?? parents;
}

/** Tries to run a shell in a new group. Returns the reason for a failure, or null. */
async function probe(support: Exclude<CgroupSupport, { kind: 'none' }>): Promise<string | null> {
  const name = `allocgate-probe-${Date.now()}-${randomBytes(4).toString('hex')}`;
  try {
    await removeOldProbes(support.parents);
    const group = await createCgroup(support, name, probeLimits);
    try {
      const shell = await execa('/bin/sh', ['-c', JOIN_SCRIPT, 'sh', ...group.procsFiles], {
        stdin: 'ignore',
        reject: false,
      });
      return shell.exitCode === 0 ? null : `no process can enter a group in ${support.parents.memory}`;
    } finally {
      await group.remove();
    }
  } catch (error) {
    return `cannot create a group in ${support.parents.memory}: ${systemReason(error)}`;
  }
}

/** Removes the groups of earlier probes. No process is killed, because the only process of a probe ends by itself. */
async function removeOldProbes(parents: Parents): Promise<void> {
  for (const parent of new Set([parents.memory, parents.pids, parents.cpu ?? parents.pids])) {
    for (const name of await readdir(parent)) {
      const made = PROBE.exec(name)?.[1];
      if (made === undefined || Date.now() - Number(made) < PROBE_AGE) continue;
      await rmdir(path.join(parent, name)).catch(() => {});
    }
  }
}

/**
 * The directories of a group: one for v2, up to three for v1, where several controllers can share a hierarchy. The one
 * of pids comes first, so that forks are forbidden before processes are killed.
 */
function listDirectories(support: CgroupSupport, name: string): string[] {
  if (!NAME.test(name)) throw new Error(`not a name of a group: ${JSON.stringify(name)}`);
  if (support.kind === 'none') return [];
  const { pids, memory, cpu } = support.parents;
  const parents = new Set([pids, memory, ...(cpu === null ? [] : [cpu])]);
  return [...parents].map((parent) => path.join(parent, name));
}

/**
 * Creates the group `name` (`allocgate-` and letters, digits, `-`, `_`), which must not exist. For the kind `none`, the
 * group has no files, no limits and no events. Rejects with the system's error, after removing what was created, or with
 * an error about an invalid name.
 */
export async function createCgroup(
  support: CgroupSupport,
  name: string,
  limits: CgroupLimits,
): Promise<Cgroup> {
  const directories = listDirectories(support, name);
  if (support.kind === 'none') {
    const nothing = { oomKills: 0, processLimitHits: 0, peakMemoryBytes: null };
    return { procsFiles: [], readEvents: () => Promise.resolve(nothing), remove: () => Promise.resolve() };
  }
  const made: string[] = [];
  try {
    for (const directory of directories) {
      await mkdir(directory);
      made.push(directory);
    }
    await writeLimits(support, name, limits);
  } catch (error) {
    await removeDirectories(made);
    throw error;
  }
  return {
    procsFiles: directories.map((directory) => path.join(directory, 'cgroup.procs')),
    readEvents: () => readEvents(support, name),
    remove: () => removeDirectories(directories),
  };
}

async function writeLimits(
  support: Exclude<CgroupSupport, { kind: 'none' }>,
  name: string,
  limits: CgroupLimits,
): Promise<void> {
  for (const { controller, file, value, optional } of listLimitFiles(support.kind, limits)) {
    const parent = support.parents[controller];
    if (parent === null) continue;
    await writeControl(path.join(parent, name, file), value).catch((error: unknown) => {
      if (!optional || !['ENOENT', 'ENOTSUP', 'EINVAL'].includes(errorCodeOf(error))) throw error;
    });
  }
}

async function readEvents(
  support: Exclude<CgroupSupport, { kind: 'none' }>,
  name: string,
): Promise<CgroupEvents> {
  const memory = path.join(support.parents.memory, name);
  const v2 = support.kind === 'v2';
  const [oom, pids, peak] = await Promise.all([
    // memory.failcnt would not do: it also counts reclaimed caches, and stays 0 when memory and swap together reach their
    // limit.
    readFile(path.join(memory, v2 ? 'memory.events' : 'memory.oom_control'), 'utf8'),
    readFile(path.join(support.parents.pids, name, 'pids.events'), 'utf8'),
    readFile(path.join(memory, v2 ? 'memory.peak' : 'memory.max_usage_in_bytes'), 'utf8').catch(() => null),
  ]);
  return {
    oomKills: parseCounter(oom, 'oom_kill'),
    processLimitHits: parseCounter(pids, 'max'),
    peakMemoryBytes: peak === null ? null : Number(peak),
  };
}

/**
 * Removes a group that a killed process left behind, and kills all processes in it. Does nothing if there is no such
 * group. Rejects if the name is not one that `createCgroup` accepts.
 */
export async function removeCgroup(support: CgroupSupport, name: string): Promise<void> {
  await removeDirectories(listDirectories(support, name));
}

/** Removes all groups whose names begin with `prefix`; see `removeCgroup`. */
export async function removeCgroups(support: CgroupSupport, prefix: string): Promise<void> {
  if (support.kind === 'none') return;
  const { memory, pids } = support.parents;
  const names = await Promise.all([memory, pids].map((parent) => readdir(parent).catch(() => [])));
  for (const name of new Set(names.flat())) {
    if (name.startsWith(prefix) && NAME.test(name)) await removeCgroup(support, name);
  }
}
