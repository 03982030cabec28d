import { randomInt } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { Failure, isNoSpace, systemReason } from '../errors.ts';
import { type CgroupSupport, removeCgroups } from '../sandbox/cgroup.ts';
import { needsUsers, type RunUsers } from '../sandbox/users.ts';
import { claimUsers } from './run-users.ts';

/**
 * The temporary folder of one run. The folder and the control groups of the run are recorded before they are made, so
 * that the next run can remove them if this one is killed.
 */
export type RunFolder = {
  /** `allocgate-XXXXXX`: the folder's name, and the prefix of its control groups. */
  name: string;
  dir: string;
  /** The users of the run's programs, if allocgate runs as root; null: programs run as allocgate's own user. */
  users: RunUsers | null;
  /** Records in which control groups this run creates its own from now on. */
  noteCgroups: (cgroups: CgroupSupport) => Promise<void>;
};

const PREFIX = 'allocgate-';
const NAME = /^allocgate-[A-Za-z0-9]{6}$/u;
/** The name of an unfinished record. Only a complete record gets its final name. */
const UNFINISHED = /^allocgate-[A-Za-z0-9]{6}\.new$/u;
/** The age in milliseconds from which an unfinished record is left over. Writing one takes less than a millisecond. */
const UNFINISHED_AGE = 60_000;
/** In milliseconds. No review takes longer. */
const LONGEST_REVIEW = 24 * 60 * 60_000;

/** Identifies a process. Its ID alone does not, because a later process can get the same one. */
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

/** The start time of a process, in ticks since boot (proc_pid_stat(5), field 22); '' if the process does not exist. */
async function readStart(pid: number): Promise<string> {
  const text = await readText(`/proc/${pid}/stat`);
  // The second field, the program's name, can contain spaces and parentheses.
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
 * Whether the process that made a record has certainly ended. If it ran in another namespace, such as another
 * container, that is only certain once the record is older than any review can last.
 */
async function isGone(recorded: Owner, file: string): Promise<boolean> {
  const present = await describeOwner(recorded.pid);
  if (recorded.boot !== present.boot) return true;
  if (recorded.pidNamespace !== present.pidNamespace) return (await readAge(file)) > LONGEST_REVIEW;
  return recorded.started !== present.started;
}

/** Milliseconds since a file was written; 0 if it does not exist. */
async function readAge(file: string): Promise<number> {
  const info = await stat(file).catch(() => null);
  return info === null ? 0 : Date.now() - info.mtimeMs;
}

/** Makes directories accessible again, because a program may have removed their permissions. */
async function openDirectories(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(path.join(dir, entry.name));
  }
}

/**
 * Removes a directory and everything below it. Errors are ignored, because they must not hide the result of the review.
 */
async function removeTree(dir: string): Promise<void> {
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true, maxRetries: 3 });
  await remove().catch(() =>
    openDirectories(dir)
      .then(remove)
      .catch(() => {}),
  );
}

/** Removes what ended processes left behind: control groups and their processes, folders, and records. */
export async function removeLeftovers(records: string): Promise<void> {
  for (const file of await readdir(records).catch(() => [])) {
    const name = path.basename(file, '.json');
    const at = path.join(records, file);
    if (UNFINISHED.test(file)) await removeOld(at);
    if (!NAME.test(name)) continue;
    const parsed = record.safeParse(parseJson(await readText(at)));
    if (!parsed.success) continue;
    const { dir, owner: recorded, cgroups } = parsed.data;
    if (!(await isGone(recorded, at))) continue;
    await removeCgroups(cgroups, `${name}-`);
    if (path.basename(dir) === name) await removeTree(dir);
    await rm(at, { force: true });
  }
}

async function removeOld(file: string): Promise<void> {
  if ((await readAge(file)) > UNFINISHED_AGE) await rm(file, { force: true });
}

/** Writes a record atomically: a process that is killed meanwhile must not leave an unreadable one. */
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
 * Creates the temporary folder of one run; disposing of the result removes it. First, the leftovers of killed runs are
 * removed. `records`: a permanent folder for records; if it is not writable, no record is made. No other user of the
 * machine can enter the run's folder; if allocgate runs as root, the users of the run's programs can pass through it.
 * Throws `temp-not-writable` or `disk-full`.
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
  const users = path.join(path.dirname(records), 'users');
  const isRunning = async (run: string): Promise<boolean> =>
    (await stat(path.join(records, `${run}.json`)).catch(() => null)) !== null;
  const claim = needsUsers() ? await claimUsers({ dir: users, isRunning }, name) : null;
  const remove = async (): Promise<void> => {
    await removeTree(dir);
    await claim?.release();
    await rm(file, { force: true }).catch(() => {});
  };
  await mkdir(records, { recursive: true }).catch(() => {});
  await noteCgroups({ kind: 'none', reason: 'not made yet' });
  try {
    await mkdir(dir, { mode: 0o700 });
    if (claim !== null) {
      await chown(dir, 0, claim.users.program);
      await chmod(dir, 0o710);
    }
  } catch (error) {
    await remove();
    throwUnusable(error);
  }
  return { name, dir, users: claim?.users ?? null, noteCgroups, [Symbol.asyncDispose]: remove };
}
