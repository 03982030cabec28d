import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import type { LinkedPlaces } from './linked-changes.ts';
import { allNamesOf } from './run-time-files.ts';
import { findFiles } from './tree-files.ts';

/** Files that can be part of a build in any folder: Go, C, assembler, and files that select modules. */
const SOURCE =
  /\.(?:go|c|cc|cpp|cxx|m|mm|h|hh|hpp|hxx|inc|inl|def|f|F|for|f90|s|S|sx|a|o|so|syso|swig|swigcxx|ld|lds)$|(?:^|\/)go\.(?:mod|sum|work|work\.sum)$|(?:^|\/)vendor\/modules\.txt$/u;
/** Files that tests open by convention. */
const TEST_DATA = /(?:^|\/)testdata\//u;

/** Whether a file can be compiled, or selects what is compiled, by its name alone. */
export const isSource = (file: string): boolean => SOURCE.test(file);

/** Whether a build or a benchmark may read a file, by its path alone. */
export function isBuildFile(file: string): boolean {
  return isSource(file) || TEST_DATA.test(file);
}

/** A tree, and the places to which its symbolic links lead. */
export type LinkedTree = { tree: string; links: LinkedPlaces };

/** The changed paths that a build or a benchmark may read, and those for which only the Go code tells that. */
function splitPaths(diff: TreeDiff, sides: readonly LinkedTree[]): { sure: string[]; others: string[] } {
  const paths = diff.flatMap(({ basePath, headPath }) => [basePath, headPath]);
  const all = [...new Set(paths)].filter((file) => file !== null);
  // A link can lead to a folder with code, whatever its name is.
  const isSure = (file: string): boolean => isBuildFile(file) || sides.some(({ links }) => links.has(file));
  return { sure: all.filter(isSure), others: all.filter((file) => !isSure(file)) };
}

/**
 * The changed files that a build or a benchmark may read: source files, links, test data, and any other file that a Go
 * file of either tree names, or may embed by a pattern. Paths of both sides, each once.
 */
export async function findBuildFiles(diff: TreeDiff, sides: readonly LinkedTree[]): Promise<string[]> {
  const { sure, others } = splitPaths(diff, sides);
  const named = new Set<string>();
  for (const { tree } of sides) {
    if (named.size < others.length) for (const file of await findNamed(others, tree)) named.add(file);
  }
  return [...sure, ...others.filter((file) => named.has(file))];
}

/**
 * Whether no build and no benchmark reads a changed file, judged by head alone: if no changed path is that of a source
 * file, both sides have the same Go code.
 */
export async function isReadByNothing(diff: TreeDiff, head: LinkedTree): Promise<boolean> {
  const { sure, others } = splitPaths(diff, [head]);
  return sure.length === 0 && (await findNamed(others, head.tree)).size === 0;
}

/** The given files that the Go code of a tree names, or that are below the folder of a file with `//go:embed`. */
async function findNamed(files: readonly string[], tree: string): Promise<Set<string>> {
  const found = new Set<string>();
  const names = new Map(files.map((file) => [file, allNamesOf(file)]));
  for await (const source of findFiles(tree, '.go')) {
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
