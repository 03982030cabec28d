import type { GoModule } from '../go/modules.ts';

/** Import paths of base and what they are at head. */
export type Renames = ReadonlyMap<string, string>;

/** The path of every module of base at head, where it can be another one. */
export function listModuleRenames(pairs: readonly { base: GoModule | null; head: GoModule }[]): Renames {
  return new Map(pairs.flatMap(({ base, head }) => (base ? [[base.path, head.path] as const] : [])));
}

/** The same from head to base. If several were made of one, any of them leads back. */
export function reverse(renames: Renames): Renames {
  return new Map([...renames].map(([before, after]) => [after, before]));
}

/**
 * Follows the renames of packages, and otherwise of the innermost module around a package. A module that kept its path
 * has to be in `modules`, so that the rename of an outer one does not count for its packages.
 */
export function followRenames(packages: Renames, modules: Renames): (importPath: string) => string {
  const inward = [...modules].sort(([a], [b]) => b.length - a.length);
  return (importPath) => {
    const own = packages.get(importPath);
    if (own !== undefined) return own;
    const around = inward.find(([before]) => `${importPath}/`.startsWith(`${before}/`));
    return around ? around[1] + importPath.slice(around[0].length) : importPath;
  };
}
