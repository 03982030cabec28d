import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
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

const LITERAL = '"(?:[^"\\\\\n]|\\\\.)*"|`[^`]*`';
const LITERALS = new RegExp(LITERAL, 'gu');
/** Several literals in a row: the elements of a path in a call of filepath.Join. */
const ROWS = new RegExp(`(?:${LITERAL})(?:\\s*,\\s*(?:${LITERAL}))+`, 'gu');
const LONGEST_PATH = 300;
const WILDCARD = /[*?[{%\n]/u;

/** The string literals of the Go files in a folder, with quotes, and those in a row joined as elements of a path. */
async function readLiterals(dir: string): Promise<{ literals: string[]; paths: string[] }> {
  const literals: string[] = [];
  const paths: string[] = [];
  for (const entry of await readdir(dir).catch(() => [] as string[])) {
    if (!entry.endsWith('.go')) continue;
    const source = await readFile(path.join(dir, entry), 'utf8').catch(() => '');
    const own = source.match(LITERALS) ?? [];
    const rows = (source.match(ROWS) ?? []).map((row) => row.match(LITERALS) ?? []);
    literals.push(...own);
    paths.push(
      ...[...own.map((one) => [one]), ...rows].map((row) => row.map((one) => one.slice(1, -1)).join('/')),
    );
  }
  return { literals, paths };
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
 * Those of `files` that the benchmarks of the package in `packageDir` may read at run time: files in the package's
 * testdata, files whose name or folder a string literal of the package contains, and data below a folder whose path
 * from the package it contains. All paths are in the tree.
 */
export async function listRead(
  treeDir: string,
  packageDir: string,
  files: readonly string[],
): Promise<string[]> {
  if (files.length === 0) return [];
  const { literals, paths } = await readLiterals(path.join(treeDir, packageDir));
  const text = literals.join('\n');
  const folders = new Set(paths.flatMap((one) => resolvePath(packageDir, one) ?? []));
  const named = new Map<string, boolean>();
  const isNamed = (name: string): boolean => {
    const known = named.get(name) ?? text.includes(name);
    named.set(name, known);
    return known;
  };
  const isBelow = (file: string): boolean =>
    !DOCUMENTATION.test(file) && foldersOf(file).some((folder) => folders.has(folder));
  const isRead = (file: string): boolean =>
    isDataFile(file)
      ? namesOf(file).some(isNamed) || isBelow(file)
      : namesOfSource(file, packageDir).some(isNamed);
  return files.filter((file) => liesInTestdataOf(file, packageDir) || isRead(file));
}

/** The folders around a file, without the root. */
function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
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
