import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import { readTokens } from '../syntax/tokens.ts';
import { testedDir } from './cross-tree.ts';

/**
 * The changed files that a benchmark may open at run time, on both sides; `mayRead` decides for a package. Go source is
 * among them, because benchmarks of parsers read it. The content IDs of packages cover compiled and embedded files, but
 * not these.
 */
export function changedDataFiles(diff: TreeDiff): string[] {
  const paths = diff.flatMap((change) => [change.basePath, change.headPath]);
  return [...new Set(paths)].filter(
    (file): file is string => file !== null && (isDataFile(file) || file.endsWith('.go')),
  );
}

/** Whether a file is not compiled. Go files in testdata are not. */
export function isDataFile(file: string): boolean {
  return isTestdata(file) || !/\.go$|(^|\/)go\.(mod|sum|work|work\.sum)$/u.test(file);
}

const isTestdata = (file: string): boolean => file.split('/').includes('testdata');

/** Documentation and settings. Such a file counts only if its own name appears, not if its folder's does. */
const DOCUMENTATION =
  /\.(md|rst|adoc|png|svg|ya?ml)$|(^|\/)(LICENSE|NOTICE|AUTHORS|CODEOWNERS|Makefile|Dockerfile)$|(^|\/)\./u;

/** The names by which source code may open a file: its own and its folder's. Very short ones would match by chance. */
function namesOf(file: string): string[] {
  const dir = DOCUMENTATION.test(file) ? '' : path.posix.basename(path.posix.dirname(file));
  return [path.posix.basename(file), dir].filter(isTelling);
}

const isTelling = (name: string): boolean => name.length > 2 && name !== 'testdata';

/** A file's own name and those of all folders around it: code that names none of them does not open the file. */
export function allNamesOf(file: string): string[] {
  const folders = DOCUMENTATION.test(file) ? [] : file.split('/').slice(0, -1);
  return [path.posix.basename(file), ...folders].filter(isTelling);
}

/** The names by which the source code of a package may open a Go file outside testdata. */
function namesOfSource(file: string, packageDir: string): string[] {
  const dir = path.posix.dirname(file);
  const name = path.posix.basename(file);
  return [dir === packageDir ? name : `${path.posix.basename(dir)}/${name}`];
}

function liesInTestdataOf(file: string, packageDir: string): boolean {
  return isTestdata(file) && testedDir(file) === packageDir;
}

const LONGEST_PATH = 300;
const WILDCARD = /[*?[{%\n]/u;

/**
 * The string literals of Go sources, and those in a row, between commas, joined as elements of a path: the arguments of
 * filepath.Join. A file that is not Go has none.
 */
function readLiterals(sources: readonly string[]): { literals: string[]; paths: string[] } {
  const rows: string[][] = [];
  for (const source of sources) {
    let row: string[] = [];
    for (const { kind, text } of readTokens(source) ?? []) {
      if (kind === 'comment' || text === ',') continue;
      if (/^["`]/u.test(text)) row.push(text.slice(1, -1));
      else if (row.length > 0) {
        rows.push(row);
        row = [];
      }
    }
  }
  const literals = rows.flat();
  const joined = rows.filter(({ length }) => length > 1).map((row) => row.join('/'));
  return { literals, paths: [...literals, ...joined] };
}

/**
 * The folder or file of the tree that a relative path means in the package's folder, up to its first wildcard. Null if
 * that is outside the tree, or if the path names nothing.
 */
function resolvePath(packageDir: string, text: string): string | null {
  if (text.length > LONGEST_PATH || path.posix.isAbsolute(text)) return null;
  const parts = text.split('/');
  const end = parts.findIndex((part) => WILDCARD.test(part));
  const plain = (end < 0 ? parts : parts.slice(0, end)).join('/');
  const resolved = path.posix.join(packageDir, plain);
  return /[^./]/u.test(plain) && !resolved.startsWith('..') ? resolved : null;
}

/**
 * Whether Go sources of the package in `packageDir` contain the path from there to a data file, or a folder around it.
 * `isPath`: which texts of literals count.
 */
export function ledToBy(
  sources: readonly string[],
  packageDir: string,
  isPath: (text: string) => boolean = () => true,
): (file: string) => boolean {
  return leadingTo(readLiterals(sources).paths.filter(isPath), packageDir);
}

function leadingTo(paths: readonly string[], packageDir: string): (file: string) => boolean {
  const places = new Set(paths.flatMap((one) => resolvePath(packageDir, one) ?? []));
  return (file) =>
    isDataFile(file) && !DOCUMENTATION.test(file) && pathsTo(file).some((place) => places.has(place));
}

/**
 * Whether Go sources of the package in `packageDir` name a file of the tree: a string literal contains its name or its
 * folder's, or the path from the package to a folder around it.
 */
export function namedIn(sources: readonly string[], packageDir: string): (file: string) => boolean {
  const { literals, paths } = readLiterals(sources);
  const text = literals.join('\n');
  const isLedTo = leadingTo(paths, packageDir);
  const named = new Map<string, boolean>();
  const isNamed = (name: string): boolean => {
    const known = named.get(name) ?? text.includes(name);
    named.set(name, known);
    return known;
  };
  return (file) =>
    isDataFile(file)
      ? namesOf(file).some(isNamed) || isLedTo(file)
      : namesOfSource(file, packageDir).some(isNamed);
}

/**
 * Those of `files` that the benchmarks of the package in `packageDir` may read at run time: files in the package's
 * testdata, and files that its source names. All paths are in the tree.
 */
export async function listRead(
  treeDir: string,
  packageDir: string,
  files: readonly string[],
): Promise<string[]> {
  if (files.length === 0) return [];
  const dir = path.join(treeDir, packageDir);
  const entries = await readdir(dir).catch(() => [] as string[]);
  const sources = entries
    .filter((entry) => entry.endsWith('.go'))
    .map((entry) => readFile(path.join(dir, entry), 'utf8').catch(() => ''));
  const isNamed = namedIn(await Promise.all(sources), packageDir);
  return files.filter((file) => liesInTestdataOf(file, packageDir) || isNamed(file));
}

/** A file and the folders around it, without the root. */
function pathsTo(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** Whether the benchmarks of a package may read one of `files` at run time. */
export async function mayRead(
  treeDir: string,
  packageDir: string,
  files: readonly string[],
): Promise<boolean> {
  return (await listRead(treeDir, packageDir, files)).length > 0;
}
