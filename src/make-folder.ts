import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from './errors.ts';

/** Returns whether there is a folder now; false: its parent is missing or a file. Throws the system's other errors. */
async function makeOne(dir: string, mode: number): Promise<boolean> {
  try {
    await mkdir(dir, { mode });
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    if (code === 'EEXIST' && (await stat(dir)).isDirectory()) return true;
    throw error;
  }
}

/**
 * Makes a folder that a user chose, with its parents. Node's own recursive `mkdir` never ends below /proc, where nothing
 * can be made. Throws the system's error, whose `path` is the folder that could not be made, or the file in its place.
 */
export async function makeFolder(dir: string, mode = 0o777): Promise<void> {
  if (await makeOne(dir, mode)) return;
  if (path.dirname(dir) !== dir) await makeFolder(path.dirname(dir), mode);
  await mkdir(dir, { mode }).catch((error: unknown) => {
    // Another process was faster.
    if (systemCode(error) !== 'EEXIST') throw error;
  });
}
