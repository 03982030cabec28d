import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A Go module of the reviewed tree. */
export type GoModule = {
  /** Module path as go.mod has it. */
  path: string;
  /** Directory in the tree, with `/`; `.` for the root. */
  dir: string;
};

/** Names that the go command does not descend into. */
function isIgnoredDir(name: string): boolean {
  return name === 'vendor' || name === 'testdata' || name === 'node_modules' || /^[._]/u.test(name);
}

/** Reads the module path out of go.mod; null when there is no module line. */
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

/**
 * The go.work file that applies to a module: the nearest one above it inside the tree, absolute; else `off`.
 * Saying it outright keeps a go.work that lies above the exported tree out of the build.
 */
export async function findGoWork(treeDir: string, moduleDir: string): Promise<string> {
  let dir = moduleDir;
  for (;;) {
    const names: string[] = await readdir(path.join(treeDir, dir)).catch(() => []);
    if (names.includes('go.work')) return path.join(treeDir, dir, 'go.work');
    if (dir === '.') return 'off';
    dir = path.posix.dirname(dir);
  }
}
