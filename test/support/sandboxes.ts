import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { settingsSchema } from '../../src/config/settings.ts';
import { processLimits, reviewLimits } from '../../src/review/settings.ts';
import { createJailedSandbox, type JailHost } from '../../src/sandbox/jailed.ts';
import { createPlainSandbox } from '../../src/sandbox/plain.ts';
import { FETCH_UID, LAST_PROGRAM_UID, needsUsers, type RunUsers } from '../../src/sandbox/users.ts';
import { probeTier } from '../../src/sandbox/probe.ts';
import type { ProcessLimits, Sandbox } from '../../src/sandbox/types.ts';
import type { Tier } from '../../src/sandbox-facts.ts';

const settings = settingsSchema.parse({});
export const defaultLimits: ProcessLimits = processLimits(settings);
export const stageLimits = reviewLimits(settings);

/** A sandbox in a separate folder. */
export type TestSandbox = { sandbox: Sandbox; dir: string; remove: () => Promise<void> };

export type SandboxOptions = {
  limits?: Partial<ProcessLimits>;
  signal?: AbortSignal;
  /** Takes a measure away, to see what it is good for. */
  change?: (host: JailHost) => JailHost;
};

/** Of no run; null where the tests are not root. */
export const testUsers: RunUsers | null = needsUsers()
  ? { program: LAST_PROGRAM_UID, fetch: FETCH_UID }
  : null;

async function createHost(
  tier: Exclude<Tier, 'none'>,
  limits: ProcessLimits,
  dir: string,
): Promise<JailHost> {
  const name = `allocgate-t${randomBytes(4).toString('hex')}`;
  const probed = await probeTier(
    tier,
    limits,
    { dir, name, users: testUsers, noteCgroups: async () => {} },
    new AbortController().signal,
  );
  if ('host' in probed) return probed.host;
  const { kind, program, detail } = probed.problem;
  throw new Error(`The tests need ${program} (apt-get install bubblewrap runsc): ${kind} ${detail}`);
}

/** Folders that are removed when the process ends, because not every test awaits `remove`. */
const folders = new Set<string>();
process.once('exit', () => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

/** Makes a folder that the sandbox's user can reach, removed by `remove` or at the end of the process. */
export async function createOpenFolder(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-test-'));
  folders.add(dir);
  await chmod(dir, 0o755);
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Opens a sandbox of a tier. If it is unavailable, fails and says what to install. */
export async function createTestSandbox(tier: Tier, options: SandboxOptions = {}): Promise<TestSandbox> {
  const { dir, remove } = await createOpenFolder();
  const limits = { ...defaultLimits, ...options.limits };
  const signal = options.signal ?? new AbortController().signal;
  const [own, places] = [path.join(dir, 'sandbox'), { home: dir, temp: dir }];
  await mkdir(own);
  if (tier === 'none') return { sandbox: createPlainSandbox(places, limits, signal), dir, remove };
  const host = await createHost(tier, limits, own);
  const name = `allocgate-t${randomBytes(4).toString('hex')}`;
  const changed = options.change ? options.change(host) : host;
  const sandbox = await createJailedSandbox(changed, { dir: own, name }, signal);
  const removeAll = async (): Promise<void> => {
    await sandbox.close();
    await remove();
  };
  return { sandbox, dir, remove: removeAll };
}
