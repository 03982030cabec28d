import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  openSync,
  existsSync,
  lstatSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createDecisionParser, type DecisionOutput } from '../compare/decisions.ts';
import type { GoModule } from '../go/modules.ts';
import { findGoWork } from '../go/modules.ts';
import {
  type BuildContext,
  type GoPackage,
  linkTestBinary,
  listPackages,
  type PackageList,
} from '../go/packages.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { DownloadSources } from '../go/fetch.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import { buildEnvironment, type GoFolders, type Toolchain } from '../go/toolchain.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Caches } from './caches.ts';
import { createGarbageCollector } from './garbage-collector.ts';
import { createResolver } from './positions.ts';

/** What every build of one review shares. */
export type BuildTools = {
  sandbox: Sandbox;
  toolchain: Toolchain;
  folders: GoFolders;
  limits: StageLimits;
  downloads: DownloadSources;
  /** Keeps what was compiled so far for later reviews; call it while that is merged code alone. */
  keepCompiled: Caches['keep'];
  /** Directory for diagnostics, ours alone, and for test binaries, one folder each. */
  diagnosticsDir: string;
  outDir: string;
  tags: readonly string[];
};

/** One module of one exported tree, compiled. */
export type BuiltTree = {
  context: BuildContext;
  list: PackageList;
  /** File that holds the compiler's diagnostics. */
  diagnostics: string;
};

let builds = 0;

/** What one module of the tree in `treeDir` is built with. */
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

/** Compiles `patterns` of one module of the tree in `treeDir`. Throws what `listPackages` throws. */
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
 * Writes lines to a file in large pieces, so that half a gigabyte of diagnostics never stands in memory. `close` throws
 * what kept the file from being written.
 */
function createSpool(file: string): { write: (line: string) => void; close: () => void } {
  const descriptor = openSync(file, 'w');
  let pending: string[] = [];
  let size = 0;
  let failure: unknown = null;
  // Lines come from a stream's event handler, where an exception would end the process: it is kept for `close`.
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

/** Reads the decisions on the wanted packages out of a tree's diagnostics. */
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

/** One package as one tree has it. */
export type PackageBuild = { tree: BuiltTree; goPackage: GoPackage };

/** Whether a test file of a tree declares a benchmark; false when it is not there. */
export function declaresBenchmark(treeDir: string, file: string): boolean {
  const where = path.join(treeDir, file);
  return existsSync(where) && /^func\s+Benchmark/mu.test(readFileSync(where, 'utf8'));
}

/** A package of a tree if its tests compile and declare a benchmark: only those are worth linking. */
export function findBenchmarkPackage(tree: BuiltTree | null, importPath: string): PackageBuild | null {
  const goPackage = tree?.list.packages.get(importPath);
  if (!tree || !goPackage || goPackage.testId === null) return null;
  const declares = goPackage.testFiles.some((file) =>
    declaresBenchmark(tree.context.treeDir, path.posix.join(goPackage.dir, file)),
  );
  return declares ? { tree, goPackage } : null;
}

/** Links the test binary of one package; null, with the linker's lines, when that fails. */
export async function linkPackage(
  tools: BuildTools,
  tree: BuiltTree,
  goPackage: GoPackage,
): Promise<{ binary: TestBinary } | { errors: string[] }> {
  builds += 1;
  // A folder for this binary alone: what is built later cannot reach it.
  const folder = path.join(tools.outDir, String(builds));
  await tools.sandbox.makeWritable(folder);
  const file = path.join(folder, 'bench.test');
  const errors = await linkTestBinary(tree.context, goPackage.importPath, file);
  if (errors) return { errors };
  const made = lstatSync(file, { throwIfNoEntry: false });
  if (!made?.isFile()) return { errors: ['go test -c made no file'] };
  // A fast linker may be done before anybody looks at the disk.
  if (made.size > tools.limits.writtenBytes) {
    return { errors: ['go test -c wrote more than limits.diskMiB of the settings allows'] };
  }
  return { binary: describeBinary(tree.context, goPackage, file) };
}

/** A test binary sees its tree, what the go command would, and itself. */
function describeBinary(context: BuildContext, goPackage: GoPackage, file: string): TestBinary {
  const { sandbox, treeDir, env, limits, toolchain, folders } = context;
  const cwd = path.join(treeDir, goPackage.dir);
  return {
    sandbox,
    package: goPackage.importPath,
    file,
    cwd,
    env,
    view: {
      readOnly: [toolchain.goroot, folders.moduleCache, treeDir, file],
      writable: [],
      scratch: cwd,
      network: false,
    },
    limits,
  };
}
