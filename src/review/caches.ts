import { createHash } from 'node:crypto';
import { access, chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addToCache, extendBases, seedCache, trimBases } from '../go/build-cache.ts';
import { writeCompilerScripts } from '../go/c-compiler.ts';
import type { GoFolders, Toolchain } from '../go/toolchain.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Workspace } from './workspace.ts';
import { stateDir } from '../state-dir.ts';

/** The caches of the go command in one review, and the function that keeps compilations. */
export type Caches = {
  folders: GoFolders;
  /** The operator's module cache, which can serve as a proxy; null: there is no readable one. */
  ownCache: string | null;
  /**
   * Keeps what was compiled so far for later reviews. Call it only before unmerged code is compiled, which could put
   * wrong outputs into the cache. `standardOutputs`: the names of the standard library's outputs.
   */
  keep: (standardOutputs: ReadonlySet<string>) => Promise<void>;
  head: HeadCache;
};

/** The compilations of a pull request's code, which only its own reviews use. */
export type HeadCache = {
  /** Adds those of earlier reviews. Call it after merged code was compiled and kept, which must not depend on them. */
  open: () => void;
  /** Keeps what was compiled since then for later reviews of the pull request. */
  keep: () => Promise<void>;
};

const noHeadCache: HeadCache = { open: () => {}, keep: async () => {} };

/**
 * The unique name of a repository, and of the pull request for whose later reviews the compilations of head are kept;
 * null: they are not kept.
 */
export type CacheNames = { repository: string; pullRequest: string | null };

/** Whether any user can enter a folder and all folders above it. */
async function isOpen(dir: string): Promise<boolean> {
  for (let at = dir; ; at = path.dirname(at)) {
    const info = await stat(at).catch(() => null);
    if (!info || (info.mode & 0o001) === 0) return false;
    if (at === '/') return true;
  }
}

/**
 * Without a sandbox: one cache for all reviews, and the user's own modules. Programs can change both, at the user's
 * risk.
 */
async function openPlainCaches({ dir, temp }: Workspace, toolchain: Toolchain): Promise<Caches> {
  const shared = path.join(stateDir(), 'trusted-code-build');
  const buildCache = await mkdir(shared, { recursive: true }).then(
    () => shared,
    () => path.join(dir, 'go-build'),
  );
  const moduleCache = toolchain.settings['GOMODCACHE'] ?? '';
  return {
    folders: { buildCache, baseCaches: [], moduleCache, temp, compilers: null },
    ownCache: null,
    keep: async () => {},
    head: noHeadCache,
  };
}

/**
 * In a sandbox: a build cache for this review only, with links to earlier compilations of the standard library, of this
 * repository's merged code, and later of the pull request; and a module cache that only the fetch stage writes.
 */
async function openPrivateCaches(
  { dir }: Workspace,
  { repository, pullRequest }: CacheNames,
  sandbox: Sandbox,
  toolchain: Toolchain,
): Promise<Caches> {
  const place = (name: string): Promise<string> =>
    firstWritable([path.join(stateDir(), name), path.join(dir, path.basename(name))]);
  const { uid } = sandbox.facts;
  const standard = await place('build/standard');
  const own = await place(`build/${shorten(repository)}`);
  const head = pullRequest === null ? null : await place(`build/${HEAD}${shorten(pullRequest)}`);
  const folders: GoFolders = {
    buildCache: path.join(dir, 'go-build'),
    baseCaches: [standard, own, ...(head === null ? [] : [head])],
    moduleCache: await place('modules'),
    temp: path.join(dir, 'go-tmp'),
    compilers: await writeCompilerScripts(path.join(dir, 'compilers'), toolchain.goroot),
  };
  await sandbox.makeWritable(folders.temp);
  await sandbox.makeWritable(folders.moduleCache, 'fetch');
  await closeState(sandbox, [...folders.baseCaches, folders.moduleCache]);
  const { buildCache } = folders;
  seedCache([standard, own], buildCache, uid);
  const ownModules = toolchain.settings['GOMODCACHE'] ?? '';
  const isUsable = await access(path.join(ownModules, 'cache', 'download')).then(
    () => uid === null || isOpen(path.join(ownModules, 'cache', 'download')),
    () => false,
  );
  return {
    folders,
    ownCache: isUsable ? ownModules : null,
    // If this fails, the next review compiles the code again.
    keep: (standardOutputs) =>
      extendBases(buildCache, [standard, own], (output) =>
        standardOutputs.has(output) ? standard : own,
      ).catch(() => {}),
    head:
      head === null
        ? noHeadCache
        : {
            open: () => addToCache(head, buildCache, uid),
            keep: () => extendBases(buildCache, [standard, own, head], () => head).catch(() => {}),
          },
  };
}

