import path from 'node:path';
import type { GoModule } from './modules.ts';

/** A package by where it lies: directory in the tree with `/`, and the module around it. */
export type PackagePlace = { dir: string; module: GoModule };

/** The package's import path. */
export function importPathOf({ dir, module }: PackagePlace): string {
  const rest = path.posix.relative(module.dir, dir);
  return rest === '' ? module.path : `${module.path}/${rest}`;
}

/** The package as a pattern that begins with its module's folder: `./codec`, `.` for the module's own. */
export function localPathOf({ dir, module }: PackagePlace): string {
  const rest = path.posix.relative(module.dir, dir);
  return rest === '' ? '.' : `./${rest}`;
}

/** Patterns that stand for every package of a module, or of the workspace (`go help packages`). */
const WHOLE = new Set(['all', 'work']);

/**
 * Tells whether a pattern of the go command names a package of its module, by the package's place alone: what build
 * constraints leave of it is not known. As in `go help packages`, a pattern that begins with a dot is a folder relative
 * to the module, `...` stands for anything, and no wildcard finds what lies below `testdata` or a folder that begins
 * with `.` or `_`.
 */
export function matchPackage(pattern: string, place: PackagePlace): boolean {
  if (WHOLE.has(pattern)) return true;
  const isLocal = /^\.{1,2}(?:\/|$)/u.test(pattern);
  const local = localPathOf(place).replace(/^\.\//u, '');
  const name = isLocal ? local : importPathOf(place);
  const asked = isLocal ? path.posix.normalize(pattern).replace(/(?<=.)\/$/u, '') : pattern;
  if (!asked.includes('...')) return asked === name;
  return !/(?:^|\/)(?:_|\.(?!$)|testdata(?:\/|$))/u.test(local) && toExpression(asked).test(name);
}

/** `x/...` stands for x itself as well. */
function toExpression(pattern: string): RegExp {
  const literal = pattern
    .split('...')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`));
  const source = literal.join('.*').replace(/\/\.\*$/u, '(?:/.*)?');
  return new RegExp(`^${source}$`, 'su');
}
