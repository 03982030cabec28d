import type { GoModule } from '../go/modules.ts';
import type { GoPackage, PackageList } from '../go/packages.ts';
import {
  lacksOwnName,
  leaveOut,
  makeWhole,
  type SmallerTests,
  writeSmaller,
} from '../syntax/smaller-tests.ts';
import { type BuildTools, buildTree } from './build.ts';
import { createCrossTree, type CrossedFile, replaceTests } from './cross-tree.ts';
import type { CrossBuild } from './cross-types.ts';
import { testFilesOf } from './test-packages.ts';

/** One package of a cross. `buildCross` fills `result`. */
export type CrossTask = { importPath: string; smaller: SmallerTests; result: CrossBuild };

/**
 * A cross: one side's code under the other side's tests. `target` is the folder to build in, `testsDir` the tree with
 * the tests.
 */
export type CrossPlan = {
  target: string;
  code: { treeDir: string; module: GoModule; list: PackageList };
  testsDir: string;
  modulePaths: readonly string[];
  /** Files that tests read and that differ between the sides. */
  data: readonly CrossedFile[];
  tasks: readonly CrossTask[];
};

/**
 * The maximum number of attempts. The compiler reports ten errors at a time; if tests still fail after so many attempts,
 * all of them depend on the change.
 */
const MAX_TRIES = 6;

type Attempt = { task: CrossTask; smaller: SmallerTests; tries: number };

/** Builds all packages of a cross. If a package fails, its tests are reduced until they build or nothing is left. */
export async function buildCross(tools: BuildTools, plan: CrossPlan): Promise<void> {
  let attempts: Attempt[] = plan.tasks
    .filter(({ smaller }) => smaller.wanted.size > 0)
    .map((task) => ({ task, smaller: task.smaller, tries: 0 }));
  if (attempts.length > 0) await createCrossTree(plan.code.treeDir, plan.testsDir, plan.data, plan.target);
  while (attempts.length > 0) {
    for (const { task, smaller } of attempts) {
      const own = testFilesOf(plan.code.list.packages.get(task.importPath));
      await replaceTests(plan.target, own, writeSmaller(smaller));
    }
    const patterns = attempts.map(({ task }) => task.importPath);
    const tree = await buildTree(tools, plan.target, plan.code.module, plan.modulePaths, patterns);
    attempts = attempts.flatMap((attempt) => {
      const goPackage = tree.list.packages.get(attempt.task.importPath);
      if (goPackage && goPackage.testId !== null) {
        attempt.task.result.build = { tree, goPackage };
        attempt.task.result.failed = attempt.smaller.failed;
        return [];
      }
      return tryAgain(attempt, goPackage);
    });
  }
}

/**
 * The next attempt: with all declarations if too many were left out, otherwise with fewer tests. Empty if no benchmark
 * or no attempt is left; `failed` of the task's result then has the errors.
 */
function tryAgain({ task, smaller, tries }: Attempt, goPackage: GoPackage | undefined): Attempt[] {
  const lines = [...(goPackage?.errors ?? []), ...(goPackage?.testErrors ?? [])];
  if (tries < MAX_TRIES && lacksOwnName(smaller, lines)) {
    return [{ task, smaller: makeWhole(smaller), tries: tries + 1 }];
  }
  const next = leaveOut(smaller, lines);
  if (next.wanted.size > 0 && tries < MAX_TRIES) return [{ task, smaller: next, tries: tries + 1 }];
  const line = lines.find((one) => !one.startsWith('#')) ?? '';
  task.result.failed = new Map([...[...next.wanted].map((name) => [name, line] as const), ...next.failed]);
  return [];
}