/** The beginning of the names of the folders with compilations of pull requests. */
const HEAD = 'head-';

const shorten = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 16);

/**
 * Files that are kept between reviews can be code of private repositories, so no other user of this machine may enter
 * their folders. Earlier versions left the folders open to everybody.
 */
async function closeState({ users }: Sandbox, shared: readonly string[]): Promise<void> {
  for (const dir of shared) {
    if (users !== null) await chown(dir, -1, users.fetch);
    await chmod(dir, users === null ? 0o700 : 0o750);
  }
  const state = stateDir();
  // As root, programs run as other users, who must be able to pass through this folder to the shared ones.
  await chmod(state, users === null ? 0o700 : 0o711).catch(() => {});
  for (const name of ['mirrors', 'runs', 'users']) await chmod(path.join(state, name), 0o700).catch(() => {});
}

async function firstWritable(dirs: readonly string[]): Promise<string> {
  for (const dir of dirs) {
    const made = await mkdir(dir, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (made) return dir;
  }
  return dirs.at(-1) ?? '';
}

/** Opens the caches of one review. */
export async function openCaches(
  workspace: Workspace,
  names: CacheNames,
  sandbox: Sandbox,
  toolchain: Toolchain,
): Promise<Caches> {
  return sandbox.facts.tier === 'none'
    ? openPlainCaches(workspace, toolchain)
    : openPrivateCaches(workspace, names, sandbox, toolchain);
}

const DAY_MS = 24 * 60 * 60_000;

const MIRROR = /\.git(?:\.(?:new|old)-[0-9a-f]+)?$/u;

/** Removes mirrors that have not been used for long, and files that killed processes left beside them. */
async function trimMirrors(dir: string, maxAgeMs: number): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    const at = path.join(dir, name);
    const info = await stat(at).catch(() => null);
    if (info === null || !info.isDirectory()) continue;
    if (!MIRROR.test(name)) await trimMirrors(at, maxAgeMs);
    else if (Date.now() - info.mtimeMs > maxAgeMs) await rm(at, { recursive: true, force: true });
  }
}

/**
 * Once a day, and only while no other review runs, removes cache entries that are old or exceed the size limit, and
 * mirrors that have not been used for the same time.
 */
export async function trimCaches({ maxMiB, maxDays }: { maxMiB: number; maxDays: number }): Promise<void> {
  const state = stateDir();
  const stamp = path.join(state, 'trimmed');
  const last = Number(await readFile(stamp, 'utf8').catch(() => '0'));
  if (Date.now() - last < DAY_MS) return;
  const running = await readdir(path.join(state, 'runs')).catch(() => []);
  if (running.length > 1) return;
  await writeFile(stamp, String(Date.now())).catch(() => {});
  await trimMirrors(path.join(state, 'mirrors'), maxDays * DAY_MS).catch(() => {});
  const build = path.join(state, 'build');
  // All pull requests share one limit, because there can be many of them.
  const groups = Map.groupBy(await readdir(build).catch(() => []), (name) =>
    name.startsWith(HEAD) ? HEAD : name,
  );
  for (const names of groups.values()) {
    const bases = names.map((name) => path.join(build, name));
    await trimBases(bases, maxMiB * 2 ** 20, maxDays * DAY_MS).catch(() => {});
  }
}
