import path from 'node:path';
import type { Side, TreeDiff } from '../compare/types.ts';
import type { GoModule } from '../go/modules.ts';
import { importPathOf } from '../go/package-pattern.ts';
import { ownerOf } from './module-graph.ts';
import type { Renames } from './moves.ts';
import { findFiles } from './tree-files.ts';
import type { Trees } from './types.ts';

/** Which packages of a module are compared, by their folders in the tree. */
export type PackageScope = {
  /** Only this folder and those below it. */
  inside: string;
  /** Without these folders and those below them, because another pair has them. */
  outside: readonly string[];
};

export type ModulePair = { base: GoModule | null; head: GoModule; scope: Record<Side, PackageScope> };

const isBelow = (dir: string, root: string): boolean => root === '.' || dir.startsWith(`${root}/`);
const isAt = (dir: string, root: string): boolean => dir === root || isBelow(dir, root);

/** Whether the packages in a folder are compared. */
export function isInScope({ inside, outside }: PackageScope, dir: string): boolean {
  return isAt(dir, inside) && !outside.some((root) => isAt(dir, root));
}

/**
 * Finds the base version of a module of head: with the same path, in the same folder, or at the place from which its
 * go.mod was moved.
 */
function findBase(module: GoModule, base: readonly GoModule[], diff: TreeDiff): GoModule | null {
  const goMod = path.posix.join(module.dir, 'go.mod');
  const moved = diff.find(({ headPath, basePath }) => headPath === goMod && basePath !== null)?.basePath;
  return (
    base.find(({ path: name, dir }) => name === module.path && dir === module.dir) ??
    base.find(({ path: name }) => name === module.path) ??
    base.find(({ dir }) => dir === module.dir) ??
    base.find(({ dir }) => path.posix.join(dir, 'go.mod') === moved) ??
    null
  );
}

type Place = { module: GoModule; dir: string };
type Tree = { dir: string; modules: readonly GoModule[] };

/** Whether a folder of a module has Go files, also below it, that belong to the module. */
async function holdsPackages({ module, dir }: Place, tree: Tree): Promise<boolean> {
  for await (const file of findFiles(path.join(tree.dir, dir), '.go')) {
    if (ownerOf(tree.modules, path.posix.join(dir, file)) === module) return true;
  }
  return false;
}

/**
 * Finds the packages of a module of one tree in the other tree, which has no such module: where the import path leads
 * to in an outer module, or in the same folder. Null if they are not there, or if several modules have this path.
 */
async function findPart({ path: name, dir }: GoModule, own: Tree, other: Tree): Promise<Place | null> {
  const isUnique = own.modules.filter((one) => one.path === name).length === 1;
  const around = isUnique ? other.modules.filter((one) => name.startsWith(`${one.path}/`)) : [];
  const outer = around.toSorted((a, b) => b.path.length - a.path.length)[0];
  const byPath = outer && {
    module: outer,
    dir: path.posix.join(outer.dir, name.slice(outer.path.length + 1)),
  };
  if (byPath && (await holdsPackages(byPath, other))) return byPath;
  const owner = ownerOf(other.modules, `${dir}/x`);
  const byFolder = owner && { module: owner, dir };
  return byFolder && (await holdsPackages(byFolder, other)) ? byFolder : null;
}

/** A pair of modules, with the folders of their packages. `isPart`: only a part of one of the modules. */
type Found = { base: Place | null; head: Place; isPart: boolean };

async function findPairs(base: Tree, head: Tree, diff: TreeDiff): Promise<Found[]> {
  const found: Found[] = [];
  for (const module of head.modules) {
    const same = findBase(module, base.modules, diff);
    const part = same ? null : await findPart(module, head, base);
    const before = same ? { module: same, dir: same.dir } : part;
    found.push({ base: before, head: { module, dir: module.dir }, isPart: part !== null });
  }
  for (const module of base.modules) {
    if (found.some((pair) => pair.base?.module === module && !pair.isPart)) continue;
    const part = await findPart(module, base, head);
    if (part) found.push({ base: { module, dir: module.dir }, head: part, isPart: true });
  }
  return found;
}

/**
 * Pairs the modules of head with their versions of base. If a folder of a module became a module of its own or the
 * reverse, this folder is a pair of its own. `renames`: the import paths of base's modules and such folders, and what
 * they are at head.
 */
export async function pairModules(
  trees: Trees,
  modules: Record<Side, readonly GoModule[]>,
  diff: TreeDiff,
): Promise<{ pairs: ModulePair[]; renames: Renames }> {
  const treeOf = (side: Side): Tree => ({ dir: trees[side], modules: modules[side] });
  const found = await findPairs(treeOf('base'), treeOf('head'), diff);
  const parts = found.filter(({ isPart }) => isPart);
  const scopeOf = (side: Side, one: Found): PackageScope => {
    const inside = (one[side] ?? one.head).dir;
    const dirs = parts.flatMap((part) => part[side]?.dir ?? []);
    return { inside, outside: dirs.filter((dir) => dir !== inside && isBelow(dir, inside)) };
  };
  return {
    pairs: found.map((one) => ({
      base: one.base?.module ?? null,
      head: one.head.module,
      scope: { base: scopeOf('base', one), head: scopeOf('head', one) },
    })),
    renames: new Map(
      found.flatMap(({ base, head }) => (base ? [[importPathOf(base), importPathOf(head)] as const] : [])),
    ),
  };
}
