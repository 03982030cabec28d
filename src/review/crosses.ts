import path from 'node:path';
import type { FileChange } from '../compare/types.ts';
import { type BuiltTree, buildTree, declaresBenchmark, findBenchmarkPackage } from './build.ts';
import { changedTestFiles, createCrossTree, testedDir } from './cross-tree.ts';
import type { PackageTask } from './measure-package.ts';
import type { ModuleOptions, ModuleTask, Sides } from './module-types.ts';

type Crosses = { headCode: BuiltTree; baseCode: BuiltTree };

type CrossPlan = {
  name: string;
  changes: readonly FileChange[];
  patterns: readonly string[];
};

/**
 * Gives every package whose test files changed its two crosses: head's code under base's tests and the reverse. Where
 * neither builds, only the files that declare benchmarks are crossed; where none of those changed, the benchmarks are
 * the same on both sides and the package is compared directly.
 */
export async function addCrosses(
  tasks: readonly PackageTask[],
  sides: Sides,
  task: ModuleTask,
  options: ModuleOptions,
): Promise<void> {
  const changes = changedTestFiles(options.diff);
  const affected = tasks.filter(
    (one) => isOnBothSides(one, sides) && testsOf(one, sides, changes).length > 0,
  );
  if (affected.length === 0) return;
  await buildCrosses('all-tests', affected, changes, task, options);
  const stuck = affected.filter((one) => !one.cross?.headCode && !one.cross?.baseCode);
  const withBenchmarks = changes.filter((change) => touchesBenchmark(change, options));
  for (const one of stuck) if (testsOf(one, sides, withBenchmarks).length === 0) one.cross = null;
  const narrow = stuck.filter((one) => one.cross !== null);
  if (narrow.length > 0) await buildCrosses('benchmarks', narrow, withBenchmarks, task, options);
}

/** The package itself compiles on both sides, with or without tests. */
function isOnBothSides({ importPath }: PackageTask, { base, head }: Sides): boolean {
  return [base, head].every((side) => Boolean(side?.list.packages.get(importPath)?.contentId));
}

/** The changed test files of one package. */
function testsOf(
  { importPath }: PackageTask,
  { base, head }: Sides,
  changes: readonly FileChange[],
): FileChange[] {
  const dirs = new Set([base, head].map((side) => side?.list.packages.get(importPath)?.dir));
  return changes.filter(({ basePath, headPath }) =>
    [basePath, headPath].some((file) => file !== null && dirs.has(testedDir(file))),
  );
}

function touchesBenchmark({ basePath, headPath }: FileChange, { trees }: ModuleOptions): boolean {
  return (
    (basePath !== null && declaresBenchmark(trees.base, basePath)) ||
    (headPath !== null && declaresBenchmark(trees.head, headPath))
  );
}

async function buildCrosses(
  name: string,
  tasks: readonly PackageTask[],
  changes: readonly FileChange[],
  task: ModuleTask,
  options: ModuleOptions,
): Promise<void> {
  options.onProgress({ phase: 'compile', side: 'cross' });
  const plan: CrossPlan = { name, changes, patterns: tasks.map((one) => one.importPath) };
  const crosses = await buildBoth(plan, task, options);
  for (const one of tasks) {
    one.cross = {
      headCode: findBenchmarkPackage(crosses?.headCode ?? null, one.importPath),
      baseCode: findBenchmarkPackage(crosses?.baseCode ?? null, one.importPath),
    };
  }
}

async function buildBoth(
  { name, changes, patterns }: CrossPlan,
  task: ModuleTask,
  { tools, trees, crossDir }: ModuleOptions,
): Promise<Crosses | null> {
  if (!task.base) return null;
  const headDir = path.join(crossDir, `head-code-${name}`);
  const baseDir = path.join(crossDir, `base-code-${name}`);
  const toBase = changes.map(({ basePath, headPath }) => ({ codePath: headPath, testsPath: basePath }));
  const toHead = changes.map(({ basePath, headPath }) => ({ codePath: basePath, testsPath: headPath }));
  await createCrossTree(trees.head, trees.base, toBase, headDir);
  await createCrossTree(trees.base, trees.head, toHead, baseDir);
  return {
    headCode: await buildTree(tools, headDir, task.head, task.modulePaths, patterns),
    baseCode: await buildTree(tools, baseDir, task.base, task.modulePaths, patterns),
  };
}
