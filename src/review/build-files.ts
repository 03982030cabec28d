import { readFile, glob } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import { namesOf } from './run-time-files.ts';
import type { Trees } from './types.ts';

/** Files that can be part of a build in any folder: Go, C, assembler, and files that select modules. */
const SOURCE =
  /\.(?:go|c|cc|cpp|cxx|m|mm|h|hh|hpp|hxx|inc|inl|def|f|F|for|f90|s|S|sx|a|o|so|syso|swig|swigcxx|ld|lds)$|(?:^|\/)go\.(?:mod|sum|work|work\.sum)$|(?:^|\/)vendor\/modules\.txt$/u;
/** Files that tests open by convention. */
const TEST_DATA = /(?:^|\/)testdata\//u;

/** Whether a build or a benchmark may read a file, by its path alone. */
export function isBuildFile(file: string): boolean {
  return SOURCE.test(file) || TEST_DATA.test(file);
}

/**
 * The changed files that a build or a benchmark may read: source files, test data, and any other file that a Go file of
 * either tree names, or may embed by a pattern. Paths of both sides, each once.
 */
export async function findBuildFiles(diff: TreeDiff, trees: Trees): Promise<string[]> {
  const paths = diff.flatMap(({ basePath, headPath }) => [basePath, headPath]);
  const all = [...new Set(paths)].filter((file) => file !== null);
  const others = all.filter((file) => !isBuildFile(file));
  const named = new Set<string>();
  for (const tree of [trees.base, trees.head]) {
    if (named.size < others.length) for (const file of await findNamed(others, tree)) named.add(file);
  }
  return all.filter((file) => isBuildFile(file) || named.has(file));
}

/** The given files that the Go code of a tree names, or that are below the folder of a file with `//go:embed`. */
async function findNamed(files: readonly string[], tree: string): Promise<Set<string>> {
  const found = new Set<string>();
  const names = new Map(files.map((file) => [file, namesOf(file)]));
  for await (const source of glob('**/*.go', { cwd: tree })) {
    const text = await readFile(path.join(tree, source), 'utf8').catch(() => '');
    const dir = path.posix.dirname(source);
    const embeds = text.includes('//go:embed');
    for (const [file, words] of names) {
      const isBelow = dir === '.' || file.startsWith(`${dir}/`);
      if ((embeds && isBelow) || words.some((word) => text.includes(word))) found.add(file);
    }
    for (const file of found) names.delete(file);
    if (names.size === 0) break;
  }
  return found;
}
