import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import {
  createObjectReader,
  errorLines,
  isInTree,
  isTestMain,
  type Listed,
  listedSchema,
  withoutVariant,
} from './listing.ts';
import { type BuildContext, hideTree, runGo, tagFlags, throwIfFailed } from './go-command.ts';

/** One package as the go command would compile it, including variants for tests. */
export type SourceNode = {
  /** A hash over the meaning of its source, without its imports. */
  own: string;
  /** Like `own`, without the Go files that need no C compiler. */
  rest: string;
  /** The paths of its Go files in the tree; null for a package outside the tree. */
  files: readonly string[] | null;
  /** Its imports, without the standard library. */
  imports: readonly string[];
};

/** One package of the reviewed module, not compiled. */
export type SourcePackage = {
  importPath: string;
  /** Directory in the tree, with `/`. */
  dir: string;
  /** Test files, internal and external, relative to `dir`. */
  testFiles: string[];
  /** A hash over everything that the package is built from, including its imports. */
  code: string;
  /** The same for its test binary; null if there are no tests. */
  tests: string | null;
};

/**
 * The sources of a module of one tree. Hashes are equal on two trees if the go command compiles and links the same
 * code. They cannot be compared between repositories.
 */
export type SourceGraph = {
  /** Packages of the reviewed module, by import path. */
  packages: Map<string, SourcePackage>;
  /**
   * Every package outside the standard library, by the import path that `go list` prints: `p`, `p [p.test]`, `p.test`.
   */
  nodes: Map<string, SourceNode>;
};

/** The requested fields of `go list`. */
const FIELDS = Object.keys(listedSchema.shape)
  .filter((name) => !['BuildID', 'Export'].includes(name))
  .join(',');

/**
 * The fields with files other than Go files that the go command compiles, links or embeds, or that compiled files
 * include.
 */
const otherFields = [
  'CgoFiles',
  'CFiles',
  'CXXFiles',
  'MFiles',
  'HFiles',
  'FFiles',
  'SFiles',
  'SwigFiles',
  'SwigCXXFiles',
  'SysoFiles',
  'EmbedFiles',
] as const;

/** Files that C code and assembler can include or link from any place. The go command does not list them. */
const FOREIGN_FILE =
  /\.(?:c|cc|cpp|cxx|m|mm|h|hh|hpp|hxx|inc|inl|def|f|F|for|f90|s|S|sx|a|o|so|syso|ld|lds|i|swig)$/u;

/** Files that select the modules of a build. */
const MODULE_FILE = /(?:^|\/)(?:go\.(?:mod|sum|work|work\.sum)|vendor\/modules\.txt)$/u;

/** The files that differ on the other side, which have to be read. */
export type ChangedSources = {
  /** Their paths in the tree. */
  files: ReadonlySet<string>;
  /** Returns the part of a Go file's text that matters. */
  readMeaning: (text: string) => string;
};

/**
 * Lists the packages that match `patterns` of a module and their sources, including tests, without compiling anything.
 * Throws the same failures as `listPackages`.
 */
export async function listSources(
  context: BuildContext,
  patterns: readonly string[],
  changed: ChangedSources,
): Promise<SourceGraph> {
  const listed: Listed[] = [];
  const outcome = await runGo(
    context,
    ['list', '-e', '-test', '-deps', `-json=${FIELDS}`, ...tagFlags(context), '--', ...patterns],
    { onStdout: createObjectReader((value) => void (value.Standard || listed.push(value))) },
  );
  throwIfFailed(context, outcome, patterns);
  return deriveGraph(context, listed, changed);
}

function deriveGraph(context: BuildContext, listed: readonly Listed[], changed: ChangedSources): SourceGraph {
  const hashOwn = createHasher(context.treeDir, changed);
  const nodes = new Map(
    listed.map((one): [string, SourceNode] => [
      one.ImportPath,
      { ...hashOwn(one), files: listFiles(one, context.treeDir), imports: one.Imports ?? [] },
    ]),
  );
  const byPath = new Map(listed.map((one) => [one.ImportPath, one]));
  const packages = listed
    .filter((one) => isOwnPackage(one, context))
    .map((one): [string, SourcePackage] => {
      const testMain = byPath.get(`${one.ImportPath}.test`);
      return [
        one.ImportPath,
        {
          importPath: one.ImportPath,
          dir: path.posix.relative(context.treeDir, one.Dir ?? '') || '.',
          testFiles: [...(one.TestGoFiles ?? []), ...(one.XTestGoFiles ?? [])],
          code: hashAll(one, nodes),
          tests: testMain ? hashAll(testMain, nodes) : null,
        },
      ];
    });
  return { packages: new Map(packages), nodes };
}

