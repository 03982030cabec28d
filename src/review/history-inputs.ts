import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { declaresBenchmark } from '../go/declares-benchmark.ts';
import type { GoModule } from '../go/modules.ts';
import { matchPackage } from '../go/package-pattern.ts';
import type { GoPackage } from '../go/packages.ts';
import { decodeName } from '../source/git-output.ts';
import type { TreeEntry } from '../source/tree.ts';
import { type LinkedPlaces, listPrefixes } from './linked-changes.ts';
import { ownerOf } from './module-graph.ts';
import { isDataFile, listRead } from './run-time-files.ts';
import { findFiles } from './tree-files.ts';

/**
 * The files of a tree that are not compiled: path → what identifies the content. For a symbolic link, that of everything
 * that can be read through it.
 */
export type DataFiles = ReadonlyMap<string, string>;

/** What is at each place of a tree to which a link leads: a digest of the file, or of all files in the folder. */
function hashPlaces(files: ReadonlyMap<string, string>, places: ReadonlySet<string>): Map<string, string> {
  const hashes = new Map([...places].map((place) => [place, createHash('sha256')]));
  for (const [name, content] of files) {
    for (const place of [...listPrefixes(name), '']) hashes.get(place)?.update(`${name} ${content}\n`);
  }
  return new Map([...hashes].map(([place, hash]) => [place, hash.digest('hex')]));
}

/** The places that can be read through a link, also through links in the folder that it leads to. */
function listPlacesBehind(link: string, links: LinkedPlaces): string[] {
  const behind = new Set<string>();
  const ahead = [link];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const place = links.get(next);
    if (place === undefined || behind.has(place)) continue;
    behind.add(place);
    for (const other of links.keys()) if (place === '' || other.startsWith(`${place}/`)) ahead.push(other);
  }
  return [...behind].sort();
}

/** `links`: the places to which the tree's symbolic links lead. */
export function listDataFiles(entries: readonly TreeEntry[], links: LinkedPlaces): DataFiles {
  const files = new Map(
    entries.map(({ path: name, id, mode }): [string, string] => [decodeName(name), `${mode} ${id}`]),
  );
  const contents = hashPlaces(files, new Set(links.values()));
  const data = new Map<string, string>();
  for (const [name, content] of files) {
    if (!isDataFile(name)) continue;
    const behind = listPlacesBehind(name, links).map((place) => contents.get(place) ?? '');
    data.set(name, [content, ...behind].join(' '));
  }
  return data;
}

/**
 * The ID of everything that determines what the benchmarks of a package allocate, except Go and the machine: the inputs
 * and settings of the linker, and the files that the test binary may read at run time. Null if it does not compile.
 */
export async function identifyInput(
  treeDir: string,
  { dir, testId }: Pick<GoPackage, 'dir' | 'testId'>,
  data: DataFiles,
): Promise<string | null> {
  if (testId === null) return null;
  const hash = createHash('sha256').update(testId);
  for (const file of (await listRead(treeDir, dir, [...data.keys()])).sort()) {
    hash.update(`\n${file} ${data.get(file)}`);
  }
  return hash.digest('hex');
}

/** Whether a file is in a folder that the go command ignores (`go help packages`), or in a vendor folder. */
const isIgnored = (file: string): boolean =>
  path.posix
    .dirname(file)
    .split('/')
    .some((part) => (/^[._]/u.test(part) && part !== '.') || part === 'testdata' || part === 'vendor');

/** The packages of a module that declare benchmarks and that `patterns` match, as patterns such as `./codec`. */
export async function findBenchmarkFolders(
  treeDir: string,
  module: GoModule,
  modules: readonly GoModule[],
  patterns: readonly string[],
): Promise<string[]> {
  const found = new Set<string>();
  for await (const name of findFiles(path.join(treeDir, module.dir), '_test.go')) {
    const file = path.posix.join(module.dir, name);
    const dir = path.posix.dirname(file);
    if (found.has(dir) || isIgnored(name) || ownerOf(modules, file)?.dir !== module.dir) continue;
    if (!patterns.some((pattern) => matchPackage(pattern, { dir, module }))) continue;
    const text = await readFile(path.join(treeDir, file), 'utf8').catch(() => '');
    if (declaresBenchmark(text)) found.add(dir);
  }
  return [...found].sort().map((dir) => `./${path.posix.relative(module.dir, dir)}`);
}
