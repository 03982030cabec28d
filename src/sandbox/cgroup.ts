/**
 * Control groups of Linux: limits on memory, processes and CPU for all processes of one run together, and a way to
 * find and kill every one of them, wherever it went. All file access is to cgroupfs and /proc.
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

/** The directory in which a group is made, for each controller; null: there is no such controller. */
type Parents = { memory: string; pids: string; cpu: string | null };

/**
 * Plain data: written down beside a group's name, it lets a later process (whose own group is another) remove that
 * group. `reason` says why it is not a better kind; null: there is none.
 */
export type CgroupSupport =
  | { kind: 'v2'; parents: Parents; reason: null }
  | { kind: 'v1'; parents: Parents; reason: string }
  | { kind: 'none'; reason: string };

export type CgroupEvents = {
  /** Processes that the kernel killed because the group was out of memory. */
  oomKills: number;
  /** How often a fork was refused. */
  processLimitHits: number;
  /** null: this kernel does not say (v2 before Linux 5.19). */
  peakMemoryBytes: number | null;
};

export type Cgroup = {
  /**
   * Into each of them a starting shell writes 0, as the user who made the group, before it execs the program; it must
   * exit if one refuses (the group may be gone already). Empty where there are no groups.
   */
  procsFiles: readonly string[];
  /** Only before `remove`. */
  readEvents: () => Promise<CgroupEvents>;
  /** Kills every process in it, resolves when all are gone and the group too. Harmless when repeated. */
  remove: () => Promise<void>;
};

/** Whatever is removed, with all of its processes, has such a name. */
const NAME = /^allocgate-[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/u;
const PROBE = /^allocgate-probe-(\d+)-[0-9a-f]+$/u;
/** Milliseconds. A probe takes some; one that is older was left by a process that was killed. */
const PROBE_AGE = 60_000;
/** Room for the shell of the probe. */
const PROBE_LIMITS: CgroupLimits = { memoryBytes: 64 << 20, processes: 16, cpus: 1 };
const JOIN_SCRIPT = 'for procs; do echo 0 > "$procs" || exit 1; done';

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Finds out by really making a group, with a process in it, and removing it. v2 if it has memory and pids, else v1,
 * else none, with the facts why not. Never rejects.
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
 * Our own group, so that what limits us limits the runs too. In a container without a cgroup namespace its path may
 * not exist: the mount's root is then the container's group.
 */
async function findOwnGroup(mount: CgroupMount): Promise<string> {
  return mount.own !== null && (await exists(mount.own)) ? mount.own : mount.mountPoint;
}

/**
 * A group with processes cannot share out controllers, and ours has at least this process, unless it is the real
 * root. So a group beside ours is tried too, which systemd allows in what it delegates.
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

/** Lets groups in `parent` have memory and pids, and cpu if possible; null, or what is in the way. */
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
        return `${parent} has processes of its own and cannot share out ${controller}`;
      return `${control}: ${systemReason(error)}`;
    }
  }
  return null;
}

async function detectV1(mounts: Record<CgroupController, CgroupMount | null>): Promise<Parents | string> {
  if (mounts.memory === null || mounts.pids === null) {
    const missing = (['memory', 'pids'] as const).filter((name) => mounts[name] === null);
    return `no ${missing.join(' and no ')} hierarchy mounted`;
  }
  const required = { memory: await findOwnGroup(mounts.memory), pids: await findOwnGroup(mounts.pids) };
  const cpu = mounts.cpu === null ? null : await findOwnGroup(mounts.cpu);
  // CPU is a courtesy to neighbours: a hierarchy that cannot be written must not cost the other limits.
  if (cpu !== null && (await probe({ kind: 'v1', parents: { ...required, cpu }, reason: '' })) === null) {
    return { ...required, cpu };
  }
  const parents = { ...required, cpu: null };
  return (await probe({ kind: 'v1', parents, reason: '' })) ?? parents;
}

/** Does with a shell what a run does; null, or the system's words for what did not work. */
async function probe(support: Exclude<CgroupSupport, { kind: 'none' }>): Promise<string | null> {
  const name = `allocgate-probe-${Date.now()}-${randomBytes(4).toString('hex')}`;
  try {
    await removeOldProbes(support.parents);
    const group = await createCgroup(support, name, PROBE_LIMITS);
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
    return `no group can be made in ${support.parents.memory}: ${systemReason(error)}`;
  }
}

/** Without killing: a probe's only process ends by itself. */
async function removeOldProbes(parents: Parents): Promise<void> {
  for (const parent of new Set([parents.memory, parents.pids, parents.cpu ?? parents.pids])) {
    for (const name of await readdir(parent)) {
      const made = PROBE.exec(name)?.[1];
      if (made === undefined || Date.now() - Number(made) < PROBE_AGE) continue;
      await rmdir(path.join(parent, name)).catch(() => {});
    }
  }
}

/** pids first: a group whose forks are refused can be killed completely. One hierarchy may hold several controllers. */
function listDirectories(support: CgroupSupport, name: string): string[] {
  if (!NAME.test(name)) throw new Error(`not a name of a group: ${JSON.stringify(name)}`);
  if (support.kind === 'none') return [];
  const { pids, memory, cpu } = support.parents;
  const parents = new Set([pids, memory, ...(cpu === null ? [] : [cpu])]);
  return [...parents].map((parent) => path.join(parent, name));
}

/**
 * Makes the group `name` (`allocgate-` and letters, digits, `-`, `_`), which must not exist. Of kind `none` it has no
 * files, no limits and no events. Rejects with the system's error, leaving nothing, or where `name` is another.
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
    // Not memory.failcnt: it counts caches given back, and stays 0 where memory and swap together hit the limit.
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
 * Removes a group that a killed allocgate left, with all of its processes; nothing if there is none.
 * Rejects where `name` is not one that `createCgroup` takes.
 */
export async function removeCgroup(support: CgroupSupport, name: string): Promise<void> {
  await removeDirectories(listDirectories(support, name));
}

/** Removes all groups whose names begin with `prefix`, as `removeCgroup` does one. */
export async function removeCgroups(support: CgroupSupport, prefix: string): Promise<void> {
  if (support.kind === 'none') return;
  const { memory, pids } = support.parents;
  const names = await Promise.all([memory, pids].map((parent) => readdir(parent).catch(() => [])));
  for (const name of new Set(names.flat())) {
    if (name.startsWith(prefix) && NAME.test(name)) await removeCgroup(support, name);
  }
}
