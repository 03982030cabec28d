import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../errors.ts';
import { describeLimit } from '../limits.ts';
import type { Outcome, Sandbox } from '../sandbox/types.ts';
import {
  createObjectReader,
  errorLines,
  isInTree,
  isTestMain,
  type Listed,
  withoutVariant,
} from './listing.ts';
import { type GoModule } from './modules.ts';
import type { StageLimits } from './stage-limits.ts';
import { type GoFolders, goCommandEnvironment, placeOfCache, type Toolchain } from './toolchain.ts';

/** The settings for building one exported tree. They are the same on both sides except for `treeDir` and `env`. */
export type BuildContext = {
  sandbox: Sandbox;
  toolchain: Toolchain;
  folders: GoFolders;
  limits: StageLimits;
  /** The absolute path of the exported tree. */
  treeDir: string;
  module: GoModule;
  /** The paths of all modules of the tree. The compiler reports decisions for their packages. */
  modulePaths: readonly string[];
  env: Record<string, string>;
  tags: readonly string[];
};

/** One package of the reviewed module. */
export type GoPackage = {
  importPath: string;
  /** The directory in the tree, with `/`. */
  dir: string;
  /** The content ID of the package without its tests; '' if it only has tests; null if it does not compile. */
  contentId: string | null;
  /**
   * A hash over the content IDs of everything that its test binary links; null if there are no tests or they do not
   * compile.
   */
  testId: string | null;
  /**
   * The same without the package's own test files: equal IDs mean equal code under any tests. Null in the same cases as
   * `testId`.
   */
  codeId: string | null;
  /** Test files, internal and external, relative to `dir`. */
  testFiles: string[];
  /** Errors of the compiler or the loader for the package or its tests. */
  errors: string[];
  testErrors: string[];
};

export type PackageList = {
  /** Packages of the reviewed module, by import path. */
  packages: Map<string, GoPackage>;
  /**
   * The directory of every package whose source is in the tree, by import path, and also by its path under `-trimpath`.
   */
  dirs: Map<string, string>;
  /** The name of every package in its own source, by import path. */
  names: Map<string, string>;
  /** The content ID of every package whose source is in the tree, without tests; null if it does not compile. */
  contentIds: Map<string, string | null>;
  /** The names of the compiled standard library's files in the build cache: SHA-256 in hexadecimal. */
  standardOutputs: Set<string>;
};

/** The fields that the compiling pass requests. */
const LIST_FIELDS =
  'ImportPath,Dir,Standard,ForTest,BuildID,Export,Name,Deps,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,DefaultGODEBUG,Error,DepsErrors,Module';
const DIAGNOSTICS_LIMIT_BYTES = 2 * 1024 ** 3;

/** The flags that the passes of one review share. */
export function tagFlags({ tags }: Pick<BuildContext, 'tags'>): string[] {
  return tags.length > 0 ? [`-tags=${tags.join(',')}`] : [];
}

/** The flags of both the list pass and linking. They must be identical, so that both share compilations. */
function buildFlags(context: BuildContext): string[] {
  return [
    '-trimpath',
    '-buildvcs=false',
    ...context.modulePaths.map((modulePath) => `-gcflags=${modulePath}/...=-m=2`),
    ...tagFlags(context),
  ];
}

/**
 * The system's error at the end of a line of the go command, the compiler or the linker, after a call and its file:
 * `write $WORK/b001/_pkg_.a: no space left on device`. Lines with a source position, or that show source, do not count:
 * they can contain text of the reviewed code, such as an `#error`.
 */
