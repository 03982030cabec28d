import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Outcome } from './types.ts';

/** What fills a disk fast is to be seen soon; a short program is not worth a look. */
const FIRST_LOOK_MS = 250;
const INTERVAL_MS = 1000;
/** Of the time between two looks, a look may take this share: folders with many files are looked at less often. */
const SHARE = 1 / 30;
/** A file takes at least a block of the disk, and an inode, however small it is. */
const LEAST_BYTES = 4096;

/** A file with several names counts once over all of them. */
async function measureFile(file: string): Promise<number> {
  const info = await lstat(file).catch(() => null);
  return info === null ? 0 : info.size / info.nlink;
}

/** Bytes of the regular files below a folder, each counted once; stops counting beyond `enough`. */
export async function measureFolder(dir: string, enough: number): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    if (bytes > enough) break;
    const at = path.join(dir, entry.name);
    if (entry.isDirectory()) bytes += LEAST_BYTES + (await measureFolder(at, enough - bytes));
    else if (entry.isFile()) bytes += Math.max(LEAST_BYTES, await measureFile(at));
    else bytes += LEAST_BYTES;
  }
  return bytes;
}

/**
 * Looks about every second at what a program has written into its writable folders, and ends it when that is more than it
 * may. Folders have no quota of their own on most file systems, so until then it can write more.
 */
export function watchDisk(
  { view, maxWrittenBytes }: Command,
  end: (why: Outcome['ended']) => void,
): () => void {
  const folders = [...view.writable, ...Object.values(view.moved ?? {})];
  if (maxWrittenBytes === undefined || folders.length === 0) return () => {};
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  const look = async (): Promise<void> => {
    const started = performance.now();
    let left = maxWrittenBytes;
    for (const dir of folders) left -= await measureFolder(dir, left);
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
