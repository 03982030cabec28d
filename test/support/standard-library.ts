import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { stateDir } from '../../src/state-dir.ts';

/**
 * Puts what this machine has compiled of the standard library into the state of a test's own (`XDG_CACHE_HOME`): compiling it
 * anew takes a minute. Where it has nothing yet, the test compiles.
 */
export async function addStandardLibrary(cacheHome: string): Promise<void> {
  const to = path.join(cacheHome, 'allocgate', 'build');
  await mkdir(to, { recursive: true });
  const from = path.join(stateDir(), 'build', 'standard');
  await promisify(execFile)('cp', ['-a', from, to]).catch(() => {});
}
