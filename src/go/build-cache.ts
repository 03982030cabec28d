import { createHash } from 'node:crypto';
import { copyFileSync, lchownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Compilations that are kept between reviews (bases), and the cache that one review may write. The latter begins with
 * links into the bases, which its writer cannot change; what it adds goes into a base only if the caller says that
 * nothing but trusted code was compiled so far. The layout is cmd/go/internal/cache's: two hexadecimal
 * digits, then `ID-a` (what an action gave: the name of an output) and `ID-d` (an output, named by its SHA-256).
 */
const FOLDERS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
const ENTRY = /^([0-9a-f]{64})-([ad])$/u;
/** `v1 ACTION OUTPUT SIZE TIME`, all of one width. */
const ACTION = /^v1 ([0-9a-f]{64}) ([0-9a-f]{64}) +\d+ +\d+\n$/u;
const MAX_ACTION_BYTES = 256;

function listEntries(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => ENTRY.test(name));
  } catch {
    return [];
  }
}

/**
 * Fills a new folder `cache` from `bases`, for the user `uid` to write (null: ours). Outputs are links: a base has them
 * once, and read-only. Actions are copies, some of which the go command writes anew each time (cmd/go/internal/list).
 */
export function seedCache(bases: readonly string[], cache: string, uid: number | null): void {
  const give = (file: string): void => {
    if (uid !== null) lchownSync(file, uid, uid);
  };
  for (const folder of ['', ...FOLDERS]) {
    const to = path.join(cache, folder);
    mkdirSync(to);
    give(to);
    const seen = new Set<string>();
    for (const base of bases) {
      for (const name of listEntries(path.join(base, folder))) {
        if (seen.has(name)) continue;
        seen.add(name);
        const [from, file] = [path.join(base, folder, name), path.join(to, name)];
        if (name.endsWith('-d')) symlinkSync(from, file);
        else if (copyIfThere(from, file)) give(file);
      }
    }
  }
  // Else the go command would take the links for entries of the age that their targets have, and remove them.
  writeFileSync(path.join(cache, 'trim.txt'), String(Math.floor(Date.now() / 1000)));
}

/** Another review may just have trimmed what was listed. */
function copyIfThere(from: string, to: string): boolean {
  try {
    copyFileSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** The bases of one repository: what was compiled of the standard library serves all, the rest this one alone. */
export type Bases = { standard: string; own: string };

/** The output that a new entry stands for, if the entry is what it says: by its hash, or by its form. Else null. */
async function readOutput(file: string, id: string, kind: string): Promise<string | null> {
  const info = await lstat(file);
  if (!info.isFile()) return null;
  if (kind === 'd') return hash(await readFile(file)) === id ? id : null;
  if (info.size > MAX_ACTION_BYTES) return null;
  const match = ACTION.exec(await readFile(file, 'latin1'));
  return match?.[1] === id ? (match[2] ?? null) : null;
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function listOutputs(base: string): string[] {
  const names = FOLDERS.flatMap((folder) => listEntries(path.join(base, folder)));
  return names.filter((name) => name.endsWith('-d')).map((name) => name.slice(0, 64));
}

async function copyEntry(file: string, base: string, name: string): Promise<void> {
  const folder = path.join(base, name.slice(0, 2));
  // Beside its place and under another name, so that nobody ever reads half of it.
  const temporary = path.join(base, `new-${process.pid}-${name}`);
  await mkdir(folder, { recursive: true });
  await copyFile(file, temporary);
  await rename(temporary, path.join(folder, name));
}

/**
 * Copies what `cache` has and the bases have not into the bases, each entry checked: outputs of the standard library,
 * of which `standardOutputs` has the names, and what names them into one, all others into the other. Only call it when
 * the go command has compiled nothing but merged code with this cache, and no program of a repository could reach it.
 */
export async function extendBases(
  cache: string,
  { standard, own }: Bases,
  standardOutputs: ReadonlySet<string>,
): Promise<void> {
  const outputs = new Set([...listOutputs(standard), ...listOutputs(own)]);
  // Outputs first: an action in a base must never name one that is not there.
  for (const kind of ['d', 'a']) {
    for (const folder of FOLDERS) {
      const known = new Set([standard, own].flatMap((base) => listEntries(path.join(base, folder))));
      for (const name of listEntries(path.join(cache, folder))) {
        const [, id = '', of] = ENTRY.exec(name) ?? [];
        if (of !== kind || known.has(name)) continue;
        const file = path.join(cache, folder, name);
        const output = await readOutput(file, id, kind);
        if (output === null || (kind === 'a' && !outputs.has(output))) continue;
        outputs.add(output);
        await copyEntry(file, standardOutputs.has(output) ? standard : own, name);
      }
    }
  }
}

/**
 * Removes the oldest entries of a base until it has at most `maxBytes`, and those older than `maxAgeMs`. Only call it
 * while no review reads the base.
 */
export async function trimBase(base: string, maxBytes: number, maxAgeMs: number): Promise<void> {
  const entries: { file: string; bytes: number; time: number }[] = [];
  for (const folder of FOLDERS) {
    for (const name of listEntries(path.join(base, folder))) {
      const file = path.join(base, folder, name);
      const info = await stat(file).catch(() => null);
      if (info) entries.push({ file, bytes: info.size, time: info.mtimeMs });
    }
  }
  let bytes = 0;
  for (const entry of entries.sort((a, b) => b.time - a.time)) {
    bytes += entry.bytes;
    if (bytes > maxBytes || Date.now() - entry.time > maxAgeMs) await rm(entry.file, { force: true });
  }
  const names = await readdir(base);
  for (const name of names.filter((one) => one.startsWith('new-'))) await rm(path.join(base, name));
  // What nobody has compiled for so long goes wholly.
  const isEmpty = names.every((name) => listEntries(path.join(base, name)).length === 0);
  if (isEmpty) await rm(base, { recursive: true });
}
