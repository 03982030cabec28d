/** Writes to directories of cgroupfs, and removes them with all of their processes. */
import { readFileSync } from 'node:fs';
import { constants, readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, systemCode, systemReason } from '../errors.ts';

/** How long killed processes may take to end, in milliseconds. Freeing gigabytes of memory takes time. */
const REMOVE_TIME = 10_000;
const RETRY_INTERVAL = 5;

export function errorCodeOf(error: unknown): string {
  const code = systemCode(error);
  return typeof code === 'string' ? code : '';
}

/** Ignores errors about a group or file that no longer exists. ENODEV: it disappeared between opening and reading. */
function ignoreGone(error: unknown): void {
  if (!['ENOENT', 'ENODEV'].includes(errorCodeOf(error))) throw error;
}

/**
 * Never creates a file: in cgroupfs a missing file would then fail with EACCES, and elsewhere a stray file would
 * appear.
 */
export async function writeControl(path: string, value: string): Promise<void> {
  await writeFile(path, value, { flag: constants.O_WRONLY });
}

/**
 * Kills all processes in these groups and in groups within, and removes the groups. Missing groups are ignored. Tries
 * all of them, then rejects with the first problem (`sandbox-unavailable`: a process could not be killed within ten
 * seconds).
 */
export async function removeDirectories(directories: readonly string[]): Promise<void> {
  const problems: unknown[] = [];
  for (const directory of directories) {
    await removeDirectory(directory, performance.now() + REMOVE_TIME).catch((error: unknown) =>
      problems.push(error),
    );
  }
  if (problems.length > 0) throw problems[0];
}

/** `deadline`: a value of performance.now(). Killed processes keep the group busy for a moment. */
async function removeDirectory(directory: string, deadline: number): Promise<void> {
  for (;;) {
    await killMembers(directory);
    try {
      for (const inner of await readdir(directory, { withFileTypes: true })) {
        if (inner.isDirectory()) await removeDirectory(path.join(directory, inner.name), deadline);
      }
      await rmdir(directory);
      return;
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return;
      if (errorCodeOf(error) !== 'EBUSY' || performance.now() > deadline) {
        throw new Failure('sandbox-unavailable', {
          kind: 'not-started',
          program: '',
          detail: `${directory}: ${systemReason(error)}`,
        });
      }
    }
    await sleep(RETRY_INTERVAL);
  }
}

async function killMembers(directory: string): Promise<void> {
  // Forbids forks, so that a fork bomb cannot create processes faster than they are killed.
  await writeControl(path.join(directory, 'pids.max'), '0').catch(ignoreGone);
  const killed = await writeControl(path.join(directory, 'cgroup.kill'), '1').then(
    () => true,
    () => false,
  );
  if (!killed) signalMembers(directory);
}

/** Synchronous on purpose: between reading a process ID and using it, another process could get the same ID. */
function signalMembers(directory: string): void {
  try {
    const ids = readFileSync(path.join(directory, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    // 0 is a process outside of our PID namespace. Signalling 0 would kill our own process group.
    for (const id of ids.filter((id) => id > 1 && id !== process.pid)) signal(id);
  } catch (error) {
    ignoreGone(error);
  }
}

function signal(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    // The process has ended, or we may not kill it. In the second case the group stays busy, which the caller reports.
    if (!['ESRCH', 'EPERM'].includes(errorCodeOf(error))) throw error;
  }
}
