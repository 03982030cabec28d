import path from 'node:path';
import type { GoModule } from './modules.ts';

/** A package by its place: the directory in the tree with `/`, and its module. */
export type PackagePlace = { dir: string; module: GoModule };

/** The package's import path. */
export function importPathOf({ dir, module }: PackagePlace): string {
  const rest = path.posix.relative(module.dir, dir);
  return rest === '' ? module.path : `${module.path}/${rest}`;
}

/** The package as a pattern relative to its module's folder: `./codec`, `.` for the folder itself. */
export function localPathOf({ dir, module }: PackagePlace): string {
  const rest = path.posix.relative(module.dir, dir);
  return rest === '' ? '.' : `./${rest}`;
}

/** Patterns that match every package of a module, or of the workspace (`go help packages`). */
const wholeModule = new Set(['all', 'work']);

/**
 * Whether a pattern of the go command matches a package of its module. Only the package's place counts, not build
 * constraints. As in `go help packages`, a pattern that begins with a dot is a folder relative to the module, `...`
 * matches any text, and wildcards do not match below `testdata` or a folder that begins with `.` or `_`.
 */
export function matchPackage(pattern: string, place: PackagePlace): boolean {
  if (wholeModule.has(pattern)) return true;
  const isLocal = /^\.{1,2}(?:\/|$)/u.test(pattern);
  const local = localPathOf(place).replace(/^\.\//u, '');
  const name = isLocal ? local : importPathOf(place);
  const asked = isLocal ? path.posix.normalize(pattern).replace(/(?<=.)\/$/u, '') : pattern;
  if (!asked.includes('...')) return asked === name;
  return !/(?:^|\/)(?:_|\.(?!$)|testdata(?:\/|$))/u.test(local) && toExpression(asked).test(name);
}

/** `x/...` also matches x itself. */
function toExpression(pattern: string): RegExp {
  const literal = pattern
    .split('...')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`));
  const source = literal.join('.*').replace(/\/\.\*$/u, '(?:/.*)?');
  return new RegExp(`^${source}$`, 'su');
}
