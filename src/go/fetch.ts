import { createHash, randomUUID } from 'node:crypto';
import { access, chown, mkdir, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeLimit } from '../limits.ts';
import type { Outcome, Sandbox } from '../sandbox/types.ts';
import { findModules, type GoModule } from './modules.ts';
import type { StageLimits } from './stage-limits.ts';
import { type GoFolders, type Toolchain, withoutTelemetry } from './toolchain.ts';

/** Sources of modules besides the operator's proxies. */
export type DownloadSources = {
  /** The operator's own module cache, which can serve as a proxy; null: there is no readable one. */
  ownCache: string | null;
  /** Whether the reviewed code may use modules that `GOPRIVATE` names. They can only come from a proxy. */
  privateModules: boolean;
};

/** The only stage with network access. It runs no code of the repository: the go command reads go.mod and downloads. */
export type FetchTask = {
  sandbox: Sandbox;
  toolchain: Toolchain;
  folders: GoFolders;
  limits: StageLimits;
  treeDir: string;
  module: GoModule;
  /** The absolute path of the go.work file that applies, or `off`. */
  goWork: string;
  downloads: DownloadSources;
};

const MAX_OUTPUT_BYTES = 1 << 20;
const KEPT_LINES = 10;

/**
 * The list of proxies: `ownCache`, then the operator's proxies with their separators, which decide when the next one is
 * asked (https://go.dev/ref/mod#environment-variables). `direct` is left out, because the go command would run git on
 * any address in go.mod. Entries after `off` have no effect.
 */
export function chooseProxies(configured: string, ownCache: string | null): string {
  const parts = configured.split(/([,|])/u).map((part) => part.trim());
  const end = parts.indexOf('off');
  const listed = end === -1 ? parts : parts.slice(0, end);
  const own = ownCache === null ? '' : pathToFileURL(path.join(ownCache, 'cache', 'download')).href;
  // Each name is followed by its separator.
  return listed.reduce(
    (list, name, index) => {
      if (index % 2 === 1 || name === '' || name === 'direct') return list;
      const separator = listed.slice(0, index).findLast((part) => part === ',' || part === '|') ?? ',';
      return list === 'off' ? name : `${list}${list === own ? ',' : separator}${name}`;
    },
    own === '' ? 'off' : own,
  );
}

