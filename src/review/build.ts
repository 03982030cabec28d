import { once } from 'node:events';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createDecisionParser, type DecisionOutput } from '../compare/decisions.ts';
import { declaresBenchmark } from '../go/declares-benchmark.ts';
import { type GoModule, findGoWork } from '../go/modules.ts';
import type { BuildContext } from '../go/go-command.ts';
import { type LinkOptions, linkTestBinary } from '../go/link.ts';
import { type GoPackage, listPackages, type PackageList } from '../go/packages.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { DownloadSources } from '../go/fetch.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import { buildEnvironment, type GoFolders, type Toolchain } from '../go/toolchain.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Caches, HeadCache } from './caches.ts';
import { createGarbageCollector } from './garbage-collector.ts';
import { createResolver } from './positions.ts';
import { readTree } from './tree-files.ts';
import { unnamedFolder } from './workspace.ts';

/** The data that all builds of one review share. */
export type BuildTools = {
  sandbox: Sandbox;
  toolchain: Toolchain;
  folders: GoFolders;
  limits: StageLimits;
  downloads: DownloadSources;
  /** Keeps what was compiled so far for later reviews. Call it only before unmerged code is compiled. */
  keepCompiled: Caches['keep'];
  headCache: HeadCache;
  /** The folder for diagnostics, which only our user can access. */
  diagnosticsDir: string;
  outDir: string;
  tags: readonly string[];
};

/** One module of one exported tree, compiled. */
export type BuiltTree = {
  context: BuildContext;
  list: PackageList;
  /** The file with the compiler's diagnostics. */
  diagnostics: string;
};

let builds = 0;

/**
 * Creates the settings for building one module of the tree in `treeDir`. `modulePaths`: of all modules in both trees.
 */
export async function createBuildContext(
  tools: BuildTools,
  treeDir: string,
  module: GoModule,
  modulePaths: readonly string[],
): Promise<BuildContext> {
  const goWork = await findGoWork(treeDir, module.dir);
  const { sandbox, toolchain, folders, limits, tags } = tools;
  const env = buildEnvironment(toolchain, sandbox, folders, goWork);
  return { sandbox, toolchain, folders, limits, treeDir, module, modulePaths, env, tags };
}

/** Compiles `patterns` of one module of the tree in `treeDir`. Throws the same failures as `listPackages`. */
export async function buildTree(
  tools: BuildTools,
  treeDir: string,
  module: GoModule,
  modulePaths: readonly string[],
  patterns: readonly string[],
): Promise<BuiltTree> {
  const context = await createBuildContext(tools, treeDir, module, modulePaths);
  builds += 1;
  const diagnostics = path.join(tools.diagnosticsDir, `diagnostics-${builds}.txt`);
  await mkdir(tools.diagnosticsDir, { recursive: true });
  const sink = createSpool(diagnostics);
  try {
    const list = await listPackages(context, patterns, sink.write);
    return { context, list, diagnostics };
  } finally {
    sink.close();
  }
}

const SPOOL_BYTES = 1 << 20;

/**
 * Writes lines to a file in large pieces, so that half a gigabyte of diagnostics is never in memory. `close` throws the
 * error if the file could not be written.
 */
function createSpool(file: string): { write: (line: string) => void; close: () => void } {
  const descriptor = openSync(file, 'w');
  let pending: string[] = [];
  let size = 0;
  let failure: unknown = null;
  // Lines come from a stream's event handler, where an exception would end the process, so it is stored for `close`.
  const flush = (): void => {
    try {
      if (failure === null) writeSync(descriptor, pending.join(''));
    } catch (error) {
      failure = error;
    }
    pending = [];
    size = 0;
  };
  return {
    write: (line) => {
      pending.push(`${line}\n`);
      size += line.length + 1;
      if (size >= SPOOL_BYTES) flush();
    },
    close: () => {
      flush();
      closeSync(descriptor);
      if (failure !== null) throw failure;
    },
  };
}

