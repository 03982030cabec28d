/** Directories of cgroupfs: how they are written to, and how they go away with all of their processes. */
import { readFileSync } from 'node:fs';
import { constants, readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, systemReason } from '../errors.ts';

/** Milliseconds that killed processes get to leave; freeing gigabytes of memory takes its time. */
const REMOVE_TIME = 10_000;
const RETRY_INTERVAL = 5;

export function errorCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** For a group or file that is gone: ENODEV when it went between opening and reading. */
function ignoreGone(error: unknown): void {
  if (!['ENOENT', 'ENODEV'].includes(errorCodeOf(error))) throw error;
}

/** Never creates: in cgroupfs a missing file would then be EACCES, and elsewhere a stray file. */
export async function writeControl(path: string, value: string): Promise<void> {
  await writeFile(path, value, { flag: constants.O_WRONLY });
}

/**
 * Kills all processes in these groups and in groups within, and removes them. What is not there is no problem. All are
 * tried; rejects with the first problem (`sandbox-unavailable`: a process that cannot be killed for ten seconds).
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

/** `deadline` as performance.now() has it. Killed processes keep the group busy for a moment. */
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
  // Refuses forks, so that a bomb cannot outrun the signals.
  await writeControl(path.join(directory, 'pids.max'), '0').catch(ignoreGone);
  const killed = await writeControl(path.join(directory, 'cgroup.kill'), '1').then(
    () => true,
    () => false,
  );
  if (!killed) signalMembers(directory);
}

/** In one go, without giving way in between: a process id that was read must not be another's when it is used. */
function signalMembers(directory: string): void {
  try {
    const ids = readFileSync(path.join(directory, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    // 0 stands for a process that our pid namespace does not show; to kill it would kill our own process group.
    for (const id of ids.filter((id) => id > 1 && id !== process.pid)) signal(id);
  } catch (error) {
    ignoreGone(error);
  }
}

function signal(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    // Gone, or not ours to kill: then the group stays busy, which the caller reports.
    if (!['ESRCH', 'EPERM'].includes(errorCodeOf(error))) throw error;
  }
}
