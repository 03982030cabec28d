import { copyFile, cp, link, mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileChange, TreeDiff } from '../compare/types.ts';

/** Whether a path belongs to a package's tests: a `_test.go` file or a file in a testdata directory. */
export function isTestFile(file: string): boolean {
  return file.endsWith('_test.go') || isTestData(file);
}

/** Whether a path is in a testdata directory, except the corpus of `go test -fuzz`, which benchmarks do not read. */
export function isTestData(file: string): boolean {
  return file.split('/').includes('testdata') && !file.includes('testdata/fuzz/');
}

/** The package directory that a test file belongs to. */
export function testedDir(file: string): string {
  const parts = file.split('/');
  const testdata = parts.indexOf('testdata');
  const dir = testdata === -1 ? path.posix.dirname(file) : parts.slice(0, testdata).join('/');
  return dir === '' ? '.' : dir;
}

/** The test files that differ between base and head. */
export function changedTestFiles(diff: TreeDiff): FileChange[] {
  return diff.filter((change) =>
    [change.basePath, change.headPath].some((file) => file !== null && isTestFile(file)),
  );
}

/** Copies a tree by hard links: files in it must be replaced, never written to. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) await linkTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target));
  }
}

/**
 * A file that differs between the two sides of a cross: the side of its code and the side of its tests; null: the file
 * does not exist. `target`: where the code's side has what is at `testsPath`.
 */
export type CrossedFile = { codePath: string | null; testsPath: string | null; target: string | null };

/**
 * Creates a tree with one side's code and the other side's data: `code` is copied, and the given files are replaced by
 * those of `tests`. The given trees do not change.
 */
export async function createCrossTree(
  code: string,
  tests: string,
  data: readonly CrossedFile[],
  target: string,
): Promise<void> {
  await linkTree(code, target);
  for (const { codePath } of data)
    if (codePath !== null) await rm(path.join(target, codePath), { force: true });
  for (const { testsPath, target: place } of data) {
    if (testsPath === null || place === null) continue;
    const file = path.join(target, place);
    await mkdir(path.dirname(file), { recursive: true });
    await cp(path.join(tests, testsPath), file, { force: true, verbatimSymlinks: true });
  }
}

/** Replaces test files; null: removes the file. Linked files are replaced and never written to. */
export async function replaceTests(
  tree: string,
  old: readonly string[],
  texts: ReadonlyMap<string, string | null>,
): Promise<void> {
  for (const file of [...old, ...texts.keys()]) await rm(path.join(tree, file), { force: true });
  for (const [file, text] of texts) {
    if (text === null) continue;
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  }
}
