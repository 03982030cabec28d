import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A Go module of the reviewed tree. */
export type GoModule = {
  /** The module path in go.mod. */
  path: string;
  /** The directory in the tree, with `/`; `.` for the root. */
  dir: string;
};

/**
 * Whether a folder never contains modules to build. The go command also ignores folders that begin with `_`, but a
 * module in one can be built from inside it, such as benchmarks in `_benchmark`.
 */
function isIgnoredDir(name: string): boolean {
  return name === 'vendor' || name === 'testdata' || name === 'node_modules' || name.startsWith('.');
}

/** Reads the module path from the text of go.mod; null if there is no module line. */
export function parseModulePath(goMod: string): string | null {
  const match = /^[ \t]*module[ \t]+(?:"([^"\n]+)"|`([^`\n]+)`|([^\s"`(]+))/mu.exec(goMod);
  return match ? (match[1] ?? match[2] ?? match[3] ?? null) : null;
}

/** All modules of a tree, outermost first. */
export async function findModules(treeDir: string): Promise<GoModule[]> {
  const found: GoModule[] = [];
  const walk = async (dir: string): Promise<void> => {
    const entries = await readdir(path.join(treeDir, dir), { withFileTypes: true });
    if (entries.some((entry) => entry.name === 'go.mod' && entry.isFile())) {
      const modulePath = parseModulePath(await readFile(path.join(treeDir, dir, 'go.mod'), 'utf8'));
      if (modulePath !== null) found.push({ path: modulePath, dir });
    }
    for (const entry of entries) {
      if (entry.isDirectory() && !isIgnoredDir(entry.name)) await walk(path.posix.join(dir, entry.name));
    }
  };
  await walk('.');
  return found.sort((a, b) => (a.dir < b.dir ? -1 : 1));
}

/** The arguments of a keyword in a go.mod or go.work file, on one line or in a block, without comments. */
function readDirectives(text: string, keyword: string): string[] {
  const found: string[] = [];
  let isInBlock = false;
  for (const line of text.split('\n')) {
    const words = line.replace(/(^|\s)\/\/.*/u, '').trim();
    if (isInBlock) {
      if (words === ')') isInBlock = false;
      else if (words !== '') found.push(words);
      continue;
    }
    const rest = words.startsWith(keyword) ? words.slice(keyword.length) : '';
    if (/^\s*\($/u.test(rest)) isInBlock = true;
    else if (/^\s/u.test(rest)) found.push(rest.trim());
  }
  return found;
}

const unquote = (word: string): string => word.replaceAll(/^["`]|["`]$/gu, '');

/**
 * The folders, relative to a go.mod or go.work file, that its `replace` lines name, including those outside the tree.
 */
export function listReplacements(text: string): string[] {
  const targets = readDirectives(text, 'replace').map((line) => unquote(line.split('=>')[1]?.trim() ?? ''));
  return targets.filter((target) => /^\.{1,2}(?:\/|$)/u.test(target));
}

/** The folders, relative to a go.work file, that it uses. */
export function listUsed(text: string): string[] {
  return readDirectives(text, 'use').map(unquote);
}

/**
 * The absolute path of the go.work file that applies to a module: the nearest one above it inside the tree, if it uses
 * the module; otherwise `off`. An explicit value excludes go.work files above the exported tree. A module that the
 * nearest go.work does not use is built without it, because the go command refuses it otherwise.
 */
export async function findGoWork(treeDir: string, moduleDir: string): Promise<string> {
  let dir = moduleDir;
  for (;;) {
    const file = path.join(treeDir, dir, 'go.work');
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) {
      const used = listUsed(text).map((one) => path.posix.join(dir, one).replace(/(?<=.)\/$/u, ''));
      return used.includes(moduleDir) ? file : 'off';
    }
    if (dir === '.') return 'off';
    dir = path.posix.dirname(dir);
  }
}
