import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { Failure, isNoSpace, systemReason } from '../errors.ts';
import type { Scratch } from '../go/toolchain.ts';

/** The throwaway directories of one review. `dir` holds everything but the build cache, which later reviews reuse. */
export type Workspace = { dir: string; scratch: Scratch };

const PREFIX = 'allocgate-';
/** What a killed review left behind is removed by the next one when it is older than any review lasts. */
const STALE_MS = 24 * 60 * 60_000;

/** Turns the system's "no space left" into a failure that says where. */
function rethrowDiskFull(error: unknown, where: string): never {
  if (isNoSpace(error)) throw new Failure('disk-full', { path: where }, { cause: error });
  throw error;
}

/** Where compilations are kept between reviews: `$XDG_CACHE_HOME/allocgate`, by default `~/.cache/allocgate`. */
export function cacheDir(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return path.join(base?.startsWith('/') ? base : path.join(homedir(), '.cache'), 'allocgate');
}

async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!/^allocgate-[A-Za-z0-9]{6}$/u.test(name)) continue;
    const dir = path.join(tmpdir(), name);
    const info = await stat(dir).catch(() => null);
    const isOurs = info?.uid === process.getuid?.();
    if (info && isOurs && Date.now() - info.mtimeMs > STALE_MS) await removeTree(dir);
  }
}

/** A benchmark may have left directories that may not be entered. */
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

/**
 * In a new HOME the go command starts a second process that counts the use of Go and may outlive the first, writing
 * into a directory that is just being removed. Only this file keeps it from that (https://go.dev/doc/telemetry).
 */
async function turnTelemetryOff(home: string): Promise<void> {
  const dir = path.join(home, '.config', 'go', 'telemetry');
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'mode'), 'off\n');
}

/** Makes the directories, runs `work` in them and removes them, whatever happens. */
export async function withWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T> {
  await removeStale();
  const dir = await mkdtemp(path.join(tmpdir(), PREFIX)).catch((error: unknown) => {
    if (isNoSpace(error)) throw new Failure('disk-full', { path: tmpdir() }, { cause: error });
    const facts = { path: tmpdir(), reason: systemReason(error) };
    throw new Failure('temp-not-writable', facts, { cause: error });
  });
  const scratch: Scratch = {
    home: path.join(dir, 'home'),
    temp: path.join(dir, 'tmp'),
    buildCache: path.join(cacheDir(), 'go-build'),
  };
  try {
    await Promise.all([turnTelemetryOff(scratch.home), mkdir(scratch.temp)]);
    await mkdir(scratch.buildCache, { recursive: true }).catch(() => {
      scratch.buildCache = path.join(dir, 'go-build');
    });
    return await work({ dir, scratch });
  } catch (error) {
    return rethrowDiskFull(error, tmpdir());
  } finally {
    await removeTree(dir);
  }
}
