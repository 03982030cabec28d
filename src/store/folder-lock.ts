import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { databaseErrors } from '../report/words/server.ts';

/** A holder on another host (or in another container) is alive when it touched its lock in this time, in ms. */
const STALE_MS = 30_000;

/** Only allocgate makes such a lock: what has the folder is another process of it, which lives. */
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
 * What tells a process from a later one with the same number: its start, in clock ticks since the host's
 * (field 22 of /proc/PID/stat, proc(5)). The name in the second field may contain spaces and parentheses.
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
    // EPERM: it is there and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether the process that wrote `holder` still lives. */
async function isHeld(file: string, holder: string): Promise<boolean> {
  const [pid, start, host] = holder.split('\n');
  if (host === hostname()) return isRunning(Number(pid)) && (await readStart(Number(pid))) === start;
  const touched = await stat(file).catch(() => null);
  return touched !== null && Date.now() - touched.mtimeMs < STALE_MS;
}

/** Takes a dead process's lock away; two may try at once, and the slower one puts back what it took by mistake. */
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
 * Makes `dir`.lock for this process, or throws `FolderInUse`, which names the process that has it. The lock of a process
 * that is gone is taken over. Returns what gives it back.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const file = `${dir}.lock`;
  const own = `${file}.${randomUUID()}`;
  try {
    await writeFile(own, `${process.pid}\n${await readStart(process.pid)}\n${hostname()}\n`);
    // A link appears with its content, at once or not at all.
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
