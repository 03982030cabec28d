import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { settingsSchema, type Settings } from '../config/settings.ts';
import { Failure } from '../errors.ts';
import { findToolchain } from '../go/toolchain.ts';
import type { Checkup, TierFacts } from '../report/terminal/doctor.ts';
import { describeFailure } from '../report/words/failures.ts';
import type { JailHost } from '../sandbox/jailed.ts';
import { probeTier } from '../sandbox/probe.ts';
import { readGitVersion } from '../source/command.ts';
import { loadSettings, processLimits } from './settings.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** The checkup of something that does not work. Throws errors that are not about it. */
function failedCheckup(thing: 'go' | 'git' | 'settings', error: unknown): Checkup {
  if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
  return { thing, problem: describeFailure(error.reason) };
}

async function checkGo(signal: AbortSignal): Promise<Checkup> {
  try {
    const { version, goarch, go } = await findToolchain(signal);
    return { thing: 'go', version: version.replace(/^go/u, ''), goarch, path: go };
  } catch (error) {
    return failedCheckup('go', error);
  }
}

async function checkGit(signal: AbortSignal): Promise<Checkup> {
  try {
    return { thing: 'git', version: await readGitVersion(signal) };
  } catch (error) {
    return failedCheckup('git', error);
  }
}

function describeHost({ cgroups, users }: JailHost): TierFacts {
  const parents = cgroups.kind === 'none' ? null : cgroups.parents;
  return {
    accounting: cgroups.kind === 'none' ? 'rlimits' : `cgroup-${cgroups.kind}`,
    accountingReason: cgroups.reason,
    uid: users?.program ?? null,
    limitsCpus: parents?.cpu !== null && parents !== null,
  };
}

async function checkTier(
  tier: 'bubblewrap' | 'gvisor',
  settings: Settings,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<Checkup> {
  const dir = path.join(workspace.dir, tier);
  await mkdir(dir);
  const probed = await probeTier(tier, processLimits(settings), { ...workspace, dir }, signal);
  return 'problem' in probed
    ? { thing: tier, sandbox: probed.problem }
    : { thing: tier, sandbox: describeHost(probed.host) };
}

/**
 * Tries everything that a review needs: go, git, the settings and both sandboxes. `tier`: the sandbox that the settings
 * choose. Throws `interrupted`.
 */
export async function checkEverything(
  signal: AbortSignal,
): Promise<{ checkups: Checkup[]; tier: Settings['sandbox'] }> {
  const checkups: Checkup[] = [await checkGo(signal), await checkGit(signal)];
  let settings = settingsSchema.parse({});
  try {
    const loaded = await loadSettings();
    settings = loaded.settings;
    const { sandbox: tier, limits } = settings;
    checkups.push({ thing: 'settings', path: loaded.path, found: loaded.found, tier, limits });
  } catch (error) {
    checkups.push(failedCheckup('settings', error));
  }
  await using workspace = await openWorkspace();
  for (const tier of ['bubblewrap', 'gvisor'] as const) {
    checkups.push(await checkTier(tier, settings, workspace, signal));
  }
  return { checkups, tier: settings.sandbox };
}
