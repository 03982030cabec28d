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
 * A data file of tests that differs between the side of a cross's code and the side of its tests. Paths in the trees.
 */
export type CrossedFile = {
  /** Its path on the side of the code; null: it does not exist there. */
  codePath: string | null;
  /** Its path on the side of the tests; null: it does not exist there. */
  testsPath: string | null;
  /** Its path in the cross: `testsPath` with the folder that the package has on the side of the code. */
  target: string | null;
};

/**
 * Creates the tree of a cross in `target`: a copy of the tree `code`, in which the files of `data` are replaced by those
 * of the tree `tests`. The two trees do not change.
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

/**
 * Replaces the test files `old` of a tree by new texts; a text of null removes the file. Files are removed before they
 * are written, because they can be hard links to another tree.
 */
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
