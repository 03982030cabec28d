import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure, isNoSpace } from '../errors.ts';
import { stateDir } from '../state-dir.ts';
import { openUmask } from '../umask.ts';
import { openRunFolder, type RunFolder } from './run-folder.ts';

/** The temporary directories of one review, as absolute paths below `dir`. */
export type Workspace = RunFolder & {
  /** HOME and TMPDIR of programs without a sandbox. */
  home: string;
  temp: string;
};

/**
 * Turns Go's telemetry off. In a new HOME, the go command starts a second process for telemetry, which can run longer
 * than the command and write into a directory that is being removed. Only this file prevents that
 * (https://go.dev/doc/telemetry).
 */
async function turnTelemetryOff(home: string): Promise<void> {
  const dir = path.join(home, '.config', 'go', 'telemetry');
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'mode'), 'off\n');
}

/** Creates a temporary folder. If this process is killed, the next one removes it. */
export async function openTemporaryFolder(): Promise<RunFolder & AsyncDisposable> {
  return openRunFolder(path.join(stateDir(), 'runs'));
}

/**
 * Creates the directories of one review. Disposing of the workspace removes them, and restores the process's umask. Throws
 * `temp-not-writable` or `disk-full`. (`AsyncDisposableStack` would need fewer lines, but Node 22 does not have it.)
 */
export async function openWorkspace(): Promise<Workspace & AsyncDisposable> {
  // Programs can run as another user, who must be able to read the exported files.
  const restoreUmask = openUmask();
  let run: (RunFolder & AsyncDisposable) | null = null;
  const close = async (): Promise<void> => {
    try {
      await run?.[Symbol.asyncDispose]();
    } finally {
      restoreUmask();
    }
  };
  try {
    run = await openTemporaryFolder();
    const [home, temp] = [path.join(run.dir, 'home'), path.join(run.dir, 'tmp')];
    await Promise.all([turnTelemetryOff(home), mkdir(temp)]);
    return { ...run, home, temp, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs work, and throws `disk-full` instead of the system's error if the disk is full. */
export async function nameFullDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isNoSpace(error)) throw new Failure('disk-full', { path: tmpdir() }, { cause: error });
    throw error;
  }
}

/**
 * A new path in a folder. The name is random and always of the same length, so that reviewed code cannot tell by a path
 * whether it is base or head.
 */
export function unnamedFolder(dir: string): string {
  return path.join(dir, randomBytes(6).toString('hex'));
}
