import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What each file of the project imports: files by their path from the root, everything else by its own name. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** As oxfmt writes them: at the start of a line, with single quotes. */
const imports =
  /^(?:import|export)\b[^;'"`]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gmu;

/** The modules that a TypeScript file imports, for types too. */
export function listImports(text: string): string[] {
  return [...text.matchAll(imports)].map(([, from, alone, dynamic]) => from ?? alone ?? dynamic ?? '');
}

/** The modules that Node loads with a file: not those of types, and none that is imported when it is needed. */
export function listLoaded(text: string): string[] {
  return [...text.matchAll(imports)].flatMap(([whole, from, alone]) =>
    /^(?:import|export) type\b/u.test(whole) ? [] : (from ?? alone ?? []),
  );
}

function resolveImport(file: string, name: string): string {
  return name.startsWith('.') ? path.posix.join(path.posix.dirname(file), name) : name;
}

/** Reads the imports of all TypeScript files below `folders` of `root`. */
export function readImportGraph(
  root: string,
  folders: readonly string[] = ['src', 'test'],
  list: (text: string) => string[] = listImports,
): ImportGraph {
  const files = globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  ).sort();
  return new Map(
    files.map((file) => {
      const names = list(readFileSync(path.join(root, file), 'utf8'));
      return [file, names.map((name) => resolveImport(file, name))];
    }),
  );
}

/** All that a file imports, itself or through others. */
export function reachImports(graph: ImportGraph, file: string): Set<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const name of graph.get(next) ?? []) {
      if (reached.has(name)) continue;
      reached.add(name);
      open.push(name);
    }
  }
  return reached;
}

/** The groups of files that import each other, directly or through others, each in order. */
export function findCircles(graph: ImportGraph): string[][] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachImports(graph, file)]));
  const reach = (from: string, to: string): boolean => reached.get(from)?.has(to) ?? false;
  const circular = [...graph.keys()].filter((file) => reach(file, file));
  return circular
    .filter((file) => !circular.some((other) => other < file && reach(other, file) && reach(file, other)))
    .map((first) => circular.filter((file) => reach(first, file) && reach(file, first)).sort())
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}
