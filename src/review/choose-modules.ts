import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TreeDiff } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { declaresBenchmark } from '../go/declares-benchmark.ts';
import { type GoModule, resolveDir } from '../go/modules.ts';
import type { Warning } from '../report/model/review.ts';
import type { Repository } from '../source/repository.ts';
import { findReaching, type ModuleGraph, ownerOf, ownersOf, readModuleGraph } from './module-graph.ts';
import type { ModuleTask } from './module-types.ts';
import { pairModules } from './pair-modules.ts';
import { findFiles } from './tree-files.ts';
import type { Trees } from './types.ts';

/** The modules of a review. */
export type ChosenModules = {
  /** The modules to review, in the order of their directories; those that the change can reach come first. */
  tasks: ModuleTask[];
  /** All modules of each side, and those that the config selects, whether or not the change can reach them. */
  modules: { base: GoModule[]; head: GoModule[]; chosen: GoModule[] };
  warnings: Warning[];
  /** All folders in a `replace` or `use` of head. */
  named: ReadonlySet<string>;
};

type Choice = { config: Pick<Config, 'benchmarks'>; repository: Pick<Repository, 'subdir' | 'theirs'> };

/**
 * The modules to review: those that the config lists; otherwise those that contain the changed files `files`, or that
 * are built with such a module through `replace` or go.work. If the review was started in a subfolder, only the module
 * around it. `files` null: all modules. Throws `no-go-mod` or `no-go-files` if there is no module.
 */
export async function chooseModules(
  trees: Trees,
  diff: TreeDiff,
  files: readonly string[] | null,
  choice: Choice,
): Promise<ChosenModules> {
  const listed = choice.config.benchmarks.modules;
  const wanted = listed === 'auto' ? [] : listed.map(normalizeModuleDir);
  const base = await readModuleGraph(trees.base, wanted);
  const head = await readModuleGraph(trees.head, wanted);
  if (head.modules.length === 0) await throwNoModule(trees, choice);
  const reached = findReached(base, head, files);
  const { known, missing } = narrow(head.modules, reached, choice);
  if (known.length === 0 && missing.length > 0) {
    throw new Failure('no-go-mod', { paths: missing, isConfigured: true });
  }
  const left = files === null ? [] : reached.filter((module) => !known.includes(module));
  const warnings: Warning[] = missing.map((module) => ({ kind: 'module-missing', module }));
  for (const { path: module, dir } of left) {
    if (await containsBenchmark(trees.head, dir, head.modules)) {
      warnings.push({ kind: 'module-skipped', module, dir });
    }
  }
  const modulePaths = [...new Set([...base.modules, ...head.modules].map((module) => module.path))].sort();
  const { pairs, renames } = await pairModules(trees, { base: base.modules, head: head.modules }, diff);
  const tasks = known.flatMap((module) =>
    pairs
      .filter((pair) => pair.head === module)
      .map((pair): ModuleTask => ({ ...pair, modulePaths, moduleRenames: renames })),
  );
  const gone = base.modules.filter((module) => !pairs.some((pair) => pair.base === module));
  // If the config lists a module that is gone, it is missing.
  for (const { path: module, dir } of listed === 'auto' ? narrow(base.modules, gone, choice).known : []) {
    if (await containsBenchmark(trees.base, dir, base.modules)) {
      warnings.push({ kind: 'module-removed', module, dir });
    }
  }
  const chosen = narrow(head.modules, head.modules, choice).known;
  const modules = { base: base.modules, head: head.modules, chosen };
  return { tasks, modules, warnings, named: head.named };
}

/** The modules of head whose build can use one of the changed files. */
function findReached(base: ModuleGraph, head: ModuleGraph, files: readonly string[] | null): GoModule[] {
  if (files === null) return head.modules;
  const dirs = new Set<string>();
  for (const graph of [base, head]) {
    const owners = files.flatMap((file) => ownersOf(graph.modules, file));
    const touched = new Set(owners.map(({ dir }) => dir));
    // go.work, go.work.sum and the vendor folder of a workspace can be above its modules, but affect all of them.
    const shared = files.filter((file) => /(?:^|\/)(?:go\.work|go\.work\.sum|vendor\/.*)$/u.test(file));
    for (const file of shared) {
      const root = file.replace(/(?:^|\/)(?:go\.work|go\.work\.sum|vendor\/.*)$/u, '');
      for (const { dir } of graph.modules)
        if (root === '' || `${dir}/`.startsWith(`${root}/`)) touched.add(dir);
    }
    for (const dir of findReaching(graph, touched)) dirs.add(dir);
  }
  return head.modules.filter(({ dir }) => dirs.has(dir));
}

/** Normalizes the folder of a module as a person may write it: `./sub/` → `sub`. */
const normalizeModuleDir = (dir: string): string => resolveDir('.', dir);

/** Keeps the modules that the config lists, or the one of the user's current folder. */
function narrow(
  modules: readonly GoModule[],
  reached: readonly GoModule[],
  { config, repository }: Choice,
): { known: GoModule[]; missing: string[] } {
  const listed = config.benchmarks.modules;
  if (listed !== 'auto') {
    const find = (dir: string): GoModule | undefined =>
      modules.find((module) => module.dir === normalizeModuleDir(dir));
    const known = listed.map(find).filter((module) => module !== undefined);
    return { known, missing: listed.filter((dir) => find(dir) === undefined) };
  }
  const { subdir } = repository;
  const enclosing = subdir === '' ? undefined : ownerOf(modules, `${subdir}/x`);
  const known = enclosing ? reached.filter((module) => module === enclosing) : [...reached];
  return { known, missing: [] };
}

/** Whether a module declares a benchmark, not counting nested modules. */
async function containsBenchmark(tree: string, dir: string, modules: readonly GoModule[]): Promise<boolean> {
  for await (const file of findFiles(path.join(tree, dir), '_test.go')) {
    const at = path.posix.join(dir, file);
    if (ownerOf(modules, at)?.dir !== dir) continue;
    const text = await readFile(path.join(tree, at), 'utf8').catch(() => '');
    if (declaresBenchmark(text)) return true;
  }
  return false;
}

/** Throws the failure for a repository without a module, or without Go files. */
async function throwNoModule(trees: Trees, { config, repository }: Choice): Promise<never> {
  const listed = config.benchmarks.modules;
  if (listed !== 'auto') throw new Failure('no-go-mod', { paths: listed, isConfigured: true });
  const dir = repository.theirs.cwd;
  const hasGo = (await containsGoFile(trees.base)) || (await containsGoFile(trees.head));
  if (hasGo) throw new Failure('no-go-mod', { paths: [dir], isConfigured: false });
  throw new Failure('no-go-files', { path: dir });
}

async function containsGoFile(tree: string): Promise<boolean> {
  for await (const file of findFiles(tree, '.go')) if (file) return true;
  return false;
}
