import { type GoFile, type ImportSpec, readGoFile } from './go-file.ts';
import type { TestPackage } from './needs.ts';
import { readTokens } from './tokens.ts';
import { applyEdits } from './trim.ts';

/** Where the packages of one side are on the other side. */
export type Moves = {
  /** The import path of a package on the other side. */
  pathOf: (importPath: string) => string;
  /** The name that a package of the other side has in its own source. */
  nameOf: (importPath: string) => string;
};

/** The tested package on the other side: its folder in the tree, and its name. */
type Place = { dir: string; name: string };

const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
const joinPath = (dir: string, name: string): string => (dir === '.' ? name : `${dir}/${name}`);

type Edit = Parameters<typeof applyEdits>[1][number];

/** The new name in `package p` or `package p_test`, whose old name is `name`. */
function editClause({ text, package: clause }: GoFile, name: string, place: Place): Edit[] {
  if (name === place.name) return [];
  const tokens = (readTokens(text) ?? []).filter(({ kind }) => kind === 'word');
  const at = tokens.find((_, index) => tokens[index - 1]?.text === 'package');
  if (!at) return [];
  return [{ start: at.start, end: at.end, text: clause === name ? place.name : `${place.name}_test` }];
}

/** The new path of an import. If the package also has a new name there, the file keeps the old one. */
function editImport(one: ImportSpec, tests: TestPackage, { pathOf, nameOf }: Moves): Edit[] {
  const path = pathOf(one.path);
  if (path === one.path) return [];
  const before = tests.nameOf(one.path);
  const name = one.name ?? (nameOf(path) === before ? null : before);
  return [{ start: one.start, end: one.end, text: `${name === null ? '' : `${name} `}"${path}"` }];
}

/**
 * The test files of a package as they would be on the other side, where this package and those that it imports may have
 * other paths, folders and names. Lines keep their numbers.
 */
export function moveTests(tests: TestPackage, moves: Moves, place: Place): TestPackage {
  const importPath = moves.pathOf(tests.importPath);
  const ownName = tests.files[0]?.package.replace(/_test$/u, '') ?? '';
  const files = tests.files.map((file): GoFile => {
    const edits = [
      ...editClause(file, ownName, place),
      ...file.imports.flatMap((one) => editImport(one, tests, moves)),
    ];
    const path = joinPath(place.dir, baseName(file.path));
    if (edits.length === 0) return path === file.path ? file : { ...file, path };
    return readGoFile(path, applyEdits(file.text, edits)) ?? file;
  });
  const isSame = importPath === tests.importPath && files.every((file, at) => file === tests.files[at]);
  return isSame ? tests : { importPath, files, nameOf: moves.nameOf };
}