const noSpace =
  /^(?!\s|.*:\d+[:,])[^|#]*\b(?:write|mkdir\w*|open\w*|close|creat\w*|f?sync|rename|link|copy\w*|truncate) [^\s:]+: (?:no space left on device|disk quota exceeded)$/u;

/** Whether a line of the go command says that the disk is full. Most lines are the compiler's, and end otherwise. */
export const saysDiskFull = (line: string): boolean =>
  (line.endsWith('no space left on device') || line.endsWith('disk quota exceeded')) && noSpace.test(line);

/** Throws `disk-full` if one of the lines says so. */
function throwIfDiskFull(lines: readonly string[]): void {
  const full = lines.find(saysDiskFull);
  if (full !== undefined) throw new Failure('disk-full', { detail: [full] });
}

/** Starts a program so that it and all that it starts use only processors that nothing else wants. */
const NICE = '/usr/bin/nice';

/**
 * What test binaries with coverage counters need besides (cmd/go/internal/load/test.go). Compiled with base, it is kept for
 * later reviews; it has no tests of its own, and exists since Go 1.20.
 */
const COVERAGE_RUNTIME = 'runtime/coverage';

type GoOptions = {
  /** Whether it runs beside benchmarks: then it gives way to them. */
  isBackground?: boolean;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** A folder for the command's output files. */
  output?: string;
};

/** Runs one go command in the module's directory. Throws `disk-full` if its standard error says so. */
export async function runGo(
  context: BuildContext,
  args: readonly string[],
  options: GoOptions = {},
): Promise<Outcome> {
  const { sandbox, toolchain, folders, limits } = context;
  const full: string[] = [];
  const givesWay = options.isBackground === true && existsSync(NICE);
  const outcome = await sandbox.run({
    ...(givesWay ? { file: NICE, args: ['-n', '19', toolchain.go, ...args] } : { file: toolchain.go, args }),
    cwd: path.join(context.treeDir, context.module.dir),
    env: goCommandEnvironment(context.env, sandbox, folders),
    view: {
      readOnly: [
        toolchain.goroot,
        folders.moduleCache,
        context.treeDir,
        ...folders.baseCaches,
        ...(folders.compilers === null ? [] : [folders.compilers]),
      ],
      writable: [folders.temp, ...(options.output === undefined ? [] : [options.output])],
      moved: { [placeOfCache(sandbox, folders)]: folders.buildCache },
      scratch: null,
      network: false,
    },
    timeoutMs: limits.buildMs,
    maxOutputBytes: DIAGNOSTICS_LIMIT_BYTES,
    maxWrittenBytes: limits.writtenBytes,
    ...(options.onStdout && { onStdout: options.onStdout }),
    onStderr: (line) => {
      if (saysDiskFull(line)) full.push(line);
      options.onStderr?.(line);
    },
  });
  throwIfDiskFull(full);
  return outcome;
}

/** Reads messages such as `go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)`. */
function toolchainFailure(tail: readonly string[]): Failure | null {
  for (const line of tail) {
    const match = /requires go >= (\S+) \(running go (\S+?)[;)]/u.exec(line);
    if (match) return new Failure('go-too-old', { needs: match[1] ?? '', has: match[2] ?? '' });
  }
  return null;
}

/**
 * A line of the go command or the compiler with paths as they are in the repository: the folder that a tree was exported
 * to is of no use to readers, and it is a path of the server.
 */
export function hideTree(line: string, treeDir: string): string {
  return line.replaceAll(`${treeDir}/`, '').replaceAll(treeDir, '.');
}

/** Throws `go-too-old` or `go-failed` if `go list` failed. */
export function throwIfFailed(
  { treeDir }: Pick<BuildContext, 'treeDir'>,
  outcome: Outcome,
  patterns: readonly string[],
): void {
  if (outcome.exitCode === 0) return;
  const command = `go list ${patterns.join(' ')}`;
  const { ended, exitCode } = outcome;
  const output = outcome.tail.map((line) => hideTree(line, treeDir));
  throw toolchainFailure(output) ?? new Failure('go-failed', { command, ended, exitCode, output });
}

/**
 * The single pass over one side: compiles every package and test of the module, passes each line of compiler
 * diagnostics to `onDiagnostic`, and returns what was built. Broken packages have their errors; the others are compiled
 * anyway.
 */
export async function listPackages(
  context: BuildContext,
  patterns: readonly string[],
  onDiagnostic: (line: string) => void,
): Promise<PackageList> {
  const listed: Listed[] = [];
  const outcome = await runGo(
    context,
    [
      'list',
      '-e',
      '-test',
      '-export',
      '-deps',
      `-json=${LIST_FIELDS}`,
      ...buildFlags(context),
      '--',
      ...patterns,
      COVERAGE_RUNTIME,
    ],
    { onStdout: createObjectReader((value) => listed.push(value)), onStderr: onDiagnostic },
  );
  throwIfFailed(context, outcome, patterns);
  // With -e, a compiler without disk space is an error of the package that it compiled, which can be a standard one.
  throwIfDiskFull(listed.flatMap((one) => errorLines(one)));
  return derivePackages(context, listed);
}

/** The content ID: the part of a build ID after its last slash (cmd/go/internal/work/buildid.go). */
function contentId(listed: Listed | undefined): string | null {
  const id = listed?.BuildID;
  return id ? id.slice(id.lastIndexOf('/') + 1) : null;
}

function derivePackages(context: BuildContext, listed: readonly Listed[]): PackageList {
  const linesOf = (one: Listed): string[] => errorLines(one).map((line) => hideTree(line, context.treeDir));
  const byPath = new Map(listed.map((one) => [one.ImportPath, one]));
  const packages = new Map<string, GoPackage>();
  const dirs = new Map<string, string>();
  const contentIds = new Map<string, string | null>();
  for (const one of listed) {
    if (!isInTree(one, context.treeDir)) continue;
    const dir = path.posix.relative(context.treeDir, one.Dir ?? '') || '.';
    const importPath = withoutVariant(one.ImportPath);
    dirs.set(importPath, dir);
    const alias = trimmedPath(importPath, one.Module);
    if (alias !== null) dirs.set(alias, dir);
    const isPlain = importPath === one.ImportPath && one.ForTest === undefined && !isTestMain(one);
    if (isPlain) contentIds.set(importPath, contentId(one));
    if (!isPlain || one.Module?.Path !== context.module.path) continue;
    const testMain = byPath.get(`${importPath}.test`);
    const variants = listed.filter((other) => other.ForTest === importPath);
    packages.set(importPath, {
      importPath,
      dir,
      contentId: holdsCode(one) ? contentId(one) : '',
      testId: testMain ? linkedId(testMain, [testMain.ImportPath, ...(testMain.Deps ?? [])], byPath) : null,
      codeId: testMain ? linkedId(testMain, codeOf(one, testMain), byPath) : null,
      testFiles: [...(one.TestGoFiles ?? []), ...(one.XTestGoFiles ?? [])],
      errors: linesOf(one),
      testErrors: [...new Set([...variants, ...(testMain ? [testMain] : [])].flatMap(linesOf))],
    });
  }
  const names = new Map(listed.map((one) => [withoutVariant(one.ImportPath), one.Name ?? '']));
  return { packages, dirs, names, contentIds, standardOutputs: findStandardOutputs(listed) };
}

/** The path under `-trimpath` of a package whose module is replaced by a folder of the tree: `PATH@VERSION/…`. */
function trimmedPath(importPath: string, module: Listed['Module']): string | null {
  if (!module?.Version || !module.Replace) return null;
  return `${module.Path}@${module.Version}${importPath.slice(module.Path.length)}`;
}

/** `Export` is the file with the export data, `XX/SHA-d` in the build cache. */
function findStandardOutputs(listed: readonly Listed[]): Set<string> {
  const files = listed.filter((one) => one.Standard === true).map((one) => path.basename(one.Export ?? ''));
  return new Set(files.filter((name) => /^[0-9a-f]{64}-d$/u.test(name)).map((name) => name.slice(0, -2)));
}

/**
 * The packages that a test binary links besides the package's own tests. `q [p.test]` is q compiled against p's tests.
 */
function codeOf(tested: Listed, { Deps = [] }: Listed): string[] {
  const { ImportPath: own } = tested;
  const linked = [own, ...Deps.map((one) => withoutVariant(one))].filter((one) => one !== `${own}_test`);
  return holdsCode(tested) ? linked : linked.filter((one) => one !== own);
}

/** Whether a package holds more than tests. The go command has nothing to compile for one that does not. */
const holdsCode = ({ GoFiles = [], CgoFiles = [], Error: error }: Listed): boolean =>
  GoFiles.length > 0 || CgoFiles.length > 0 || error !== undefined;

/**
 * A hash that is equal for two test binaries that link equal packages with equal `GODEBUG` settings. Null if a package
 * was not built.
 */
function linkedId(
  { DefaultGODEBUG = '' }: Listed,
  importPaths: readonly string[],
  byPath: ReadonlyMap<string, Listed>,
): string | null {
  const hash = createHash('sha256').update(`${DefaultGODEBUG}\n`);
  for (const importPath of [...new Set(importPaths)].sort()) {
    if (importPath === 'unsafe' || importPath === 'C') continue;
    const id = contentId(byPath.get(importPath));
    if (id === null) return null;
    hash.update(`${importPath} ${id}\n`);
  }
  return hash.digest('hex');
}

/** Links neither symbols nor debug information: heap profiles do without, and linking takes less time. */
const LINK_FLAGS = '-ldflags=-s -w';

export type LinkOptions = {
  /** Additional flags; what they change is compiled anew. */
  flags?: readonly string[];
  isBackground?: boolean;
};

/**
 * Links one package's test binary to `output`, in a writable folder of its own, from the compilations of the list pass.
 * Returns the linker's lines if that fails, otherwise null.
 */
export async function linkTestBinary(
  context: BuildContext,
  importPath: string,
  output: string,
  { flags = [], isBackground = false }: LinkOptions = {},
): Promise<string[] | null> {
  const lines: string[] = [];
  const outcome = await runGo(
    context,
    ['test', '-c', '-vet=off', LINK_FLAGS, ...buildFlags(context), ...flags, '-o', output, importPath],
    {
      isBackground,
      output: path.dirname(output),
      onStderr: (line) => {
        // The compilations are cached, and their diagnostics are printed again. They are not the error.
        if (diagnosticLine.test(line) || lines.length >= MAX_LINKER_LINES) return;
        lines.push(hideTree(line, context.treeDir));
      },
    },
  );
  if (outcome.ended === 'exited' && outcome.exitCode === 0) return null;
  if (outcome.ended !== 'exited') {
    return [`go test -c ${importPath} ${describeLimit(outcome.ended, 'build')}`, ...lines];
  }
  return lines.length > 0
    ? lines
    : [`go test -c ${importPath}: ${outcome.signal ?? `exit status ${outcome.exitCode}`}`];
}

const MAX_LINKER_LINES = 20;
/** A line of `-m=2`, or the heading of a package's diagnostics. */
const diagnosticLine = /^(?:# |(?:<autogenerated>|\S+\.go):\d+)/u;
