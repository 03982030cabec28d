import {
  copyFile,
  cp,
  link,
  mkdir,
  readdir,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
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
 * Whether the folder of a file is in a tree, after links. The links of each side stay in its own tree, but a cross mixes
 * files of both, where a link can lead out. Nothing may be written or removed through such a link.
 */
async function staysIn(tree: string, file: string): Promise<boolean> {
  const root = await realpath(tree);
  for (let dir = path.dirname(path.join(tree, file)); ; dir = path.dirname(dir)) {
    const real = await realpath(dir).catch(() => null);
    if (real !== null) return real === root || real.startsWith(`${root}${path.sep}`);
  }
}

/** Removes a file of a tree if it exists. */
async function remove(tree: string, file: string): Promise<void> {
  if (await staysIn(tree, file)) await rm(path.join(tree, file), { force: true });
}

/** Creates the folder of a file in a tree. Resolves to the file's path; null: a link leads out of the tree. */
async function makePlace(tree: string, file: string): Promise<string | null> {
  if (!(await staysIn(tree, file))) return null;
  const place = path.join(tree, file);
  await mkdir(path.dirname(place), { recursive: true });
  return place;
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
 * of the tree `tests`. The two trees do not change. Files whose folder a link leads out of the tree are left out.
 */
export async function createCrossTree(
  code: string,
  tests: string,
  data: readonly CrossedFile[],
  target: string,
): Promise<void> {
  await linkTree(code, target);
  for (const { codePath } of data) if (codePath !== null) await remove(target, codePath);
  for (const { testsPath, target: file } of data) {
    const place = testsPath === null || file === null ? null : await makePlace(target, file);
    if (testsPath === null || place === null) continue;
    await cp(path.join(tests, testsPath), place, {
      force: true,
      verbatimSymlinks: true,
    });
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
  for (const file of [...old, ...texts.keys()]) await remove(tree, file);
  for (const [file, text] of texts) {
    const place = text === null ? null : await makePlace(tree, file);
    if (text !== null && place !== null) await writeFile(place, text);
  }
}
