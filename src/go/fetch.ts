import { createHash } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { measureFolder } from '../sandbox/disk.ts';
import { describeLimit } from '../limits.ts';
import type { Outcome, Sandbox } from '../sandbox/types.ts';
import { findModules, type GoModule } from './modules.ts';
import type { StageLimits } from './stage-limits.ts';
import type { GoFolders, Toolchain } from './toolchain.ts';

/** Where modules may come from besides the operator's proxies. */
export type DownloadSources = {
  /** A module cache of the operator's own that may serve as a proxy; null: none that can be read. */
  ownCache: string | null;
  /** Whether the reviewed code may have modules that `GOPRIVATE` names; they can come from a proxy only. */
  privateModules: boolean;
};

/** The stage that may use the network, and runs nothing of the repository: the go command reads go.mod and downloads. */
export type FetchTask = {
  sandbox: Sandbox;
  toolchain: Toolchain;
  folders: GoFolders;
  limits: StageLimits;
  treeDir: string;
  module: GoModule;
  /** The go.work file that applies, absolute, or `off`. */
  goWork: string;
  downloads: DownloadSources;
};

const MAX_OUTPUT_BYTES = 1 << 20;
const KEPT_LINES = 10;

/**
 * The operator's proxies, after `ownCache`, with the separators that say when the next one is asked
 * (https://go.dev/ref/mod#environment-variables); `direct` would have the go command run git on whatever a go.mod
 * names. Nothing comes after `off`.
 */
export function chooseProxies(configured: string, ownCache: string | null): string {
  const parts = configured.split(/([,|])/u).map((part) => part.trim());
  const end = parts.indexOf('off');
  const listed = end === -1 ? parts : parts.slice(0, end);
  const own = ownCache === null ? '' : pathToFileURL(path.join(ownCache, 'cache', 'download')).href;
  // Each name has its separator behind it.
  return listed.reduce(
    (list, name, index) => {
      if (index % 2 === 1 || name === '' || name === 'direct') return list;
      const separator = listed.slice(0, index).findLast((part) => part === ',' || part === '|') ?? ',';
      return list === 'off' ? name : `${list}${list === own ? ',' : separator}${name}`;
    },
    own === '' ? 'off' : own,
  );
}

/** The folders of proxies that are `file://` addresses: what is not there answers no question. */
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

/** What decides which modules are needed; null when none are, or when they lie in the tree. */
async function fingerprint({ treeDir, module, goWork, toolchain }: FetchTask): Promise<string | null> {
  const root = goWork === 'off' ? path.join(treeDir, module.dir) : path.dirname(goWork);
  if (await isThere(path.join(root, 'vendor', 'modules.txt'))) return null;
  const goMod = await read(path.join(treeDir, module.dir, 'go.mod'));
  if (goWork === 'off' && !/^\s*require\b/mu.test(goMod)) return null;
  const work = goWork === 'off' ? [] : [await read(goWork), await read(`${goWork}.sum`)];
  // A go.work or a `replace` may take in any module of the tree, with what that one needs.
  const modules = await findModules(treeDir);
  const files = modules.flatMap(({ dir }) =>
    ['go.mod', 'go.sum'].map((name) => path.join(treeDir, dir, name)),
  );
  const texts = await Promise.all(files.map(read));
  const all = [toolchain.version, module.dir, ...modules.map(({ dir }) => dir), ...texts, ...work];
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
    GOTELEMETRY: 'off',
    GOWORK: goWork,
    GOPROXY: chooseProxies(GOPROXY, ownCache),
    // What is not to be asked of a proxy cannot be had at all: git runs for nobody.
    GONOPROXY: privateModules || GONOPROXY === '' ? 'none' : GONOPROXY,
    GOVCS: '*:off',
    GOSUMDB: GOSUMDB === '' ? 'sum.golang.org' : GOSUMDB,
    GONOSUMDB: GONOSUMDB === '' ? GOPRIVATE : GONOSUMDB,
    ...Object.fromEntries(proxyVariables.filter(([, value]) => value !== '')),
  };
}

/** The go command's last lines, after the limit that it ran into. */
function describeEnd({ ended, exitCode, tail }: Outcome): string[] {
  const own = ended === 'exited' ? [] : [`go mod download ${describeLimit(ended, 'fetch')}`];
  const lines = [...own, ...tail.slice(-KEPT_LINES)];
  return lines.length > 0 ? lines : [`go mod download ended with status ${exitCode}`];
}

/**
 * Downloads the modules that one tree needs into the module cache, each checked against go.sum and the checksum
 * database. Null when all are there, else the limit it ran into and the go command's last lines: packages that need
 * what is missing will not compile, the others will. What was fetched once is not asked for again.
 */
export async function fetchModules(task: FetchTask): Promise<string[] | null> {
  const { sandbox, folders, toolchain, limits, treeDir, module } = task;
  const needed = await fingerprint(task);
  if (needed === null) return null;
  // Beside the cache and not in it: what the go command may write cannot vouch for itself.
  const stamps = `${folders.moduleCache}-fetched`;
  const stamp = path.join(stamps, needed);
  const hasCache = await isThere(path.join(folders.moduleCache, 'cache', 'download'));
  if (hasCache && (await isThere(stamp))) return null;
  const env = fetchEnvironment(task);
  const outcome = await sandbox.run({
    file: toolchain.go,
    args: ['mod', 'download'],
    cwd: path.join(treeDir, module.dir),
    env,
    view: {
      readOnly: [toolchain.goroot, treeDir, ...(await proxyFolders(env['GOPROXY'] ?? ''))],
      writable: [folders.moduleCache],
      scratch: null,
      network: true,
    },
    timeoutMs: limits.fetchMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    // The cache outlives reviews: what it holds already is not this one's.
    maxWrittenBytes: (await measureFolder(folders.moduleCache, Infinity)) + limits.writtenBytes,
  });
  if (outcome.ended !== 'exited' || outcome.exitCode !== 0) return describeEnd(outcome);
  await mkdir(stamps, { recursive: true });
  await writeFile(stamp, '');
  return null;
}
