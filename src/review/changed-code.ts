import path from 'node:path';
import type { Decision } from '../compare/types.ts';
import { withoutVariant } from '../go/listing.ts';
import type { SourceNode } from '../go/source-graph.ts';
import type { GoFile } from '../syntax/go-file.ts';
import { findChangedFunctions, type PackagePair, type PackageSources } from '../syntax/changed-functions.ts';
import type { BuiltTree } from './build.ts';
import type { ChangedCode } from './changed-types.ts';
import type { Sides } from './module-types.ts';
import { followRenames, reverse } from './moves.ts';
import type { ModulePlan } from './plan-types.ts';
import { createResolver } from './positions.ts';
import type { PreparedModule } from './prepare-module.ts';
import { findLinked } from './task-code.ts';
import { createGoFileReader, nameIn, type ReadGoFile } from './test-packages.ts';
import { readTree } from './tree-files.ts';
import type { Trees } from './types.ts';

type Decisions = { base: readonly Decision[]; head: readonly Decision[] };

/** The decisions by file, those of one file as one sorted text, so that they can be compared. */
function textByFile(decisions: readonly Decision[]): Map<string, string> {
  return new Map(
    [...Map.groupBy(decisions, ({ position }) => position.file)].map(([file, list]) => [
      file,
      list
        .map(
          ({ kind, expression, reason, position }) =>
            `${position.line} ${kind} ${expression} ${reason ?? ''}`,
        )
        .sort()
        .join('\n'),
    ]),
  );
}

/** The files with different compiler decisions on the two sides. */
function findDiffering({ base, head }: Decisions): Set<string> {
  const [before, after] = [textByFile(base), textByFile(head)];
  const files = new Set([...before.keys(), ...after.keys()]);
  return new Set([...files].filter((file) => before.get(file) !== after.get(file)));
}

/** The packages that are compiled on some side, as they are without tests, by the import path at head. */
function listCompiled({ graphs, patterns }: ModulePlan, toHead: (importPath: string) => string): string[] {
  const names = (['base', 'head'] as const).flatMap((side) => [
    ...findLinked(
      graphs[side],
      patterns[side].flatMap((one) => [one, `${one}.test`]),
    ),
  ]);
  const plain = names.map((name) => withoutVariant(name)).filter((name) => !/(?:\.test|_test)$/u.test(name));
  return [...new Set(plain.map((name) => (graphs.head.nodes.has(name) ? name : toHead(name))))].sort();
}

/**
 * Whether line directives on one side name a file. Its decisions are unknown on that side, so they cannot be compared
 * with those of the other.
 */
function isClaimed(tree: BuiltTree | null, importPath: string, file: string): boolean {
  return tree !== null && createResolver(tree)(`${importPath}/${path.posix.basename(file)}`) === null;
}

/** Whether a package was compiled to the same bytes on both sides, so that none of its functions changed. */
function isCompiledAlike({ base, head }: Sides, importPath: string): boolean {
  const id = head.list.contentIds.get(importPath) ?? null;
  return id !== null && base?.list.contentIds.get(importPath) === id;
}

/** Parses some Go files; null if one of them is not valid Go. */
function readFiles(treeDir: string, files: readonly string[], read: ReadGoFile): GoFile[] | null {
  const parsed: GoFile[] = [];
  const readText = readTree(treeDir);
  for (const file of files) {
    const found = read(file, readText(file) ?? '');
    if (!found) return null;
    parsed.push(found);
  }
  return parsed;
}

/** Replaces the imports of a package of base by their paths at head, so that a package that moved causes no change. */
function followImports(
  { importPath, files, nameOf }: PackageSources,
  toHead: (importPath: string) => string,
  toBase: (importPath: string) => string,
): PackageSources {
  const moved = files.map((file) => ({
    ...file,
    imports: file.imports.map((one) => ({ ...one, path: toHead(one.path) })),
  }));
  return { importPath, files: moved, nameOf: (one) => nameOf(toBase(one)) };
}

/**
 * Finds the changes in the packages of a module, and in other packages of the repository that it is built with, from
 * their sources and the compiler's decisions on both sides.
 */
export function findChangedCode(
  { plan, task: { moduleRenames } }: Pick<PreparedModule, 'plan' | 'task'>,
  sides: Sides,
  decisions: Decisions,
  trees: Trees,
): ChangedCode {
  const { graphs, renames } = plan;
  const toHead = followRenames(renames, moduleRenames);
  const toBase = followRenames(reverse(renames), reverse(moduleRenames));
  const read = createGoFileReader();
  const differing = findDiffering(decisions);
  const outside: ChangedCode['outside'] = [];
  const pairs: PackagePair[] = [];
  const claimed = new Set<string>();
  for (const importPath of listCompiled(plan, toHead)) {
    if (isCompiledAlike(sides, importPath)) continue;
    const paths = {
      base: graphs.base?.nodes.has(importPath) ? importPath : toBase(importPath),
      head: importPath,
    };
    const before = graphs.base?.nodes.get(paths.base);
    const after = graphs.head.nodes.get(importPath);
    const isSame = before?.own === after?.own;
    if (!isSame && (after ?? before)?.files === null) {
      outside.push({ package: importPath, kind: 'dependency', name: null });
      continue;
    }
    if (!isSame && before && after && before.rest !== after.rest) {
      outside.push({ package: importPath, kind: 'build', name: null });
    }
    const open = (side: keyof Trees, node: SourceNode | undefined): PackageSources | null => {
      if (!node?.files) return null;
      for (const file of node.files) if (isClaimed(sides[side], paths[side], file)) claimed.add(file);
      // If the source of a package is the same, only files with different compiler decisions matter.
      const wanted = isSame ? node.files.filter((file) => differing.has(file)) : node.files;
      const files = readFiles(trees[side], wanted, read);
      if (!files) outside.push({ package: importPath, kind: 'build', name: null });
      const own = { importPath, files: files ?? [], nameOf: nameIn(sides[side]) };
      return side === 'base' ? followImports(own, toHead, toBase) : own;
    };
    const pair = { base: open('base', before), head: open('head', after) };
    if (!isSame || pair.base?.files.length || pair.head?.files.length) pairs.push(pair);
  }
  const believed = (list: readonly Decision[]): Decision[] =>
    list.filter(({ position }) => !claimed.has(position.file));
  const { functions, broad } = findChangedFunctions(pairs, {
    base: believed(decisions.base),
    head: believed(decisions.head),
  });
  return { functions, outside: [...broad, ...outside] };
}
