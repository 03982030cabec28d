import { readFile } from 'node:fs/promises';
import { type Cgroup, type CgroupEvents, type CgroupSupport, createCgroup } from './cgroup.ts';
import type { ProcessLimits } from './types.ts';

/** The use of a control group for one run of a program. */
export type Lease = {
  /** See `Cgroup`. */
  procsFiles: readonly string[];
  /** The counts of events since the run began. */
  readEvents: () => Promise<Pick<CgroupEvents, 'oomKills' | 'processLimitHits'>>;
  /** Ends the use. Processes that remain in the group are killed; resolves when there are none. */
  release: () => Promise<void>;
};

async function isEmpty({ procsFiles }: Cgroup): Promise<boolean> {
  const members = await Promise.all(procsFiles.map((file) => readFile(file, 'utf8').catch(() => 'unknown')));
  return members.every((text) => text === '');
}

/** Leaves out the cpu hierarchy if CPUs are not limited, because each hierarchy slows down the start of a program. */
function chooseControllers(support: CgroupSupport, { cpus }: ProcessLimits): CgroupSupport {
  if (support.kind === 'none' || cpus !== null) return support;
  return { ...support, parents: { ...support.parents, cpu: null } };
}

/**
 * Creates a pool of control groups, which are reused for later runs, because starting a program in a new group takes the
 * kernel three times as long. The names of the groups begin with `name`. `close` removes them; call it when no program
 * runs.
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
