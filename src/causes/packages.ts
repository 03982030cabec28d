import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import { lastElement } from '../compare/import-path.ts';
import type { Decision } from '../compare/types.ts';
import type { Sources } from '../rules/source-files.ts';

/** One import of a file; `alias` is the name that the file gives the package; null: its own name. */
type Import = { path: string; alias: string | null };

/** The packages of the repository, by import path and by folder (`.` is the root), and their imports. */
export type Packages = {
  pathOf: (folder: string) => string | null;
  /** The name in a file's package clause; null if the file cannot be read. */
  clauseOf: (file: string) => string | null;
  /**
   * The import paths that a qualifier in the compiler's text can mean in a file: packages that the file imports, else
   * packages that its imports import, because inlining brings in their names. If two packages have the same name, the
   * line decides, if it contains only one of them.
   */
  meanings: (qualifier: string, file: string, line: number | null) => string[];
  /** The folders of the repository that a file imports, directly or indirectly. */
  reachable: (file: string) => string[];
};

/** How deep imports of imports are followed, and the maximum number of folders. */
const MAX_DEPTH = 3;
const MAX_FOLDERS = 60;

const folderOf = (file: string): string => path.posix.dirname(file);

/** The paths that a file imports. */
export function importsOf(root: Node | undefined): Import[] {
  const specs = root?.descendantsOfType('import_spec') ?? [];
  return specs.flatMap((spec) => {
    const text = spec?.childForFieldName('path')?.text.slice(1, -1);
    return text === undefined ? [] : [{ path: text, alias: spec?.childForFieldName('name')?.text ?? null }];
  });
}

/** Whether a package can be named `name`: the last element of its path, or a part of it (`json` in `go-json`). */
export function mayBeNamed(importPath: string, name: string): boolean {
  const last = lastElement(importPath);
  return (
    last
      .replace(/\.v\d+$/u, '')
      .split(/[-.]/u)
      .includes(name) || last === name
  );
}

/** The import paths in decisions, by folder. */
function knownPaths(decisions: readonly Decision[]): Map<string, string> {
  const known = new Map<string, string>();
  for (const { package: importPath, position } of decisions) known.set(folderOf(position.file), importPath);
  return known;
}

/**
 * Derives the import path of a folder from a known one. `a/b` in the module `m` is `m/a/b`, so two folders and their
 * import paths differ in the same way at the end.
 */
function derivePath(folder: string, known: ReadonlyMap<string, string>): string | null {
  const parts = folder === '.' ? [] : folder.split('/');
  for (let length = parts.length; length >= 0; length -= 1) {
    const shared = parts.slice(0, length);
    for (const [other, importPath] of known) {
      const theirs = other === '.' ? [] : other.split('/');
      if (!shared.every((part, index) => theirs[index] === part)) continue;
      const rest = theirs
        .slice(length)
        .map((part) => `/${part}`)
        .join('');
      if (!importPath.endsWith(rest)) continue;
      const root = importPath.slice(0, importPath.length - rest.length);
      return [root, ...parts.slice(length)].join('/');
    }
  }
  return null;
}

/** `filesIn` lists the Go files of a folder of head, without tests. */
export function createPackages(
  decisions: readonly Decision[],
  sources: Sources,
  filesIn: (folder: string) => string[],
): Packages {
  const known = knownPaths(decisions);
  const derived = new Map<string, string | null>();
  const pathOf: Packages['pathOf'] = (folder) => {
    const found = known.get(folder) ?? derived.get(folder);
    if (found !== undefined) return found;
    const made = derivePath(folder, known);
    derived.set(folder, made);
    return made;
  };
  const folderByPath = new Map([...known].map(([folder, importPath]) => [importPath, folder]));
  /** The folder of a package in the repository; null for packages of other modules. */
  const folderOfPath = (importPath: string): string | null => {
    const found = folderByPath.get(importPath);
    if (found !== undefined) return found;
    const root = pathOf('.');
    if (root === null || !importPath.startsWith(`${root}/`)) return null;
    const folder = importPath.slice(root.length + 1);
    return filesIn(folder).length > 0 ? folder : null;
  };
  // A byte order mark, which Go ignores, is white space here.
  const clauseOf: Packages['clauseOf'] = (file) => {
    const clause = sources.head(file)?.lines.find((line) => /^\s*package\s/u.test(line));
    return /^\s*package\s+([\p{L}\p{N}_]+)/u.exec(clause ?? '')?.[1] ?? null;
  };
  const isNamed = (importPath: string, name: string): boolean => {
    const folder = folderOfPath(importPath);
    const [file] = folder === null ? [] : filesIn(folder);
    const own = file === undefined ? null : clauseOf(file);
    return own === null ? mayBeNamed(importPath, name) : own === name;
  };
  const foldersImportedBy = (files: readonly string[]): string[] =>
    files.flatMap((file) =>
      importsOf(sources.head(file)?.root).flatMap((one) => folderOfPath(one.path) ?? []),
    );
  const reachable: Packages['reachable'] = (file) => {
    const found = new Set(foldersImportedBy([file]));
    let front = [...found];
    for (let depth = 1; depth < MAX_DEPTH && front.length > 0 && found.size < MAX_FOLDERS; depth += 1) {
      front = foldersImportedBy(front.flatMap(filesIn)).filter((folder) => !found.has(folder));
      for (const folder of front) found.add(folder);
    }
    return [...found];
  };
  const meanings: Packages['meanings'] = (qualifier, file, line) => {
    const own = pathOf(folderOf(file));
    const clause = clauseOf(file);
    const isOwn = own !== null && (clause === null ? mayBeNamed(own, qualifier) : clause === qualifier);
    const direct = importsOf(sources.head(file)?.root).filter((one) => isNamed(one.path, qualifier));
    const text = line === null ? '' : (sources.head(file)?.lines[line - 1] ?? '');
    const written = direct.filter(({ alias }) => text.includes(`${alias ?? qualifier}.`));
    if (direct.length === 0 && isOwn) return [own];
    if (direct.length > 0) return (written.length > 0 ? written : direct).map((one) => one.path);
    return reachable(file)
      .flatMap((folder) => pathOf(folder) ?? [])
      .filter((importPath) => isNamed(importPath, qualifier));
  };
  return { pathOf, clauseOf, meanings, reachable };
}
