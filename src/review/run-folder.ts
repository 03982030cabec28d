import { randomInt } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Failure, isNoSpace, systemReason } from '../errors.ts';
import { type CgroupSupport, removeCgroups } from '../sandbox/cgroup.ts';

/**
 * A throwaway folder of one run and what else it leaves on the machine, written down before it is made: a run that was
 * killed cannot clean up, so the next one does it.
 */
export type RunFolder = {
  /** `allocgate-XXXXXX`: the folder's name, and how the names of its control groups begin. */
  name: string;
  dir: string;
  /** Says where control groups are made from now on. */
  noteCgroups: (cgroups: CgroupSupport) => Promise<void>;
};

const PREFIX = 'allocgate-';
const NAME = /^allocgate-[A-Za-z0-9]{6}$/u;
/** A record that is being written: only the whole of it gets the name that is looked for. */
const UNFINISHED = /^allocgate-[A-Za-z0-9]{6}\.new$/u;
/** Milliseconds; writing a record takes less than one. */
const UNFINISHED_AGE = 60_000;
const LONGEST_REVIEW = 24 * 60 * 60_000;

/** One process of this machine: its ID alone may be given to another one later. */
const owner = z.object({ pid: z.number(), started: z.string(), boot: z.string(), pidNamespace: z.string() });
type Owner = z.infer<typeof owner>;
const parents = z.object({ memory: z.string(), pids: z.string(), cpu: z.string().nullable() });
const record = z.object({
  dir: z.string(),
  owner,
  cgroups: z.union([
    z.object({ kind: z.literal('v2'), parents, reason: z.null() }),
    z.object({ kind: z.literal('v1'), parents, reason: z.string() }),
    z.object({ kind: z.literal('none'), reason: z.string() }),
  ]),
});
type RunRecord = z.infer<typeof record>;

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** When a process started, in ticks since the machine did (proc_pid_stat(5), field 22); '' when it is gone. */
async function readStart(pid: number): Promise<string> {
  const text = await readText(`/proc/${pid}/stat`);
  // The second field, the program's name, may hold spaces and parentheses.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function describeOwner(pid: number): Promise<Owner> {
  return {
    pid,
    started: await readStart(pid),
    boot: (await readText('/proc/sys/kernel/random/boot_id')).trim(),
    pidNamespace: await readlink('/proc/self/ns/pid').catch(() => ''),
  };
}

/**
 * Whether the process that made a record is surely gone. Of another namespace's processes, such as another container's,
 * nothing can be said until no review could have lasted so long.
 */
async function isGone(theirs: Owner, file: string): Promise<boolean> {
  const ours = await describeOwner(theirs.pid);
  if (theirs.boot !== ours.boot) return true;
  if (theirs.pidNamespace !== ours.pidNamespace) return (await readAge(file)) > LONGEST_REVIEW;
  return theirs.started !== ours.started;
}

/** Milliseconds since a file was written; 0 when it is gone. */
async function readAge(file: string): Promise<number> {
  const info = await stat(file).catch(() => null);
  return info === null ? 0 : Date.now() - info.mtimeMs;
}

/** A program may have left directories that may not be entered. */
async function openDirectories(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(path.join(dir, entry.name));
  }
}

/** Removes a directory and all below it. What cannot be removed must not hide what the review has to say: it stays. */
async function removeTree(dir: string): Promise<void> {
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true, maxRetries: 3 });
  await remove().catch(() =>
    openDirectories(dir)
      .then(remove)
      .catch(() => {}),
  );
}

/** Removes what runs left whose process is gone: control groups with all that is in them, folders, records. */
export async function removeLeftovers(records: string): Promise<void> {
  for (const file of await readdir(records).catch(() => [])) {
    const name = path.basename(file, '.json');
    const at = path.join(records, file);
    if (UNFINISHED.test(file)) await removeOld(at);
    if (!NAME.test(name)) continue;
    const parsed = record.safeParse(parseJson(await readText(at)));
    if (!parsed.success) continue;
    const { dir, owner: theirs, cgroups } = parsed.data;
    if (!(await isGone(theirs, at))) continue;
    await removeCgroups(cgroups, `${name}-`);
    if (path.basename(dir) === name) await removeTree(dir);
    await rm(at, { force: true });
  }
}

async function removeOld(file: string): Promise<void> {
  if ((await readAge(file)) > UNFINISHED_AGE) await rm(file, { force: true });
}

/** At once: a process that is killed in the middle must not leave a record that nobody can read. */
async function writeRecord(file: string, text: RunRecord): Promise<void> {
  const unfinished = file.replace(/\.json$/u, '.new');
  await writeFile(unfinished, JSON.stringify(text), { mode: 0o600 });
  await rename(unfinished, file);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function inventName(): string {
  return PREFIX + Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

function throwUnusable(error: unknown): never {
  if (isNoSpace(error)) throw new Failure('disk-full', { path: tmpdir() }, { cause: error });
  const facts = { path: tmpdir(), reason: systemReason(error) };
  throw new Failure('temp-not-writable', facts, { cause: error });
}

/**
 * Makes a folder for one run, which disposing of it removes again; first it removes what killed runs left. `records` is
 * a folder that outlives runs; where it cannot be written, nothing is written down.
 * Others may pass through the folder, to what is in it, but not list it.
 */
export async function openRunFolder(records: string): Promise<RunFolder & AsyncDisposable> {
  await removeLeftovers(records);
  const name = inventName();
  const dir = path.join(tmpdir(), name);
  const file = path.join(records, `${name}.json`);
  const mine = await describeOwner(process.pid);
  const noteCgroups = async (cgroups: CgroupSupport): Promise<void> => {
    await writeRecord(file, { dir, owner: mine, cgroups }).catch(() => {});
  };
  const remove = async (): Promise<void> => {
    await removeTree(dir);
    await rm(file, { force: true }).catch(() => {});
  };
  await mkdir(records, { recursive: true }).catch(() => {});
  await noteCgroups({ kind: 'none', reason: 'not made yet' });
  try {
    await mkdir(dir, { mode: 0o700 });
    await chmod(dir, 0o711);
  } catch (error) {
    await remove();
    throwUnusable(error);
  }
  return { name, dir, noteCgroups, [Symbol.asyncDispose]: remove };
}
