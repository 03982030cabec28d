import { lstat, readdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Outcome } from './types.ts';

/** What fills a disk fast is to be seen soon; a short program is not worth a look. */
const FIRST_LOOK_MS = 250;
const INTERVAL_MS = 1000;
/** Of the time between two looks, a look may take this share: folders with many files are looked at less often. */
const SHARE = 1 / 30;
/** A file takes at least a block of the disk, and an inode, however small it is. */
const LEAST_BYTES = 4096;

/** Folders that held files before: so much later a look is taken although the disk did not become fuller. */
const LATEST_LOOK_MS = 60_000;
/** The clock of a file system is coarse. */
const CLOCK_MS = 1000;

/** A file with several names counts once over all of them. One that is older than `since` counts nothing. */
async function measureFile(file: string, since: number): Promise<number> {
  const info = await lstat(file).catch(() => null);
  if (info === null || info.ctimeMs < since) return 0;
  return Math.max(LEAST_BYTES, info.size / info.nlink);
}

/**
 * Bytes of the regular files below a folder that changed after `since` (milliseconds since 1970; default: all), each
 * counted once; stops counting beyond `enough`.
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

/** Bytes that are free on the file systems of some folders together. */
async function measureFree(folders: readonly string[]): Promise<number> {
  const systems = await Promise.all(folders.map((dir) => statfs(dir).catch(() => null)));
  return systems.reduce((sum, system) => sum + (system ? system.bavail * system.bsize : 0), 0);
}

/**
 * For folders that held much before (a module cache has some hundred thousand files): a function that tells whether
 * looking through them is worth its time. It is when the disk has lost half of what the program may write, and once a
 * minute, because others may have freed as much.
 */
async function createScout(folders: readonly string[], most: number): Promise<() => Promise<boolean>> {
  const before = await measureFree(folders);
  let last = performance.now();
  return async () => {
    const isFuller = before - (await measureFree(folders)) > most / 2;
    if (!isFuller && performance.now() - last < LATEST_LOOK_MS) return false;
    last = performance.now();
    return true;
  };
}

/**
 * Looks about every second at what a program has written into its writable folders, and ends it when that is more than it
 * may. Folders have no quota of their own on most file systems, so until then it can write more.
 */
export function watchDisk(
  { view, maxWrittenBytes, isFilled = false }: Command,
  end: (why: Outcome['ended']) => void,
): () => void {
  const folders = [...view.writable, ...Object.values(view.moved ?? {})];
  if (maxWrittenBytes === undefined || folders.length === 0) return () => {};
  const since = isFilled ? Date.now() - CLOCK_MS : 0;
  const scout = isFilled ? createScout(folders, maxWrittenBytes) : null;
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const started = performance.now();
    const isWorthIt = scout ? await (await scout)() : true;
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