/** Reads the decisions about the wanted packages from a tree's diagnostics. */
export async function readDecisions(
  tree: BuiltTree,
  wanted: (importPath: string) => boolean,
): Promise<DecisionOutput> {
  const parser = createDecisionParser({ resolve: createResolver(tree), wanted });
  const lines = createInterface({ input: createReadStream(tree.diagnostics), crlfDelay: Infinity });
  const collect = createGarbageCollector();
  lines.on('line', (line) => {
    parser.line(line);
    collect(line.length);
  });
  await once(lines, 'close');
  return parser.end();
}

/** A package in one tree. */
export type PackageBuild = { tree: BuiltTree; goPackage: GoPackage };

/** Whether a test file of a package in the folder `dir` of a tree declares a benchmark. */
export function hasBenchmarks(
  treeDir: string,
  { dir, testFiles }: Pick<GoPackage, 'dir' | 'testFiles'>,
): boolean {
  const read = readTree(treeDir);
  return testFiles.some((file) => declaresBenchmark(read(path.posix.join(dir, file)) ?? ''));
}

/** A package of a tree if its tests compile and declare a benchmark. Other packages need not be linked. */
export function findBenchmarkPackage(tree: BuiltTree | null, importPath: string): PackageBuild | null {
  const goPackage = tree?.list.packages.get(importPath);
  if (!tree || !goPackage || goPackage.testId === null) return null;
  return hasBenchmarks(tree.context.treeDir, goPackage) ? { tree, goPackage } : null;
}

/** Links the test binary of one package. `errors`: the linker's lines if that failed. */
export async function linkPackage(
  tools: BuildTools,
  tree: BuiltTree,
  goPackage: GoPackage,
  options: LinkOptions = {},
): Promise<{ binary: TestBinary } | { errors: string[] }> {
  builds += 1;
  // Each binary has its own folder, so that later builds cannot change it.
  const folder = unnamedFolder(tools.outDir);
  await tools.sandbox.makeWritable(folder);
  const file = path.join(folder, 'bench.test');
  const errors = await linkTestBinary(tree.context, goPackage.importPath, file, options);
  return errors ? { errors } : { binary: describeBinary(tree.context, goPackage, file) };
}

/** The paths of a test binary and of its tree inside a sandbox, which are the same for base and head. */
const fixedPaths = { tree: '/review/tree', file: '/review/bench.test' } as const;

/**
 * Describes a test binary and the files that it can see in the sandbox: itself, its tree, GOROOT and the module cache.
 */
function describeBinary(context: BuildContext, goPackage: GoPackage, file: string): TestBinary {
  const { sandbox, treeDir, env, limits, toolchain, folders } = context;
  const isPlaced = sandbox.facts.tier !== 'none';
  const tree = isPlaced ? fixedPaths.tree : treeDir;
  const goWork = env['GOWORK'] ?? 'off';
  const cwd = path.join(tree, goPackage.dir);
  return {
    sandbox,
    package: goPackage.importPath,
    file: isPlaced ? fixedPaths.file : file,
    cwd,
    env: { ...env, GOWORK: goWork === 'off' ? goWork : path.join(tree, path.relative(treeDir, goWork)) },
    view: {
      readOnly: [toolchain.goroot, folders.moduleCache],
      placed: { [fixedPaths.tree]: treeDir, [fixedPaths.file]: file },
      writable: [],
      scratch: cwd,
      network: false,
    },
    limits,
  };
}

/** Replaces the file of a test binary by another build of the same package. */
export function replaceBinary(binary: TestBinary, file: string): TestBinary {
  const { view } = binary;
  const isPlaced = binary.sandbox.facts.tier !== 'none';
  return {
    ...binary,
    file: isPlaced ? fixedPaths.file : file,
    view: { ...view, placed: { ...view.placed, [fixedPaths.file]: file } },
  };
}
