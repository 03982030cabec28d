/**
 * Parses the kernel's files about control groups, and lists the values to write into them. Pure.
 * Sources: proc_pid_mountinfo(5), cgroups(7), the kernel's admin-guide/cgroup-v1 and admin-guide/cgroup-v2.
 */
import path from 'node:path';

export type CgroupLimits = {
  memoryBytes: number;
  /** Processes and threads. */
  processes: number;
  /** Cores, such as 2 or 0.5; null: not limited. */
  cpus: number | null;
};

/** A mounted hierarchy of control groups, as this process sees it. */
export type CgroupMount = {
  mountPoint: string;
  /** The directory of this process's group; null: it is outside the mounted part of the hierarchy. It need not exist. */
  own: string | null;
};

export type CgroupController = 'memory' | 'pids' | 'cpu';
export type CgroupMounts = { v2: CgroupMount | null; v1: Record<CgroupController, CgroupMount | null> };

type Mount = { root: string; mountPoint: string; type: string; superOptions: string[] };

/** Decodes the octal escapes of mountinfo: a space is written as `\040`. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/gu, (_, digits: string) => String.fromCodePoint(parseInt(digits, 8)));
}

function parseMount(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, mountPoint] = before.split(' ');
  const [type, , superOptions = ''] = after.split(' ');
  if (root === undefined || mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
  const [plainRoot, plainPoint] = [unescapeOctal(root), unescapeOctal(mountPoint)];
  return [{ root: plainRoot, mountPoint: plainPoint, type, superOptions: superOptions.split(',') }];
}

/** The path of this process's group for each controller; the key for v2 is the empty string. */
function parseOwnPaths(ownText: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of ownText.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/u.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const name of controllers.split(',')) paths.set(name, path);
  }
  return paths;
}

/**
 * Translates a group's path in /proc/self/cgroup to a directory of a mount. Null if the mount does not contain the
 * group, as in some containers.
 */
function locate(mount: Mount, group: string | undefined): string | null {
  if (group === undefined) return null;
  const below = path.posix.relative(mount.root, group);
  // For a group outside the cgroup namespace, the kernel writes `/../x`, which path.relative would resolve wrongly.
  if (below.split('/').includes('..') || group.split('/').includes('..')) return null;
  return path.posix.join(mount.mountPoint, below);
}

/**
 * Chooses among several mounts of one hierarchy: one that contains this process's group if possible, and then the last,
 * because later mounts cover earlier ones.
 */
function choose(mounts: readonly Mount[], path: string | undefined): CgroupMount | null {
  const seen = mounts.map((mount) => ({ mountPoint: mount.mountPoint, own: locate(mount, path) }));
  return seen.findLast((mount) => mount.own !== null) ?? seen.at(-1) ?? null;
}

/** Parses the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`. */
export function parseCgroupMounts(mountInfoText: string, ownText: string): CgroupMounts {
  const mounts = mountInfoText.split('\n').flatMap(parseMount);
  const paths = parseOwnPaths(ownText);
  const v1 = (controller: CgroupController): CgroupMount | null =>
    choose(
      mounts.filter((mount) => mount.type === 'cgroup' && mount.superOptions.includes(controller)),
      paths.get(controller),
    );
  const unified = mounts.filter((mount) => mount.type === 'cgroup2');
  return {
    v2: choose(unified, paths.get('')),
    v1: { memory: v1('memory'), pids: v1('pids'), cpu: v1('cpu') },
  };
}

/**
 * A value to write into a file of a new group. `optional`: a failure is ignored, because some kernels lack the file or
 * refuse the value, and the limits work well enough without it.
 */
export type LimitFile = { controller: CgroupController; file: string; value: string; optional: boolean };

/** The period of CPU quotas in microseconds: the kernel's default. */
const CPU_PERIOD = 100_000;
/** The smallest CPU quota that the kernel accepts, in microseconds. */
const MIN_CPU_QUOTA = 1000;

function cpuQuota(cpus: number): string {
  return String(Math.max(MIN_CPU_QUOTA, Math.round(cpus * CPU_PERIOD)));
}

/** The files of a new group and their values, in the order in which they must be written. */
export function listLimitFiles(kind: 'v2' | 'v1', limits: CgroupLimits): LimitFile[] {
  const memory = String(Math.floor(limits.memoryBytes));
  const line = (controller: CgroupController, file: string, value: string, optional = false): LimitFile => ({
    controller,
    file,
    value,
    optional,
  });
  const pids = line('pids', 'pids.max', String(Math.floor(limits.processes)));
  if (kind === 'v2') {
    return [
      line('memory', 'memory.max', memory),
      // The file is missing if the kernel has no swap; oom.group exists since Linux 4.19.
      line('memory', 'memory.swap.max', '0', true),
      line('memory', 'memory.oom.group', '1', true),
      pids,
      ...(limits.cpus === null ? [] : [line('cpu', 'cpu.max', `${cpuQuota(limits.cpus)} ${CPU_PERIOD}`)]),
    ];
  }
  return [
    line('memory', 'memory.limit_in_bytes', memory),
    // This limits memory and swap together, so it must not be below the limit of memory. The file is missing if swap is
    // not accounted.
    line('memory', 'memory.memsw.limit_in_bytes', memory, true),
    line('memory', 'memory.swappiness', '0', true),
    pids,
    ...(limits.cpus === null
      ? []
      : [
          line('cpu', 'cpu.cfs_period_us', String(CPU_PERIOD), true),
          // The kernel refuses a larger quota than a parent's, which then applies anyway.
          line('cpu', 'cpu.cfs_quota_us', cpuQuota(limits.cpus), true),
        ]),
  ];
}

/**
 * Reads one counter of a file with lines of `name number` (memory.events, memory.oom_control, pids.events); 0 if it is
 * missing.
 */
export function parseCounter(text: string, name: string): number {
  const line = text.split('\n').find((line) => line.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
