import path from 'node:path';
import type { LineMap } from '../compare/line-map.ts';
import type { Decision, Delta, EscapeChange, Side, TreeDiff } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import { readDirectives, type FileDirectives } from '../contracts/directives.ts';
import { judgeContracts, type JudgedContracts } from '../contracts/judge.ts';
import { holdNoEscape, limitOf, type GoText } from '../contracts/promises.ts';
import { benchmarkId, topBenchmark } from '../compare/benchmark-id.ts';
import { compileGlob } from '../report/decide/glob.ts';
import type { Warning } from '../report/model/review.ts';
import type { ReadSource } from '../rules/source-files.ts';
import type { ModuleReview, ModuleTask } from './module-types.ts';
import { listGoFiles } from './tree-files.ts';
import type { Trees } from './types.ts';

export type ContractTask = {
  configured: Config['contracts'];
  trees: Trees;
  read: Record<Side, ReadSource>;
  diff: TreeDiff;
  map: LineMap;
};

/** The contracts that head breaks, and warnings about others. */
export type FoundContracts = JudgedContracts & { warnings: Warning[] };

/** The folder of a package in the tree; null if no reviewed module contains it. */
export function folderOf(importPath: string, tasks: readonly ModuleTask[]): string | null {
  const enclosing = tasks
    .map(({ head }) => head)
    .filter(({ path: own }) => importPath === own || importPath.startsWith(`${own}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return enclosing ? path.posix.join(enclosing.dir, importPath.slice(enclosing.path.length + 1)) : null;
}

/** Returns the Go files of a folder with their texts. Each folder is read only once. */
function openFolders(tree: string, read: ReadSource): (folder: string) => GoText[] {
  const known = new Map<string, GoText[]>();
  const list = listGoFiles(tree);
  return (folder) => {
    const texts = known.get(folder) ?? list(folder).map((file) => ({ file, text: read(file) ?? '' }));
    known.set(folder, texts);
    return texts;
  };
}

/** The place where a folder's tests declare a benchmark. */
function locate({ name }: Delta, texts: readonly GoText[]): { file: string; line: number } | null {
  const top = topBenchmark(name);
  for (const { file, text } of texts) {
    if (!file.endsWith('_test.go')) continue;
    const line = text.split('\n').findIndex((one) => one.startsWith(`func ${top}(`));
    if (line !== -1) return { file, line: line + 1 };
  }
  return null;
}

const folders = (decisions: readonly Decision[]): string[] =>
  decisions.map(({ position: { file } }) => path.posix.dirname(file));

/**
 * Finds the contracts that head breaks. Only packages that were measured or have compiler decisions are read, because
 * the others are the same on both sides and cannot break a contract anew.
 */
export function findContracts(
  results: readonly ModuleReview[],
  tasks: readonly ModuleTask[],
  { configured, trees, read, diff, map }: ContractTask,
): FoundContracts {
  const all = <T>(select: (result: ModuleReview) => readonly T[]): T[] => results.flatMap(select);
  const deltas = all<Delta>((one) => one.deltas);
  const headDecisions = all<Decision>((one) => one.headDecisions);
  const escapes = all<EscapeChange>((one) => one.escapes);
  const measured = deltas.flatMap((delta) => folderOf(delta.package, tasks) ?? []);
  const open = { base: openFolders(trees.base, read.base), head: openFolders(trees.head, read.head) };
  const readSide = (side: Side, decisions: readonly Decision[]): FileDirectives => {
    const texts = [...new Set([...measured, ...folders(decisions)])].flatMap(open[side]);
    const read = texts.map(({ file, text }) => readDirectives(file, text));
    return {
      directives: read.flatMap((one) => one.directives),
      bad: read.flatMap((one) => one.bad),
    };
  };
  const base = readSide(
    'base',
    all((one) => one.baseDecisions),
  );
  const head = readSide('head', headDecisions);
  const directives = { base: base.directives, head: head.directives };
  const globs = configured.map(({ benchmark, allocs }) => ({ fits: compileGlob(benchmark), allocs }));
  const judged = judgeContracts({
    deltas,
    limitOf: (delta) =>
      limitOf(
        delta.name,
        folderOf(delta.package, tasks) ?? '',
        directives,
        globs.filter(({ fits }) => fits(benchmarkId(delta))).map(({ allocs }) => allocs),
      ),
    locate: (delta) => locate(delta, open.head(folderOf(delta.package, tasks) ?? '')),
    noEscape: holdNoEscape(directives, open.head, map, diff),
    headDecisions,
    escapes,
  });
  const warnings = [
    ...head.bad.map((bad): Warning => ({ kind: 'bad-directive', ...bad })),
    ...judged.before.map((before): Warning => ({ kind: 'contract-broken-before', ...before })),
  ];
  return { ...judged, warnings };
}
