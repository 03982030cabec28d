import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../errors.ts';
import type { Tier } from '../sandbox-facts.ts';
import type { CgroupSupport } from './cgroup.ts';
import { createJailedSandbox } from './jailed.ts';
import { createPlainSandbox } from './plain.ts';
import { probeTier } from './probe.ts';
import type { ProcessLimits, Sandbox } from './types.ts';
import type { RunUsers } from './users.ts';

/** Where a sandbox may keep its things. */
export type SandboxPlaces = {
  /** A folder of the run's own, which its users may pass through. */
  dir: string;
  /** The run's name, with which the names of its control groups begin. */
  name: string;
  users: RunUsers | null;
  /** HOME and TMPDIR of programs without a sandbox. */
  home: string;
  temp: string;
  noteCgroups: (cgroups: CgroupSupport) => Promise<void>;
};

/**
 * Opens the sandbox of the tier that was asked for, and of no other: what is weaker must be asked for by name. Throws
 * `sandbox-unavailable` with the problem when it cannot be had; `signal` ends all that runs in it.
 */
export async function openSandbox(
  tier: Tier,
  limits: ProcessLimits,
  places: SandboxPlaces,
  signal: AbortSignal,
): Promise<Sandbox> {
  if (tier === 'none') return createPlainSandbox(places, limits, signal);
  const dir = path.join(places.dir, 'sandbox');
  await mkdir(dir);
  const probed = await probeTier(tier, limits, { ...places, dir }, signal);
  if ('problem' in probed) {
    throw new Failure('sandbox-unavailable', probed.problem);
  }
  return createJailedSandbox(probed.host, { dir, name: places.name }, signal);
}
