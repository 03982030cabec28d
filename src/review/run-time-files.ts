import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import { testedDir } from './cross-tree.ts';

/**
 * Content IDs cover compiled and embedded files, but not those that a benchmark opens at run time. A changed file that
 * is not Go source counts as an input of a package if it is in the package's testdata, or if a Go file of the package
 * names it or its directory. Documentation counts only if it is named.
 */
export function changedDataFiles(diff: TreeDiff): string[] {
  const paths = diff.flatMap((change) => [change.basePath, change.headPath]);
  return [...new Set(paths)].filter(
    (file): file is string => file !== null && !/\.go$|(^|\/)go\.(mod|sum|work|work\.sum)$/u.test(file),
  );
}

const documentation =
  /\.(md|rst|adoc|png|svg|ya?ml)$|(^|\/)(LICENSE|NOTICE|AUTHORS|CODEOWNERS|Makefile|Dockerfile)$|(^|\/)\./u;

/** The names with which source code would open a file. Very short names are left out, because they match by chance. */
export function namesOf(file: string): string[] {
  const dir = documentation.test(file) ? '' : path.posix.basename(path.posix.dirname(file));
  return [path.posix.basename(file), dir].filter((name) => name.length > 2 && name !== 'testdata');
}

function liesInTestdataOf(file: string, packageDir: string): boolean {
  return file.split('/').includes('testdata') && testedDir(file) === packageDir;
}

/** Whether the benchmarks of the package in `packageDir` (path in the tree) may read one of `files` at run time. */
export async function mayRead(
  treeDir: string,
  packageDir: string,
  files: readonly string[],
): Promise<boolean> {
  if (files.length === 0) return false;
  if (files.some((file) => liesInTestdataOf(file, packageDir))) return true;
  const names = new Set(files.flatMap((file) => namesOf(file)));
  const dir = path.join(treeDir, packageDir);
  for (const entry of await readdir(dir).catch(() => [] as string[])) {
    if (!entry.endsWith('.go')) continue;
    const source = await readFile(path.join(dir, entry), 'utf8').catch(() => '');
    const literals = source.match(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/gu) ?? [];
    if (literals.some((literal) => [...names].some((name) => literal.includes(name)))) return true;
  }
  return false;
}
