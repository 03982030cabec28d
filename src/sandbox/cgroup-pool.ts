import { readFile } from 'node:fs/promises';
import { type Cgroup, type CgroupEvents, type CgroupSupport, createCgroup } from './cgroup.ts';
import type { ProcessLimits } from './types.ts';

/** A control group for one run, and what happened in it. */
export type Lease = {
  procsFiles: readonly string[];
  /** What was counted since the run began. */
  readEvents: () => Promise<Pick<CgroupEvents, 'oomKills' | 'processLimitHits'>>;
  /** Ends what is left in it; resolves when nothing is. */
  release: () => Promise<void>;
};

async function isEmpty({ procsFiles }: Cgroup): Promise<boolean> {
  const members = await Promise.all(procsFiles.map((file) => readFile(file, 'utf8').catch(() => 'unknown')));
  return members.every((text) => text === '');
}

/** Each hierarchy more costs every start of a program some time: none for a limit that nobody set. */
function chooseControllers(support: CgroupSupport, { cpus }: ProcessLimits): CgroupSupport {
  if (support.kind === 'none' || cpus !== null) return support;
  return { ...support, parents: { ...support.parents, cpu: null } };
}

/**
 * Control groups that are used again when a run has ended: the kernel takes three times as long to fill a new one. Their
 * names begin with `name`. `close` removes all of them, once nothing runs.
 */
export function createCgroupPool(
  support: CgroupSupport,
  name: string,
  limits: ProcessLimits,
): { acquire: () => Promise<Lease>; close: () => Promise<void> } {
  const controllers = chooseControllers(support, limits);
  const free: Cgroup[] = [];
  let made = 0;
  const take = async (): Promise<Cgroup> => {
    const known = free.pop();
    if (known) return known;
    made += 1;
    return createCgroup(controllers, `${name}-${made}`, limits);
  };
  const acquire = async (): Promise<Lease> => {
    const cgroup = await take();
    const before = await cgroup.readEvents();
    return {
      procsFiles: cgroup.procsFiles,
      readEvents: async () => {
        const { oomKills, processLimitHits } = await cgroup.readEvents();
        return {
          oomKills: oomKills - before.oomKills,
          processLimitHits: processLimitHits - before.processLimitHits,
        };
      },
      release: async () => {
        if (await isEmpty(cgroup)) free.push(cgroup);
        else await cgroup.remove();
      },
    };
  };
  const close = async (): Promise<void> => {
    for (const cgroup of free.splice(0)) await cgroup.remove();
  };
  return { acquire, close };
}
