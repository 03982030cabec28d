import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  findModules,
  type GoModule,
  isHidden,
  listReplacements,
  listUsed,
  resolveDir,
} from '../go/modules.ts';

/** The modules of one tree, and their dependencies on each other within the tree. */
export type ModuleGraph = {
  /** Outermost first. */
  modules: GoModule[];
  /**
   * The directories of the modules that each module takes from the tree, by `replace` or go.work. The key is its
   * directory.
   */
  uses: Map<string, Set<string>>;
  /** Directories in a `replace` or `use`, even if they contain no module. */
  named: Set<string>;
};

async function read(treeDir: string, ...parts: string[]): Promise<string> {
  return readFile(path.join(treeDir, ...parts), 'utf8').catch(() => '');
}

/** Reads the go.mod and go.work files of a tree, without the go command. `wanted`: see `findModules`. */
export async function readModuleGraph(treeDir: string, wanted: readonly string[] = []): Promise<ModuleGraph> {
  const modules = await findModules(treeDir, wanted);
  const uses = new Map(modules.map(({ dir }) => [dir, new Set<string>()]));
  const named = new Set<string>();
  for (const { dir } of modules) {
    const text = await read(treeDir, dir, 'go.mod');
    for (const target of listReplacements(text)) {
      uses.get(dir)?.add(resolveDir(dir, target));
      named.add(resolveDir(dir, target));
    }
  }
  for (const { members, replaced } of await readWorkspaces(treeDir, modules)) {
    for (const dir of [...members, ...replaced]) named.add(dir);
    // Packages of a member can import those of the other members, regardless of the requirements in go.mod.
    for (const dir of members) for (const one of [...members, ...replaced]) uses.get(dir)?.add(one);
  }
  return { modules, uses, named };
}

type ModuleWorkspace = { members: string[]; replaced: string[] };

/** The go.work files beside or above modules, with the folders in them. */
async function readWorkspaces(treeDir: string, modules: readonly GoModule[]): Promise<ModuleWorkspace[]> {
  const dirs = new Set(modules.flatMap(({ dir }) => ancestorsOf(dir)));
  const found: ModuleWorkspace[] = [];
  for (const dir of dirs) {
    const text = await read(treeDir, dir, 'go.work');
    const [members, replaced] = [listUsed(text), listReplacements(text)];
    found.push({
      members: members.map((one) => resolveDir(dir, one)),
      replaced: replaced.map((one) => resolveDir(dir, one)),
    });
  }
  return found;
}

/** A directory of the tree and its parents, `.` last. */
export function ancestorsOf(dir: string): string[] {
  return dir === '.' ? ['.'] : [dir, ...ancestorsOf(path.posix.dirname(dir))];
}

/** The innermost module that contains a file; undefined if there is none. */
export function ownerOf(modules: readonly GoModule[], file: string): GoModule | undefined {
  const around = modules.filter(({ dir }) => dir === '.' || file.startsWith(`${dir}/`));
  const depth = ({ dir }: GoModule): number => (dir === '.' ? 0 : dir.length);
  return around.toSorted((a, b) => depth(a) - depth(b)).at(-1);
}

/**
 * The modules whose builds or tests can use a file: the innermost one that contains it, and if that is hidden, such as
 * one in testdata, also the module around it, whose tests may read the files.
 */
export function ownersOf(modules: readonly GoModule[], file: string): GoModule[] {
  const owner = ownerOf(modules, file);
  if (!owner) return [];
  const others = modules.filter((one) => one !== owner);
  const outer = ownerOf(others, `${owner.dir}/x`);
  const isSeen = outer && isHidden(path.posix.relative(outer.dir, owner.dir));
  return isSeen ? [owner, ...ownersOf(others, `${owner.dir}/x`)] : [owner];
}

/** The directories of the given modules and of all modules that are built with one of them, directly or indirectly. */
export function findReaching({ uses }: ModuleGraph, dirs: ReadonlySet<string>): Set<string> {
  const reached = new Set(dirs);
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const [dir, others] of uses) if ([...others].some((one) => reached.has(one))) reached.add(dir);
  }
  return reached;
}
