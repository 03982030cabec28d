import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import type { SourceNode, SourcePackage } from '../go/source-graph.ts';
import { hasBenchmarks } from './build.ts';
import type { Renames } from './moves.ts';
import type { Graphs, ModulePlan, PlannedPackage } from './plan-types.ts';
import { changedDataFiles, mayRead } from './run-time-files.ts';
import type { Trees } from './types.ts';

type Pair = Pick<PlannedPackage, 'base' | 'head'>;

/**
 * Finds the packages of a module that changed, and the packages with benchmarks that can therefore behave differently.
 * `isChosen`: whether a package's benchmarks are selected.
 */
export async function planModule(
  graphs: Graphs,
  trees: Trees,
  diff: TreeDiff,
  isChosen: (one: SourcePackage) => boolean = () => true,
): Promise<ModulePlan> {
  const dataFiles = changedDataFiles(diff);
  const pairs = pairPackages(graphs, diff);
  const distanceOf = measureDistances(graphs);
  const affected: PlannedPackage[] = [];
  const unaffected: string[] = [];
  const leftOut: string[] = [];
  const changed: Pair[] = [];
  for (const pair of pairs) {
    const { base, head } = pair;
    const isWanted = [base, head].some((one) => one !== null && isChosen(one));
    if (isWanted && isChangedItself(pair, graphs)) changed.push(pair);
    if (!isBenchmarked(pair, trees)) continue;
    const reads = await mayRead(trees.head, (head ?? base)?.dir ?? '.', dataFiles);
    const isSame = base && head && base.tests === head.tests && !reads;
    if (!isWanted) leftOut.push(...(isSame ? [] : [(head ?? base)?.importPath ?? '']));
    else if (isSame) unaffected.push(head.importPath);
    else affected.push({ ...pair, reads, distance: reads ? 0 : distanceOf(pair) });
  }
  const compiled = [...new Set<Pair>([...affected, ...changed])];
  return {
    affected: affected.sort(byDistance),
    unaffected: unaffected.sort(),
    leftOut: leftOut.sort(),
    patterns: { base: pathsOf(compiled, 'base'), head: pathsOf(compiled, 'head') },
    renames: listRenames(pairs),
    graphs,
  };
}

function listRenames(pairs: readonly Pair[]): Renames {
  const moved = pairs.flatMap(({ base, head }) =>
    base && head && base.importPath !== head.importPath ? [[base.importPath, head.importPath] as const] : [],
  );
  return new Map(moved);
}

const byDistance = (a: PlannedPackage, b: PlannedPackage): number =>
  a.distance - b.distance || (dirOf(a) < dirOf(b) ? -1 : 1);

const dirOf = ({ base, head }: Pair): string => (head ?? base)?.dir ?? '';

function pathsOf(pairs: readonly Pair[], side: keyof Pair): string[] {
  return [...new Set(pairs.flatMap((pair) => pair[side]?.importPath ?? []))].sort();
}

/** Whether a package has benchmarks on one of the sides. */
function isBenchmarked({ base, head }: Pair, trees: Trees): boolean {
  return (
    (base !== null && hasBenchmarks(trees.base, base)) || (head !== null && hasBenchmarks(trees.head, head))
  );
}

/**
 * Pairs the packages of both sides by import path. If the other side has no package with that path, because a module or
 * folder was renamed, they are paired by folder, following renames.
 */
function pairPackages({ base, head }: Graphs, diff: TreeDiff): Pair[] {
  const left = new Map([...(base?.packages ?? [])].filter(([importPath]) => !head.packages.has(importPath)));
  const byDir = new Map([...left.values()].map((one) => [one.dir, one]));
  const movedFrom = findMoves(diff);
  const pairs = [...head.packages.values()].map((ours): Pair => {
    const theirs = base?.packages.get(ours.importPath) ?? byDir.get(movedFrom.get(ours.dir) ?? ours.dir);
    if (theirs) left.delete(theirs.importPath);
    return { base: theirs ?? null, head: ours };
  });
  return [...pairs, ...[...left.values()].map((theirs): Pair => ({ base: theirs, head: null }))];
}

/** The folders of head to which Go files were moved, with the folder of base from which most of them came. */
function findMoves(diff: TreeDiff): Map<string, string> {
  const moved = diff.filter(
    ({ basePath, headPath }) => basePath !== null && headPath?.endsWith('.go') && basePath !== headPath,
  );
  const byDir = Map.groupBy(moved, ({ headPath }) => path.posix.dirname(headPath ?? ''));
  return new Map(
    [...byDir].map(([dir, changes]) => {
      const sources = Map.groupBy(changes, ({ basePath }) => path.posix.dirname(basePath ?? ''));
      const [most] = [...sources].sort(([, a], [, b]) => b.length - a.length);
      return [dir, most?.[0] ?? dir];
    }),
  );
}

/** The names of the nodes of a package and its tests, as `go list -test` gives them. */
function ownNodes({ importPath }: SourcePackage): string[] {
  return [importPath, `${importPath} [${importPath}.test]`, `${importPath}_test [${importPath}.test]`];
}

function isChangedItself({ base, head }: Pair, graphs: Graphs): boolean {
  if (!base || !head) return true;
  const [before, after] = [ownNodes(base), ownNodes(head)];
  return before.some((name, at) => {
    const atBase = graphs.base?.nodes.get(name)?.own;
    return atBase !== graphs.head.nodes.get(after[at] ?? '')?.own;
  });
}

/**
 * Returns a function that counts the imports between a package and the nearest change, on the side where there are
 * fewer. A difference that no import leads to, such as settings of the linker, counts as a change of the package
 * itself: 0.
 */
function measureDistances({ base, head }: Graphs): (pair: Pair) => number {
  const isChanged = (name: string): boolean => base?.nodes.get(name)?.own !== head.nodes.get(name)?.own;
  return (pair) => {
    const found = (['head', 'base'] as const).flatMap((side) => {
      const nodes = side === 'head' ? head.nodes : base?.nodes;
      const one = pair[side];
      return nodes && one ? measureFrom(ownNodes(one), nodes, isChanged) : [];
    });
    return found.length > 0 ? Math.min(...found) : 0;
  };
}

/** The number of imports from `start` to the nearest changed node; empty if no changed node can be reached. */
function measureFrom(
  start: readonly string[],
  nodes: ReadonlyMap<string, SourceNode>,
  isChanged: (name: string) => boolean,
): number[] {
  const seen = new Set(start);
  let front = start.filter((name) => nodes.has(name));
  for (let distance = 0; front.length > 0; distance += 1) {
    if (front.some(isChanged)) return [distance];
    const next = front.flatMap((name) => nodes.get(name)?.imports ?? []);
    front = [...new Set(next)].filter((name) => nodes.has(name) && !seen.has(name));
    for (const name of front) seen.add(name);
  }
  return [];
}
