import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { Failure, isNoSpace } from '../errors.ts';
import { type RunFolder, withRunFolder } from './run-folder.ts';

/** The throwaway directories of one review, absolute; all of them lie in `dir`. */
export type Workspace = RunFolder & {
  /** HOME and TMPDIR of programs that have no sandbox. */
  home: string;
  temp: string;
};

/**
 * What lasts between reviews: `$XDG_CACHE_HOME/allocgate`, by default `~/.cache/allocgate`. For root, whose home
 * nobody else may enter, `/var/cache/allocgate`: programs in a sandbox run as another user.
 */
export function stateDir(): string {
  const base = process.env['XDG_CACHE_HOME'];
  if (base?.startsWith('/')) return path.join(base, 'allocgate');
  return process.getuid?.() === 0 ? '/var/cache/allocgate' : path.join(homedir(), '.cache', 'allocgate');
}

/**
 * In a new HOME the go command starts a second process that counts the use of Go and may outlive the first, writing
 * into a directory that is just being removed. Only this file keeps it from that (https://go.dev/doc/telemetry).
 */
async function turnTelemetryOff(home: string): Promise<void> {
  const dir = path.join(home, '.config', 'go', 'telemetry');
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'mode'), 'off\n');
}

/** A throwaway folder; if this process is killed, the next one removes it. */
export async function withTemporaryFolder<T>(work: (run: RunFolder) => Promise<T>): Promise<T> {
  return withRunFolder(path.join(stateDir(), 'runs'), work);
}

/** Makes the directories, runs `work` in them and removes them, whatever happens. */
export async function withWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  // The sandbox's user must be able to read what we export.
  const umask = process.umask(0o022);
  try {
    return await withTemporaryFolder(async (run) => {
      const workspace: Workspace = {
        ...run,
        home: path.join(run.dir, 'home'),
        temp: path.join(run.dir, 'tmp'),
      };
      await Promise.all([turnTelemetryOff(workspace.home), mkdir(workspace.temp)]);
      return await work(workspace);
    });
  } catch (error) {
    if (isNoSpace(error)) throw new Failure('disk-full', { path: tmpdir() }, { cause: error });
    throw error;
  } finally {
    process.umask(umask);
  }
}
