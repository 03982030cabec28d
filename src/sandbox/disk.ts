import { lstat, readdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Outcome } from './types.ts';

/**
 * The milliseconds until the first check, which comes soon because some programs fill the disk quickly. Programs that
 * end sooner are not checked.
 */
const FIRST_LOOK_MS = 250;
const INTERVAL_MS = 1000;
/** The share of time that checks may take. Folders with many files are therefore checked less often. */
const SHARE = 1 / 30;
/** The bytes that a file counts at least: even a small file uses a block of the disk and an inode. */
const LEAST_BYTES = 4096;

/** The maximum milliseconds between two checks, even if the disk did not become fuller. */
const LATEST_LOOK_MS = 10_000;
/** The same for folders that contained many files before: a module cache has some hundred thousand. */
const LATEST_LOOK_FILLED_MS = 60_000;
/** The resolution of a file system's clock in milliseconds. */
const CLOCK_MS = 1000;

/** The bytes of a file, divided by the number of its names; 0 if it did not change after `since`. */
async function measureFile(file: string, since: number): Promise<number> {
  const info = await lstat(file).catch(() => null);
  if (info === null || info.ctimeMs < since) return 0;
  return Math.max(LEAST_BYTES, info.size / info.nlink);
}

/**
 * The bytes of the files below a folder that changed after `since` (milliseconds since 1970; default: all files, and
 * also folders). Stops counting beyond `enough`.
 */
async function measureFolder(dir: string, enough: number, since = 0): Promise<number> {
  let bytes = 0;
  const folder = since === 0 ? LEAST_BYTES : 0;
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    if (bytes > enough) break;
    const at = path.join(dir, entry.name);
    if (entry.isDirectory()) bytes += folder + (await measureFolder(at, enough - bytes, since));
    else if (entry.isFile()) bytes += await measureFile(at, since);
    else bytes += folder;
  }
  return bytes;
}

/** The free bytes of the folders' file systems together. A free inode counts as the bytes that a file uses at least. */
async function measureFree(folders: readonly string[]): Promise<number> {
  const systems = await Promise.all(folders.map((dir) => statfs(dir).catch(() => null)));
  return systems.reduce(
    (sum, system) => sum + (system ? system.bavail * system.bsize + system.ffree * LEAST_BYTES : 0),
    0,
  );
}

/**
 * Returns a function that tells whether folders should be checked now, which is slow because all of their files are
 * visited. They should if the free space has shrunk by half of what the program may write, and every `latestMs`
 * milliseconds, because other processes may have freed space meanwhile. `most`: the bytes that the program may write.
 */
async function createScout(
  folders: readonly string[],
  most: number,
  latestMs: number,
): Promise<() => Promise<boolean>> {
  const before = await measureFree(folders);
  let last = performance.now();
  return async () => {
    const isFuller = before - (await measureFree(folders)) > most / 2;
    if (!isFuller && performance.now() - last < latestMs) return false;
    last = performance.now();
    return true;
  };
}

/**
 * Checks about every second how much a program has written into its writable folders, and calls `end` if that is more
 * than allowed. Most file systems have no quota for folders, so a program can exceed the limit until the next check. The
 * returned function stops the checks.
 */
export function watchDisk(
  { view, maxWrittenBytes, isFilled = false }: Command,
  end: (why: Outcome['ended']) => void,
): () => void {
  const folders = [...view.writable, ...Object.values(view.moved ?? {})];
  if (maxWrittenBytes === undefined || folders.length === 0) return () => {};
  const since = isFilled ? Date.now() - CLOCK_MS : 0;
  const latestMs = isFilled ? LATEST_LOOK_FILLED_MS : LATEST_LOOK_MS;
  const scout = createScout(folders, maxWrittenBytes, latestMs);
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const started = performance.now();
    const isWorthIt = await (await scout)();
    let left = maxWrittenBytes;
    if (isWorthIt) for (const dir of folders) left -= await measureFolder(dir, left, since);
    if (left < 0) end('disk-limit');
    else if (!isStopped) wait(Math.max(INTERVAL_MS, (performance.now() - started) / SHARE));
  };
  const wait = (milliseconds: number): void => {
    timer = setTimeout(() => void look(), milliseconds);
  };
  wait(FIRST_LOOK_MS);
  return () => {
    isStopped = true;
    if (timer) clearTimeout(timer);
  };
}
