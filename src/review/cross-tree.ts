import { copyFile, cp, link, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { FileChange, TreeDiff } from '../compare/types.ts';

/** Whether a path belongs to a package's tests: its `_test.go` files and what lies in a testdata directory. */
export function isTestFile(file: string): boolean {
  return file.endsWith('_test.go') || file.split('/').includes('testdata');
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
 * Makes a tree with one side's code and the other side's tests: `code` is copied, and every test file that differs
 * is replaced by that of `tests`. Neither given tree is changed.
 */
export async function createCrossTree(
  code: string,
  tests: string,
  changes: readonly { codePath: string | null; testsPath: string | null }[],
  target: string,
): Promise<void> {
  await linkTree(code, target);
  for (const { codePath } of changes) {
    if (codePath !== null && isTestFile(codePath)) await rm(path.join(target, codePath), { force: true });
  }
  for (const { testsPath } of changes) {
    if (testsPath === null || !isTestFile(testsPath)) continue;
    const file = path.join(target, testsPath);
    await mkdir(path.dirname(file), { recursive: true });
    await cp(path.join(tests, testsPath), file, { force: true, verbatimSymlinks: true });
  }
}
