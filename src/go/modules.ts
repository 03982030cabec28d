import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { declaresBenchmark } from './declares-benchmark.ts';

/** A Go module of the reviewed tree. */
export type GoModule = {
  /** The module path in go.mod. */
  path: string;
  /** The directory in the tree, with `/`; `.` for the root. */
  dir: string;
};

/** Folders whose modules are code of others, or of git. */
const foreignDirs = new Set(['vendor', 'node_modules', '.git']);

/**
 * Whether the go command ignores a folder, and tools that look for modules do, too. It also ignores folders that begin
 * with `_`, but a module in one is usually built from inside it, such as benchmarks in `_benchmark`.
 */
export function isHidden(dir: string): boolean {
  return dir.split('/').some((name) => name === 'testdata' || (name !== '.' && name.startsWith('.')));
}

/** Reads the module path from the text of go.mod; null if there is no module line. */
export function parseModulePath(goMod: string): string | null {
  const match = /^[ \t]*module[ \t]+(?:"([^"\n]+)"|`([^`\n]+)`|([^\s"`(]+))/mu.exec(goMod);
  return match ? (match[1] ?? match[2] ?? match[3] ?? null) : null;
}

type Found = GoModule & {
  /** The folders of the tree that its `replace` lines name. */
  uses: string[];
  /** Whether it declares a benchmark, not counting nested modules. Only asked of hidden modules. */
  holdsBenchmarks: boolean;
};

/**
 * All modules of a tree, outermost first, hidden ones only if they belong to the others or are in one of the folders
 * `wanted`.
 */
export async function findModules(treeDir: string, wanted: readonly string[] = []): Promise<GoModule[]> {
  const found: Found[] = [];
  const members = [...wanted];
  const walk = async (dir: string, around: Found | null): Promise<void> => {
    const entries = await readdir(path.join(treeDir, dir), { withFileTypes: true });
    const has = (name: string): boolean => entries.some((entry) => entry.name === name && entry.isFile());
    const own = has('go.mod') ? await readModule(treeDir, dir) : null;
    if (own) found.push(own);
    if (has('go.work') && !isHidden(dir)) members.push(...(await readMembers(treeDir, dir)));
    const inner = own ?? around;
    for (const entry of entries) {
      const at = path.posix.join(dir, entry.name);
      if (entry.isDirectory() && !foreignDirs.has(entry.name)) await walk(at, inner);
      else if (inner && !inner.holdsBenchmarks && isHidden(inner.dir) && entry.name.endsWith('_test.go')) {
        inner.holdsBenchmarks = declaresBenchmark(await readText(path.join(treeDir, at)));
      }
    }
  };
  await walk('.', null);
  const kept = keepConnected(found, members);
  return kept.map(({ path: name, dir }) => ({ path: name, dir })).sort((a, b) => (a.dir < b.dir ? -1 : 1));
}

async function readModule(treeDir: string, dir: string): Promise<Found | null> {
  const text = await readFile(path.join(treeDir, dir, 'go.mod'), 'utf8');
  const modulePath = parseModulePath(text);
  if (modulePath === null) return null;
  const uses = listReplacements(text).map((target) => resolveDir(dir, target));
  return { path: modulePath, dir, uses, holdsBenchmarks: false };
}

/** The folders of the modules in a go.work file. */
async function readMembers(treeDir: string, dir: string): Promise<string[]> {
  const text = await readFile(path.join(treeDir, dir, 'go.work'), 'utf8');
  return [...listUsed(text), ...listReplacements(text)].map((target) => resolveDir(dir, target));
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/**
 * Leaves out hidden modules, most of which are examples that tests read, unless one that is kept is built with them, or
 * they hold benchmarks and are built with one that is kept. `members`: folders whose modules are kept.
 */
function keepConnected(found: readonly Found[], members: readonly string[]): Found[] {
  const kept = new Set(found.filter(({ dir }) => !isHidden(dir)));
  for (let size = -1; size !== kept.size;) {
    size = kept.size;
    const dirs = new Set([...kept].map(({ dir }) => dir));
    const used = new Set([...members, ...[...kept].flatMap(({ uses }) => uses)]);
    for (const one of found) {
      const reaches = one.holdsBenchmarks && one.uses.some((dir) => dirs.has(dir));
      if (used.has(one.dir) || reaches) kept.add(one);
    }
  }
  return [...kept];
}

/** Resolves a folder relative to `dir` to a directory of the tree. If it begins with '..', it is outside the tree. */
export function resolveDir(dir: string, target: string): string {
  return path.posix.join(dir, target).replace(/(?<=.)\/$/u, '');
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
      const used = listUsed(text).map((one) => resolveDir(dir, one));
      return used.includes(moduleDir) ? file : 'off';
    }
    if (dir === '.') return 'off';
    dir = path.posix.dirname(dir);
  }
}
