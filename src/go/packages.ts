import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  type BuildContext,
  buildFlags,
  hideTree,
  runGo,
  throwIfDiskFull,
  throwIfFailed,
} from './go-command.ts';
import {
  createObjectReader,
  errorLines,
  isInTree,
  isTestMain,
  type Listed,
  withoutVariant,
} from './listing.ts';

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
  /**
   * The content IDs of all that the compiler reports under one import path: a package without and with its tests, and
   * external tests under the path with `_test`. Null if one of them does not compile.
   */
  reportedIds: Map<string, string | null>;
  /** The names of the compiled standard library's files in the build cache: SHA-256 in hexadecimal. */
  standardOutputs: Set<string>;
};

/** The fields that the compiling pass requests. */
const LIST_FIELDS =
  'ImportPath,Dir,Standard,ForTest,BuildID,Export,Name,Deps,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,DefaultGODEBUG,Error,DepsErrors,Module';
/**
 * A package that test binaries with coverage counters need (cmd/go/internal/load/test.go; since Go 1.20). It is
 * compiled with base, so that later reviews find it in the cache. It has no tests of its own.
 */
const COVERAGE_RUNTIME = 'runtime/coverage';

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
  const reportedIds = new Map<string, string | null>();
  for (const one of listed) {
    if (!isInTree(one, context.treeDir)) continue;
    const dir = path.posix.relative(context.treeDir, one.Dir ?? '') || '.';
    const importPath = withoutVariant(one.ImportPath);
    dirs.set(importPath, dir);
    const alias = trimmedPath(importPath, one.Module);
    if (alias !== null) dirs.set(alias, dir);
    const isPlain = importPath === one.ImportPath && one.ForTest === undefined && !isTestMain(one);
    const isOwnTest = importPath === one.ForTest || importPath === `${one.ForTest}_test`;
    if (isPlain || isOwnTest) reportedIds.set(importPath, join(reportedIds.get(importPath), contentId(one)));
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
  return { packages, dirs, names, contentIds, reportedIds, standardOutputs: findStandardOutputs(listed) };
}

/** Adds an ID to others; null if one of them is unknown. */
function join(others: string | null | undefined, id: string | null): string | null {
  return others === null || id === null ? null : `${others ?? ''} ${id}`;
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