/** Whether this is a package of the reviewed module and not a variant for tests. */
function isOwnPackage(one: Listed, { treeDir, module }: BuildContext): boolean {
  if (!isInTree(one, treeDir) || one.Module?.Path !== module.path) return false;
  return withoutVariant(one.ImportPath) === one.ImportPath && one.ForTest === undefined && !isTestMain(one);
}

/** A hash over a package, everything outside the standard library that it imports, and its linker settings. */
function hashAll(one: Listed, nodes: ReadonlyMap<string, SourceNode>): string {
  const hash = createHash('sha256').update(one.DefaultGODEBUG ?? '');
  for (const importPath of [one.ImportPath, ...(one.Deps ?? []).toSorted()]) {
    const node = nodes.get(importPath);
    if (node) hash.update(`\n${importPath} ${node.own}`);
  }
  return hash.digest('hex');
}

/** The Go files that a package is compiled from. */
function listFiles(one: Listed, treeDir: string): string[] | null {
  if (one.Dir === undefined || !isInTree(one, treeDir)) return null;
  const place = path.posix.relative(treeDir, one.Dir);
  return [...(one.GoFiles ?? []), ...(one.CgoFiles ?? [])].map((name) => path.posix.join(place, name));
}

/**
 * The folder of a package in the tree. Symbolic links are followed, because the diff has the paths of the files
 * themselves. A link out of the tree stays what it is.
 */
function findPlace(dir: string, treeDir: string): string {
  const place = path.posix.relative(realpathSync(treeDir), realpathSync(dir));
  return place === '..' || place.startsWith('../') ? path.posix.relative(treeDir, dir) : place;
}

/**
 * Creates the function that hashes the source of one package. Files that are equal on both sides only count by path: a
 * `replace` or `use` can name another folder although no Go file changed.
 */
function createHasher(
  treeDir: string,
  { files: changed, readMeaning }: ChangedSources,
): (one: Listed) => Pick<SourceNode, 'own' | 'rest'> {
  const foreign = [...changed].filter((file) => FOREIGN_FILE.test(file)).sort();
  const ofModules = [...changed].filter((file) => MODULE_FILE.test(file)).sort();
  const links = createLinkFinder(treeDir);
  const readContent = (file: string, read = (text: Buffer): Buffer | string => text): string =>
    changed.has(file) || links(file) ? readHash(path.join(treeDir, file), read) : '';
  return (one) => {
    const { Module: module, Dir: dir } = one;
    const errors = errorLines(one).map((line) => hideTree(line, treeDir));
    const hash = createHash('sha256').update(JSON.stringify([module?.Path, module?.GoVersion, errors]));
    // Of an import that is not found, the same is said whichever version the module files select.
    if (errors.length > 0) for (const file of ofModules) hash.update(`\n${file} ${readContent(file)}`);
    if (dir === undefined || !isInTree(one, treeDir)) {
      const own = hash.update(JSON.stringify([module?.Version, module?.Replace])).digest('hex');
      return { own, rest: own };
    }
    const place = findPlace(dir, treeDir);
    hash.update(`\n${place}`);
    const add = (name: string, read?: (text: Buffer) => string): void => {
      hash.update(`\n${name} ${readContent(path.posix.join(place, name), read)}`);
    };
    for (const name of otherFields.flatMap((field) => one[field] ?? [])) add(name);
    const includes = [one.CgoFiles, one.CFiles, one.CXXFiles, one.SFiles].some((names) => names?.length);
    if (includes) for (const file of foreign) hash.update(`\n${file} ${readContent(file)}`);
    const rest = hash.copy().digest('hex');
    for (const name of one.GoFiles ?? []) add(name, (text) => readMeaning(text.toString('utf8')));
    return { own: hash.digest('hex'), rest };
  };
}

/** Returns a test for symbolic links of a tree: a link's target can change although the link does not. */
function createLinkFinder(treeDir: string): (file: string) => boolean {
  const known = new Map<string, Set<string>>();
  return (file) => {
    const dir = path.posix.dirname(file);
    let links = known.get(dir);
    if (!links) known.set(dir, (links = listLinks(path.join(treeDir, dir))));
    return links.has(path.posix.basename(file));
  };
}

function listLinks(dir: string): Set<string> {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return new Set(entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name));
  } catch {
    return new Set();
  }
}

/** The hash of the part of a file's content that matters; empty if the file cannot be read. */
function readHash(file: string, read: (text: Buffer) => Buffer | string): string {
  try {
    return createHash('sha256')
      .update(read(readFileSync(file)))
      .digest('hex');
  } catch {
    return '';
  }
}
