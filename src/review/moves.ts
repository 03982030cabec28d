/** Import paths of base and what they are at head. */
export type Renames = ReadonlyMap<string, string>;

/** The renames from head to base. */
export function reverse(renames: Renames): Renames {
  return new Map([...renames].map(([before, after]) => [after, before]));
}

/**
 * Returns a function that gives the import path of a package on the other side: by the rename of the package, otherwise
 * by that of the innermost module that contains it. `modules` must also have the modules that kept their path, so that
 * the rename of an outer module does not count for the packages of an inner one.
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