/** The existing folders of proxies with `file://` addresses. */
async function proxyFolders(proxies: string): Promise<string[]> {
  const addresses = proxies.split(/[,|]/u).filter((proxy) => proxy.startsWith('file://'));
  const folders = addresses.map((address) => fileURLToPath(address));
  const found = await Promise.all(folders.map(isThere));
  return folders.filter((_, index) => found[index]);
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The minor version in the go line of a go.mod or go.work file: 24 for `go 1.24.0`; null: it has none. */
function readGoLine(text: string): number | null {
  const minor = /^\s*go\s+1\.(?<minor>\d+)/mu.exec(text)?.groups?.['minor'];
  return minor === undefined ? null : Number(minor);
}

/**
 * A go.mod file with the go line that it lacks. `go list` reads such a file as one of Go 1.16
 * (https://go.dev/ref/mod#go-mod-file-go), but `go mod download` writes its own version into it. From 1.17 on it fetches
 * only the modules that the file names, and then those that they need are missing.
 */
function withGoLine(text: string): string {
  return readGoLine(text) === null ? `${text}\ngo 1.16\n` : text;
}

/**
 * Whether the go command takes modules from a vendor folder: only if the file beside it has a go line, and one that is
 * new enough.
 */
function readsVendor(text: string, oldest: number): boolean {
  const minor = readGoLine(text);
  return minor !== null && minor >= oldest;
}

/** A hash over the files that determine which modules are needed; null if none are, or if they are in the tree. */
async function fingerprint({ treeDir, module, goWork, toolchain }: FetchTask): Promise<string | null> {
  const root = goWork === 'off' ? path.join(treeDir, module.dir) : path.dirname(goWork);
  const goMod = await read(path.join(treeDir, module.dir, 'go.mod'));
  const hasVendor = goWork === 'off' ? readsVendor(goMod, 14) : readsVendor(await read(goWork), 22);
  if (hasVendor && (await isThere(path.join(root, 'vendor', 'modules.txt')))) return null;
  if (goWork === 'off' && !/^\s*require\b/mu.test(goMod)) return null;
  const work = goWork === 'off' ? [] : [await read(goWork), await read(`${goWork}.sum`)];
  // A go.work file or a `replace` can include any module of the tree, with its requirements.
  const modules = await findModules(treeDir, [module.dir]);
  const files = modules.flatMap(({ dir }) =>
    ['go.mod', 'go.sum'].map((name) => path.join(treeDir, dir, name)),
  );
  const texts = await Promise.all(files.map(read));
  const scope = goWork === 'off' ? module.dir : '';
  const all = [toolchain.version, scope, ...modules.map(({ dir }) => dir), ...texts, ...work];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

function fetchEnvironment({
  toolchain,
  sandbox,
  folders,
  goWork,
  downloads: { ownCache, privateModules },
}: FetchTask): Record<string, string> {
  const { GOPROXY = '', GOSUMDB = '', GOPRIVATE = '', GONOSUMDB = '' } = toolchain.settings;
  const { GONOPROXY = GOPRIVATE } = toolchain.settings;
  const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) =>
    [name, name.toLowerCase()].map((one): [string, string] => [one, process.env[one] ?? '']),
  );
  return {
    PATH: `${path.dirname(toolchain.go)}:/usr/bin:/bin`,
    HOME: sandbox.home,
    TMPDIR: sandbox.temp,
    LANG: 'C.UTF-8',
    GOROOT: toolchain.goroot,
    GOCACHE: path.join(sandbox.temp, 'go-build'),
    GOMODCACHE: folders.moduleCache,
    GOENV: 'off',
    GOFLAGS: '',
    GOTOOLCHAIN: 'local',
    ...withoutTelemetry,
    GOWORK: goWork,
    GOPROXY: chooseProxies(GOPROXY, ownCache),
    // A module that may not come from a proxy is unavailable, because git is never run.
    GONOPROXY: privateModules || GONOPROXY === '' ? 'none' : GONOPROXY,
    GOVCS: '*:off',
    GOSUMDB: GOSUMDB === '' ? 'sum.golang.org' : GOSUMDB,
    GONOSUMDB: GONOSUMDB === '' ? GOPRIVATE : GONOSUMDB,
    ...Object.fromEntries(proxyVariables.filter(([, value]) => value !== '')),
  };
}

/** The limit that was reached, if any, and the last lines of the go command. */
function describeEnd({ ended, exitCode, tail }: Outcome): string[] {
  const own = ended === 'exited' ? [] : [`go mod download ${describeLimit(ended, 'fetch')}`];
  const lines = [...own, ...tail.slice(-KEPT_LINES)];
  return lines.length > 0 ? lines : [`go mod download ended with status ${exitCode}`];
}

/** Copies only the files that determine which modules are needed. The go command may write to the copies. */
async function copyModuleFiles({ treeDir, module, goWork }: FetchTask, to: string): Promise<void> {
  const dirs = (await findModules(treeDir, [module.dir])).map(({ dir }) => dir);
  const files = dirs.flatMap((dir) => ['go.mod', 'go.sum'].map((name) => path.posix.join(dir, name)));
  const work =
    goWork === 'off' ? [] : [path.relative(treeDir, goWork), path.relative(treeDir, `${goWork}.sum`)];
  for (const file of [...files, ...work]) {
    const text = await readFile(path.join(treeDir, file), 'utf8').catch(() => null);
    if (text === null) continue;
    await mkdir(path.dirname(path.join(to, file)), { recursive: true });
    await writeFile(path.join(to, file), path.basename(file) === 'go.mod' ? withGoLine(text) : text);
  }
}

