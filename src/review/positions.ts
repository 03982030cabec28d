import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { importPathOfFile, type Resolve, type TreeFile } from '../compare/positions.ts';

/** The exported tree, and the directory in it of every package whose source lies there, by import path. */
type Sources = { context: { treeDir: string }; list: { dirs: ReadonlyMap<string, string> } };

/** What the Go files of the packages of a tree say about themselves. */
type SourceIndex = {
  /** Lines by path in the tree. */
  lines: Map<string, number>;
  /** The lines that have a `//line` or `/*line` and name a Go file; null for too many of them. */
  directives: string | null;
};

const directive = /\/[/*]line [^\n]*/gu;
/** Characters: generators write some thousand short ones. Each file's name is looked for in all of them. */
const MAX_DIRECTIVES = 1 << 20;

/** Only what the go command itself takes for a file: no link, which may lead out of the tree. */
function listGoFiles(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.go')).map(({ name }) => name);
}

function indexSources({ context: { treeDir }, list: { dirs } }: Sources): SourceIndex {
  const lines = new Map<string, number>();
  let directives = '';
  for (const dir of new Set(dirs.values())) {
    for (const name of listGoFiles(path.join(treeDir, dir))) {
      const text = readFileSync(path.join(treeDir, dir, name), 'utf8');
      lines.set(path.posix.join(dir, name), text.split('\n').length - Number(text.endsWith('\n')));
      for (const [words] of text.matchAll(directive))
        if (words.includes('.go') && directives.length <= MAX_DIRECTIVES) directives += `${words}\n`;
    }
  }
  return { lines, directives: directives.length <= MAX_DIRECTIVES ? directives : null };
}

const resolvers = new WeakMap<Sources, Resolve>();

/**
 * Finds the file in the tree that a `-trimpath` position names: `import/path/file.go`; null for all others.
 *
 * A line directive gives its own code any position that it likes, and the compiler prints the file as it is written
 * there, after some cleaning of the path. So the words of a directive that means `x.go` hold `x.go`, and a file whose
 * name stands in any directive of the tree's packages is no file of ours any more: of two positions that look alike
 * nobody could tell which is true. Generators name their own files without the import path, which never resolved.
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
