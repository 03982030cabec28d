import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ReadSource } from '../rules/source-files.ts';
import { codeOf, type ReadLines } from '../causes/spacing.ts';
import type { Position, TreeDiff } from '../compare/types.ts';
import { basePathOf } from '../rules/places.ts';
import type { Trees } from './types.ts';

/** Returns a function that reads a file of a tree; null if the file cannot be read. */
export function readTree(tree: string): ReadSource {
  return (file) => {
    try {
      return readFileSync(path.join(tree, file), 'utf8');
    } catch {
      return null;
    }
  };
}

/** The lines of the files of both sides, without parsing them. */
export function openLines(trees: Trees, diff: TreeDiff): ReadLines {
  const [readBase, readHead] = [readTree(trees.base), readTree(trees.head)];
  const split = (text: string | null) => (text === null ? null : { lines: text.split('\n') });
  return {
    head: (file) => split(readHead(file)),
    baseOf: (file) => split(readBase(basePathOf(diff, file) ?? '')),
  };
}

/**
 * Returns a function that lists the Go files directly in a folder of a tree, sorted, as paths in the tree. A folder that
 * cannot be read counts as empty. `isWanted`: which file names; default: all.
 */
export function listGoFiles(
  tree: string,
  isWanted: (name: string) => boolean = () => true,
): (dir: string) => string[] {
  return (dir) => {
    try {
      const names = readdirSync(path.join(tree, dir)).filter(
        (name) => name.endsWith('.go') && isWanted(name),
      );
      return names.sort().map((name) => path.posix.join(dir, name));
    } catch {
      return [];
    }
  };
}

/**
 * The files below a folder whose names have this ending, by their paths in the folder, without hidden ones and without
 * following links to folders. `glob` of node:fs would do, but Node warns before 22.17 that it is experimental.
 */
export async function* findFiles(root: string, ending: string): AsyncGenerator<string> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const name = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(name);
      else if (name.endsWith(ending)) yield name;
    }
  }
}

/** Returns a function that gives the code of a line of a tree; null: the line cannot be read, or has no code. */
export function readCode(tree: string): (position: Position) => string | null {
  const read = readTree(tree);
  const files = new Map<string, string[]>();
  return ({ file, line }) => {
    const lines = files.get(file) ?? (read(file) ?? '').split('\n');
    files.set(file, lines);
    const code = codeOf(lines[line - 1] ?? '');
    return code === '' ? null : code;
  };
}