/** The path in the tree of the file with the sums that a build of the module needs. */
function sumsFile({ treeDir, module, goWork }: FetchTask): string {
  return goWork === 'off'
    ? path.posix.join(module.dir, 'go.sum')
    : `${path.posix.relative(treeDir, goWork)}.sum`;
}

/** The sums that the go command left in its copies; '' if there are none. */
async function readSums(task: FetchTask, copies: string): Promise<string> {
  const file = path.join(copies, sumsFile(task));
  const info = await lstat(file).catch(() => null);
  return info?.isFile() ? readFile(file, 'utf8') : '';
}

/** Writes the sums into the tree, as `go list` would, because projects may not commit go.work.sum. */
async function putSums(task: FetchTask, sums: string): Promise<void> {
  if (sums === '') return;
  const file = path.join(task.treeDir, sumsFile(task));
  await rm(file, { force: true });
  await writeFile(file, sums);
}

/**
 * Downloads the modules that one tree needs into the module cache, each checked against go.sum and the checksum
 * database. Returns null if all are available, otherwise the limit that was reached and the go command's last lines:
 * packages that need a missing module do not compile, the others do. A completed download is not repeated.
 *
 * The go command works on copies of the module files, in which it may write sums. New sums are written into the tree for
 * the build.
 */
export async function fetchModules(task: FetchTask): Promise<string[] | null> {
  const { folders } = task;
  const needed = await fingerprint(task);
  if (needed === null) return null;
  // The stamp is outside the cache, because the go command can write to the cache and must not be able to forge a
  // stamp.
  const stamp = path.join(`${folders.moduleCache}-fetched`, needed);
  const hasCache = await isThere(path.join(folders.moduleCache, 'cache', 'download'));
  const known = await readFile(stamp, 'utf8').catch(() => null);
  if (hasCache && known !== null) {
    await putSums(task, known);
    return null;
  }
  const copies = path.join(folders.temp, `modules-${needed.slice(0, 16)}-${randomUUID().slice(0, 8)}`);
  try {
    await mkdir(copies, { recursive: true });
    await copyModuleFiles(task, copies);
    const outcome = await download(task, copies);
    if (outcome.ended !== 'exited' || outcome.exitCode !== 0) {
      return describeEnd(outcome).map((line) => line.replaceAll(`${copies}/`, ''));
    }
    const sums = await readSums(task, copies);
    await putSums(task, sums);
    await mkdir(path.dirname(stamp), { recursive: true });
    await writeFile(stamp, sums);
    return null;
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

/** Runs `go mod download` on copies of a tree's module files. */
async function download(task: FetchTask, copies: string): Promise<Outcome> {
  const { sandbox, folders, toolchain, limits, treeDir, module, goWork } = task;
  await allowWriting(sandbox, copies);
  const copiedWork = goWork === 'off' ? 'off' : path.join(copies, path.relative(treeDir, goWork));
  const env = fetchEnvironment({ ...task, goWork: copiedWork });
  return sandbox.run({
    file: toolchain.go,
    args: ['mod', 'download'],
    cwd: path.join(copies, module.dir),
    env,
    view: {
      readOnly: [toolchain.goroot, ...(await proxyFolders(env['GOPROXY'] ?? ''))],
      writable: [folders.moduleCache, copies],
      scratch: null,
      network: true,
    },
    timeoutMs: limits.fetchMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    maxWrittenBytes: limits.writtenBytes,
    isFilled: true,
  });
}

/** Makes the user who downloads the owner of a folder and everything below it. */
async function allowWriting(sandbox: Sandbox, dir: string): Promise<void> {
  await sandbox.makeWritable(dir, 'fetch');
  const { users } = sandbox;
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const at = path.join(dir, entry.name);
    if (entry.isDirectory()) await allowWriting(sandbox, at);
    else if (users !== null) await chown(at, users.fetch, users.fetch);
  }
}
