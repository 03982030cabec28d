import { readGoFile } from '../../src/syntax/go-file.ts';
import type { Files } from './go-repository.ts';

/** Where the files of a fixture are in a module: in `folder`, and their names begin with `prefix`. */
export type Place = { folder: string; prefix: string };

/** The names that files declare in their package, and those by which they use imports. */
type Names = { declared: ReadonlySet<string>; imported: ReadonlySet<string> };

function readNames(texts: readonly string[]): Names {
  const files = texts.map((text) => readGoFile('', text)).filter((file) => file !== null);
  const declared = files.flatMap(({ declarations }) =>
    declarations.filter(({ kind }) => kind !== 'method').flatMap(({ names }) => names),
  );
  const imported = files.flatMap(({ imports }) =>
    imports.map(({ name, path }) => name ?? path.split('/').at(-1) ?? ''),
  );
  return {
    declared: new Set(declared.filter((name) => name !== '_' && name !== 'init')),
    imported: new Set(imported),
  };
}

const areApart = (a: Names, b: Names): boolean =>
  a.declared.isDisjointFrom(b.declared) &&
  a.declared.isDisjointFrom(b.imported) &&
  a.imported.isDisjointFrom(b.declared);

/**
 * Puts fixtures, each with the texts of all its files, into as few packages as their names allow: a package costs a
 * review more than the benchmarks in it. Returns a place for each.
 */
export function sharePackages(fixtures: ReadonlyMap<string, readonly string[]>): Map<string, Place> {
  const packages: Names[][] = [];
  return new Map(
    [...fixtures].map(([name, texts]) => {
      const names = readNames(texts);
      const found = packages.findIndex((others) => others.every((other) => areApart(other, names)));
      const index = found === -1 ? packages.push([]) - 1 : found;
      packages[index]?.push(names);
      return [name, { folder: `shared${index}`, prefix: `${name}_` }];
    }),
  );
}

/** The files with the package clause of their folder. */
export const withPackage = (files: Files, { folder }: Place): Files =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      text.replace(/^(\uFEFF?package )\w+$/mu, `$1${folder}`),
    ]),
  );
