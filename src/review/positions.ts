import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { importPathOfFile, type Resolve, type TreeFile } from '../compare/positions.ts';

/** The exported tree, and the directories of the packages in it, by import path. */
type Sources = { context: { treeDir: string }; list: { dirs: ReadonlyMap<string, string> } };

/** Facts about the Go files of a tree. */
type SourceIndex = {
  /** The number of lines of each file, by path in the tree. */
  lines: Map<string, number>;
  /** The lines with a `//line` or `/*line` directive that name a Go file; null if there are too many. */
  directives: string | null;
};

const DIRECTIVE = /\/[/*]line [^\n]*/gu;
/**
 * The maximum number of characters in all directives, because each file's name is searched in them. A tree with
 * generated code has some thousand short directives.
 */
const MAX_DIRECTIVES = 1 << 20;

/** Whether a link leads to a regular file in the tree. In a cross, a link of the other side can lead out of it. */
function isLinkedFile(treeDir: string, file: string): boolean {
  try {
    const real = realpathSync(file);
    return real.startsWith(`${realpathSync(treeDir)}${path.sep}`) && statSync(real).isFile();
  } catch {
    return false;
  }
}

/** The Go files of a folder. The go command compiles also those that are symbolic links. */
function listGoFiles(treeDir: string, dir: string): string[] {
  return readdirSync(path.join(treeDir, dir), { withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.go'))
    .filter(
      (entry) =>
        entry.isFile() ||
        (entry.isSymbolicLink() && isLinkedFile(treeDir, path.join(treeDir, dir, entry.name))),
    )
    .map(({ name }) => name);
}

function indexSources({ context: { treeDir }, list: { dirs } }: Sources): SourceIndex {
  const lines = new Map<string, number>();
  let directives = '';
  for (const dir of new Set(dirs.values())) {
    for (const name of listGoFiles(treeDir, dir)) {
      const text = readFileSync(path.join(treeDir, dir, name), 'utf8');
      lines.set(path.posix.join(dir, name), text.split('\n').length - Number(text.endsWith('\n')));
      for (const [words] of text.matchAll(DIRECTIVE))
        if (words.includes('.go') && directives.length <= MAX_DIRECTIVES) directives += `${words}\n`;
    }
  }
  return { lines, directives: directives.length <= MAX_DIRECTIVES ? directives : null };
}

const resolvers = new WeakMap<Sources, Resolve>();

/**
 * Returns a function that finds the file in the tree for the file of a position that the compiler printed with
 * `-trimpath`: `import/path/file.go`; null for all others.
 *
 * A line directive can give code any position, and the compiler prints the file as written there, after cleaning the
 * path. A directive that refers to `x.go` therefore contains `x.go`. A file whose name is in any directive of the
 * tree's packages is not resolved, because its true positions could not be told from false ones. Generators write their
 * file names without the import path, and such names are never resolved.
 */
export function createResolver(tree: Sources): Resolve {
  const known = resolvers.get(tree);
  if (known) return known;
  const { lines, directives } = indexSources(tree);
  const isNamed = (name: string): boolean => directives?.includes(name) ?? true;
  const files = new Map<string, TreeFile | null>();
  const find = (file: string): TreeFile | null => {
    const count = lines.get(file);
    return count === undefined || isNamed(path.posix.basename(file)) ? null : { file, lines: count };
  };
  const resolve: Resolve = (position) => {
    const dir = tree.list.dirs.get(importPathOfFile(position));
    if (dir === undefined) return null;
    const file = path.posix.join(dir, path.posix.basename(position));
    let found = files.get(file);
    if (found === undefined) files.set(file, (found = find(file)));
    return found;
  };
  resolvers.set(tree, resolve);
  return resolve;
}
