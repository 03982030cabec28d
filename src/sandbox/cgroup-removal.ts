/** Writes to directories of cgroupfs, and removes them with all of their processes. */
import { readFileSync } from 'node:fs';
import { constants, readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, systemCode, systemReason } from '../errors.ts';

/** The milliseconds that killed processes may take to end. Freeing gigabytes of memory takes time. */
const REMOVE_TIME = 10_000;
const RETRY_INTERVAL = 5;

/** The system's code of an error, such as `ENOENT`; '' if it has none. */
export function errorCodeOf(error: unknown): string {
  const code = systemCode(error);
  return typeof code === 'string' ? code : '';
}

/** Rethrows an error, unless it says that a group no longer exists. ENODEV: it disappeared after a file was opened. */
function ignoreGone(error: unknown): void {
  if (!['ENOENT', 'ENODEV'].includes(errorCodeOf(error))) throw error;
}

/**
 * Writes to a file of cgroupfs. The file is never created: a missing file then fails with ENOENT and not with EACCES,
 * and outside cgroupfs no stray file appears.
 */
export async function writeControl(path: string, value: string): Promise<void> {
  await writeFile(path, value, { flag: constants.O_WRONLY });
}

/**
 * Kills all processes in the groups and in groups within them, and removes the groups. Missing groups are ignored. After
 * all of them were tried, rejects with the first error: `sandbox-unavailable` if a process did not end within ten
 * seconds.
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

/** Removes one group. Killed processes keep it busy for a moment. `deadline`: a value of `performance.now()`. */
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
  // Forbid forks first, so that a fork bomb cannot create processes faster than they are killed.
  await writeControl(path.join(directory, 'pids.max'), '0').catch(ignoreGone);
  const killed = await writeControl(path.join(directory, 'cgroup.kill'), '1').then(
    () => true,
    () => false,
  );
  if (!killed) signalMembers(directory);
}

/**
 * Kills the processes of a group by their IDs, for kernels without cgroup.kill. It is synchronous to leave little time
 * between reading an ID and using it: another process could get the same ID.
 */
function signalMembers(directory: string): void {
  try {
    const ids = readFileSync(path.join(directory, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    // 0 stands for a process outside our PID namespace. Signalling 0 would kill our own process group.
    for (const id of ids.filter((id) => id > 1 && id !== process.pid)) signal(id);
  } catch (error) {
    ignoreGone(error);
  }
}

function signal(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    // The process has ended, or we may not kill it. In the latter case the group stays busy, and removing it fails.
    if (!['ESRCH', 'EPERM'].includes(errorCodeOf(error))) throw error;
  }
}
