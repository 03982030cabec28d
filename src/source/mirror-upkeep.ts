import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { openUmask } from '../umask.ts';
import { runGit, type GitContext } from './command.ts';

/** A mirror, and the signal that aborts work on it. */
export type MirrorPlace = { gitDir: string; signal: AbortSignal };

/** Runs git in a mirror, without the network. */
export function mirrorContext({ gitDir, signal }: MirrorPlace): GitContext {
  return { cwd: gitDir, env: { GIT_DIR: gitDir }, signal };
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

const besides = (gitDir: string, what: string): string =>
  `${gitDir}.${what}-${randomBytes(4).toString('hex')}`;

/** Other users can pass through these folders, because the sandbox's user may need folders beside the mirrors. */
function makeParents(dir: string): void {
  const restoreUmask = openUmask();
  try {
    mkdirSync(dir, { recursive: true });
  } finally {
    restoreUmask();
  }
}

/** Creates an empty mirror atomically if there is none. Returns whether it did. */
export async function ensureMirror({ gitDir, signal }: MirrorPlace): Promise<boolean> {
  const parts = ['HEAD', 'objects', 'refs'].map((name) => isThere(path.join(gitDir, name)));
  if ((await Promise.all(parts)).every(Boolean)) return false;
  await discardMirror(gitDir);
  const unfinished = besides(gitDir, 'new');
  makeParents(path.dirname(gitDir));
  // Only our user may read it, because the repository can be private.
  await mkdir(unfinished, { mode: 0o700 });
  const init = ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '--initial-branch=main'];
  try {
    await runGit({ cwd: unfinished, env: {}, signal }, [...init, unfinished]);
    await rename(unfinished, gitDir);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process was faster.
    if (!(await isThere(path.join(gitDir, 'HEAD')))) throw error;
  }
  return true;
}

/**
 * Removes a mirror permanently; the next fetch creates it again. It is renamed first, so that nobody opens an
 * incomplete one.
 */
export async function discardMirror(gitDir: string): Promise<void> {
  const away = besides(gitDir, 'old');
  try {
    await rename(gitDir, away);
  } catch (error) {
    if (!(await isThere(gitDir))) return;
    throw error;
  }
  await rm(away, { recursive: true, force: true, maxRetries: 3 });
}

const SIZE_MS = 250;

/** Bytes of the packs in a mirror, unfinished ones included. */
async function measurePacks(gitDir: string): Promise<number> {
  const dir = path.join(gitDir, 'objects', 'pack');
  const sizes = (await readdir(dir).catch(() => [])).map((name) =>
    stat(path.join(dir, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/**
 * Calls `abort` as soon as a mirror's packs have grown by more than `bytes`: git can only limit pushes, not fetches.
 */
export async function watchSize(
  gitDir: string,
  bytes: number,
  abort: () => void,
): Promise<{ stop: () => void }> {
  const before = await measurePacks(gitDir);
  const look = async (): Promise<void> => {
    if ((await measurePacks(gitDir)) - before > bytes) abort();
  };
  const interval = setInterval(() => void look(), SIZE_MS);
  return { stop: () => clearInterval(interval) };
}

/** Removes files of a mirror outside its object folders that have not changed for the given time. */
export async function removeOld(
  dir: string,
  isWanted: (name: string) => boolean,
  ageMs: number,
): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory() && entry.name !== 'objects') await removeOld(file, isWanted, ageMs);
    if (!entry.isFile() || !isWanted(entry.name)) continue;
    const info = await lstat(file).catch(() => null);
    if (info !== null && Date.now() - info.mtimeMs > ageMs) await rm(file, { force: true });
  }
}

/** The number of commits that are kept by a ref, as starting points of later fetches. */
const KEPT_REFS = 500;
const DAY_MS = 24 * 60 * 60_000;

/**
 * Drops the refs of the oldest commits, and repacks the mirror if much was fetched. Called after a review, when nobody
 * waits. Other processes can read and fetch at the same time. Throws the failures of `runGit`.
 */
export async function tidyMirror(request: MirrorPlace): Promise<void> {
  const context = mirrorContext(request);
  await removeOld(path.join(request.gitDir, 'objects', 'pack'), (name) => name.startsWith('tmp_'), DAY_MS);
  const args = ['for-each-ref', '--sort=-committerdate', '--format=delete %(refname)', 'refs/allocgate'];
  const { stdout } = await runGit(context, args);
  const old = stdout.trimEnd().split('\n').slice(KEPT_REFS);
  if (old.length > 0) await runGit(context, ['update-ref', '--stdin'], { input: `${old.join('\n')}\n` });
  // Every fetch leaves a pack; the first and largest one is not packed again with each fifty of them.
  const often = ['gc.auto=6700', 'gc.autoDetach=false', 'gc.bigPackThreshold=256m'];
  const collecting = often.flatMap((setting) => ['-c', setting]);
  await runGit(context, [...collecting, 'gc', '--auto', '--quiet'], { accept: 'any' });
}
