import path from 'node:path';
import type { FileChange, Side } from '../compare/types.ts';
import { compareRoots, type TestPackage } from '../syntax/needs.ts';
import { makeSmaller } from '../syntax/smaller-tests.ts';
import type { BuiltTree } from './build.ts';
import { buildCross, type CrossTask } from './cross-build.ts';
import { changedTestFiles, isTestData, testedDir } from './cross-tree.ts';
import type { Cross, CrossBuild } from './cross-types.ts';
import type { PackageTask } from './measure-package.ts';
import type { ModuleOptions, ModuleTask, Sides } from './module-types.ts';
import { createGoFileReader, openTests, type ReadGoFile } from './test-packages.ts';

const PREFIX = 'Benchmark';

type Tests = { base: TestPackage; head: TestPackage };

/** A package whose test files changed, with what is to be crossed. */
type Changed = { task: PackageTask; tests: Tests; cross: Cross };

/**
 * Gives every package whose test files changed what its benchmarks are to be compared by: those that are the same on both
 * sides, with all that they use, directly; the others by crosses, which hold only what these benchmarks need.
 */
export async function addCrosses(
  tasks: readonly PackageTask[],
  sides: Sides,
  task: ModuleTask,
  options: ModuleOptions,
): Promise<void> {
  const { base, head } = sides;
  if (!base || !task.base) return;
  const changes = changedTestFiles(options.diff);
  const read = createGoFileReader();
  const changed = tasks.flatMap((one) => {
    const own = testsOf(one, sides, changes);
    if (own.length === 0 || !isOnBothSides(one, sides)) return [];
    return [describeChanged(one, { base, head }, own, read)];
  });
  for (const one of changed) one.task.cross = one.cross;
  const crossed = changed.filter(({ cross }) => !cross.isCodeSame);
  if (crossed.length === 0) return;
  options.onProgress({ phase: 'compile', side: 'cross' });
  const data = changes.filter((change) => isData(change));
  const { trees, crossDir, tools } = options;
  await buildCross(tools, {
    target: path.join(crossDir, 'head-code'),
    code: { treeDir: trees.head, module: task.head, list: head.list },
    testsDir: trees.base,
    modulePaths: task.modulePaths,
    data: data.map(({ basePath, headPath }) => ({ codePath: headPath, testsPath: basePath })),
    tasks: crossed.map((one) => toCrossTask(one, 'base')),
  });
  await buildCross(tools, {
    target: path.join(crossDir, 'base-code'),
    code: { treeDir: trees.base, module: task.base, list: base.list },
    testsDir: trees.head,
    modulePaths: task.modulePaths,
    data: data.map(({ basePath, headPath }) => ({ codePath: basePath, testsPath: headPath })),
    tasks: crossed.map((one) => toCrossTask(one, 'head')),
  });
}

/** The benchmarks of one side's tests that are to run with the other side's code too. */
function listCrossed({ sameness }: Cross, side: Side): string[] {
  return [...sameness].filter(([, one]) => one === 'changed' || one === side).map(([name]) => name);
}

function toCrossTask({ task, tests, cross }: Changed, testsOfSide: Side): CrossTask {
  return {
    importPath: task.importPath,
    smaller: makeSmaller(tests[testsOfSide], listCrossed(cross, testsOfSide)),
    result: testsOfSide === 'base' ? cross.headCode : cross.baseCode,
  };
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

function isData({ basePath, headPath }: FileChange): boolean {
  return [basePath, headPath].some((file) => file !== null && isTestData(file));
}

/** Tests that cannot be read have no benchmark that is known to be the same: all of them are crossed whole. */
function describeChanged(
  task: PackageTask,
  sides: { base: BuiltTree; head: BuiltTree },
  changes: readonly FileChange[],
  read: ReadGoFile,
): Changed {
  const open = (side: BuiltTree): TestPackage =>
    openTests(side, task.importPath, read) ?? {
      importPath: task.importPath,
      files: [],
      nameOf: (one) => path.posix.basename(one),
    };
  const tests = { base: open(sides.base), head: open(sides.head) };
  const compared = compareRoots(PREFIX, tests.base, tests.head);
  // Whatever a benchmark reads may be in the files that changed.
  const hasData = changes.some((change) => isData(change));
  const sameness = new Map(
    [...compared].map(([name, one]) => [name, hasData && one === 'same' ? 'changed' : one] as const),
  );
  const [before, after] = [sides.base, sides.head].map(
    (side) => side.list.packages.get(task.importPath)?.codeId,
  );
  const isCodeSame = before !== undefined && before !== null && before === after;
  const none = (): CrossBuild => ({ build: null, failed: new Map() });
  return { task, tests, cross: { sameness, isCodeSame, headCode: none(), baseCode: none() } };
}
