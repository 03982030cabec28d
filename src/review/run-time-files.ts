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
export function namesOf(file: string): string[] {
  const dir = DOCUMENTATION.test(file) ? '' : path.posix.basename(path.posix.dirname(file));
  return [path.posix.basename(file), dir].filter((name) => name.length > 2 && name !== 'testdata');
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

/** The string literals of the Go files in a folder, one after the other. */
async function readLiterals(dir: string): Promise<string> {
  const literals: string[] = [];
  for (const entry of await readdir(dir).catch(() => [] as string[])) {
    if (!entry.endsWith('.go')) continue;
    const source = await readFile(path.join(dir, entry), 'utf8').catch(() => '');
    literals.push(...(source.match(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/gu) ?? []));
  }
  return literals.join('\n');
}

/**
 * Those of `files` that the benchmarks of the package in `packageDir` may read at run time: files in the package's
 * testdata, and files whose name or folder a string literal of the package contains. All paths are in the tree.
 */
export async function listRead(
  treeDir: string,
  packageDir: string,
  files: readonly string[],
): Promise<string[]> {
  if (files.length === 0) return [];
  const literals = await readLiterals(path.join(treeDir, packageDir));
  const named = new Map<string, boolean>();
  const isNamed = (name: string): boolean => {
    const known = named.get(name) ?? literals.includes(name);
    named.set(name, known);
    return known;
  };
  const names = (file: string): string[] =>
    isDataFile(file) ? namesOf(file) : namesOfSource(file, packageDir);
  return files.filter((file) => liesInTestdataOf(file, packageDir) || names(file).some(isNamed));
}

/** Whether the benchmarks of a package may read one of `files` at run time. */
export async function mayRead(
  treeDir: string,
  packageDir: string,
  files: readonly string[],
): Promise<boolean> {
  return (await listRead(treeDir, packageDir, files)).length > 0;
}
