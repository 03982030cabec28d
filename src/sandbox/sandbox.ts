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

/** The folders and names that a sandbox may use. */
export type SandboxPlaces = {
  /** The folder of the run, which the users of its programs may pass through. */
  dir: string;
  /** The run's name, which is the prefix of its control groups. */
  name: string;
  users: RunUsers | null;
  /** HOME and TMPDIR of programs without a sandbox. */
  home: string;
  temp: string;
  noteCgroups: (cgroups: CgroupSupport) => Promise<void>;
};

/**
 * Opens the sandbox of the requested tier, never a weaker one. `signal` ends all programs in it. Throws
 * `sandbox-unavailable` with the problem.
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
