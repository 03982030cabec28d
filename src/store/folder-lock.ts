import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemCode } from '../errors.ts';
import { databaseErrors } from '../report/words/server.ts';

/**
 * A holder on another host (or in another container) counts as alive if it touched its lock within this time, in ms.
 */
const STALE_MS = 30_000;

/** Another running allocgate process has the folder. */
export class FolderInUse extends Error {
  readonly pid: number;

  constructor(dir: string, file: string, holder: string) {
    const [pid = '', , host = ''] = holder.split('\n');
    super(databaseErrors.inUse(dir, { pid, host, file }));
    this.name = 'FolderInUse';
    this.pid = Number(pid);
  }
}

/**
 * The start time of a process, which distinguishes it from a later one with the same ID: clock ticks since the host's
 * boot (field 22 of /proc/PID/stat, proc(5)). The name in the second field can contain spaces and parentheses.
 */
async function readStart(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return systemCode(error) === 'EPERM';
  }
}

/** Whether the process that wrote `holder` still lives. */
async function isHeld(file: string, holder: string): Promise<boolean> {
  const [pid, start, host] = holder.split('\n');
  if (host === hostname()) return isRunning(Number(pid)) && (await readStart(Number(pid))) === start;
  const touched = await stat(file).catch(() => null);
  return touched !== null && Date.now() - touched.mtimeMs < STALE_MS;
}

/**
 * Removes the lock of a dead process. If two processes try it at once, the slower one restores what it removed by
 * mistake.
 */
async function removeStale(file: string, holder: string): Promise<void> {
  const taken = `${file}.${randomUUID()}`;
  await rename(file, taken).catch(() => {});
  if ((await readFile(taken, 'utf8').catch(() => holder)) !== holder) await link(taken, file).catch(() => {});
  await rm(taken, { force: true });
}

async function tryLink(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

/**
 * Creates `dir`.lock for this process, or throws `FolderInUse` with the process that has it. The lock of an ended
 * process is taken over. Returns a function that releases the lock.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const file = `${dir}.lock`;
  const own = `${file}.${randomUUID()}`;
  try {
    await writeFile(own, `${process.pid}\n${await readStart(process.pid)}\n${hostname()}\n`);
    // A hard link appears atomically, with its content.
    for (let tries = 0; !(await tryLink(own, file)); tries++) {
      const holder = await readFile(file, 'utf8').catch(() => null);
      if (holder === null) continue;
      if (tries > 3 || (await isHeld(file, holder))) throw new FolderInUse(dir, file, holder);
      await removeStale(file, holder);
    }
  } finally {
    await rm(own, { force: true });
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), STALE_MS / 3);
  beat.unref();
  return async () => {
    clearInterval(beat);
    await rm(file, { force: true });
  };
}
