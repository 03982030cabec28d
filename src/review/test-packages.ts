import path from 'node:path';
import type { GoPackage } from '../go/packages.ts';
import { type GoFile, readGoFile } from '../syntax/go-file.ts';
import type { TestPackage } from '../syntax/needs.ts';
import type { BuiltTree } from './build.ts';
import { readTree } from './tree-files.ts';

/** Parses a Go file, each text only once, even if several trees contain it; null: it is not valid Go. */
export type ReadGoFile = (file: string, text: string) => GoFile | null;

export function createGoFileReader(): ReadGoFile {
  const known = new Map<string, GoFile | null>();
  return (file, text) => {
    const key = `${file}\0${text}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const read = readGoFile(file, text);
    known.set(key, read);
    return read;
  };
}

/**
 * Returns a function that gives the name of a package: the one in its package clauses, or the end of its import path.
 */
export function nameIn(tree: BuiltTree | null): (importPath: string) => string {
  return (importPath) => tree?.list.names.get(importPath) ?? path.posix.basename(importPath);
}

/** The paths of a package's test files in its tree. */
export function testFilesOf(goPackage: GoPackage | undefined): string[] {
  return (goPackage?.testFiles ?? []).map((file) => path.posix.join(goPackage?.dir ?? '', file));
}

/**
 * Reads those test files of a package that the go command compiles; none if the tree does not have the package. Null if
 * one of them cannot be read or is not valid Go.
 */
export function openTests(tree: BuiltTree, importPath: string, read: ReadGoFile): TestPackage | null {
  const files: GoFile[] = [];
  const readText = readTree(tree.context.treeDir);
  for (const file of testFilesOf(tree.list.packages.get(importPath))) {
    const text = readText(file);
    const parsed = text === null ? null : read(file, text);
    if (!parsed) return null;
    files.push(parsed);
  }
  return { importPath, files, nameOf: nameIn(tree) };
}
