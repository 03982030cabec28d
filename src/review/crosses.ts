import path from 'node:path';
import type { FileChange, Side, TreeDiff } from '../compare/types.ts';
import { listEmbedded, mayEmbed } from '../syntax/embeds.ts';
import { compareRoots, type TestPackage } from '../syntax/needs.ts';
import { moveTests } from '../syntax/moved-tests.ts';
import { makeSmaller } from '../syntax/smaller-tests.ts';
import type { GoPackage } from '../go/packages.ts';
import type { BuiltTree } from './build.ts';
import { buildCross, type CrossTask } from './cross-build.ts';
import { changedTestFiles, type CrossedFile, isTestData, testedDir } from './cross-tree.ts';
import type { Cross, CrossBuild } from './cross-types.ts';
import type { PackageTask } from './measure-package.ts';
import type { ModuleOptions, Sides } from './module-types.ts';
import { followRenames, reverse } from './moves.ts';
import type { PreparedModule } from './prepare-module.ts';
import { isSource } from './build-files.ts';
import { ledToBy, namedIn } from './run-time-files.ts';
import { listGoFiles, readTree } from './tree-files.ts';
import { createGoFileReader, nameIn, openTests, type ReadGoFile } from './test-packages.ts';
import { unnamedFolder } from './workspace.ts';

const PREFIX = 'Benchmark';

/** The tests of each side with the import paths of the other side, whose code they run with in a cross. */
type Tests = { base: TestPackage; head: TestPackage };

/** A package whose test files changed, with the data of its crosses. */
type Changed = { task: PackageTask; tests: Tests; cross: Cross; data: readonly FileChange[] };

/**
 * Decides for every package with changed test files how its benchmarks are compared: directly if a benchmark and
 * everything that it uses are the same on both sides; otherwise by crosses, which contain only what these benchmarks
 * need.
 */
export async function addCrosses(
  tasks: readonly PackageTask[],
  sides: Sides,
  { task, plan }: Pick<PreparedModule, 'task' | 'plan'>,
  options: ModuleOptions,
): Promise<void> {
  const { base, head } = sides;
  if (!base || !task.base) return;
  const read = createGoFileReader();
  const toHead = followRenames(plan.renames, task.moduleRenames);
  const toBase = followRenames(reverse(plan.renames), reverse(task.moduleRenames));
  const changed = tasks.flatMap((one) => {
    if (!isOnBothSides(one, sides)) return [];
    const own = findChangedTests(one, sides, options.diff, read);
    return own.length === 0 ? [] : [describeChanged(one, { base, head }, own, { read, toHead, toBase })];
  });
  for (const one of changed) one.task.cross = one.cross;
  const crossed = changed.filter(({ cross }) => !cross.isCodeSame);
  if (crossed.length === 0) return;
  options.onProgress({ phase: 'compile', side: 'cross' });
  const { trees, crossDir, tools } = options;
  const headCode = buildCross(tools, {
    target: unnamedFolder(crossDir),
    code: { treeDir: trees.head, module: task.head, list: head.list },
    testsDir: trees.base,
    modulePaths: task.modulePaths,
    data: crossed.flatMap((one) => listCrossedData(one, 'base')),
    tasks: crossed.map((one) => toCrossTask(one, 'base')),
  });
  const baseCode = buildCross(tools, {
    target: unnamedFolder(crossDir),
    code: { treeDir: trees.base, module: task.base, list: base.list },
    testsDir: trees.head,
    modulePaths: task.modulePaths,
    data: crossed.flatMap((one) => listCrossedData(one, 'head')),
    tasks: crossed.map((one) => toCrossTask(one, 'head')),
  });
  // Compiling a single package keeps only one processor busy for most of the time, so both crosses are built together.
  const ended = await Promise.allSettled([headCode, baseCode]);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** The benchmarks of one side's tests that also run with the other side's code. */
function listCrossed({ sameness }: Cross, side: Side): string[] {
  return [...sameness].filter(([, one]) => one === 'changed' || one === side).map(([name]) => name);
}

function toCrossTask({ tests, cross }: Changed, testsOfSide: Side): CrossTask {
  return {
    importPath: tests[testsOfSide].importPath,
    smaller: makeSmaller(tests[testsOfSide], listCrossed(cross, testsOfSide)),
    result: testsOfSide === 'base' ? cross.headCode : cross.baseCode,
  };
}

/** The changed files that tests read, for a cross with one side's tests. */
function listCrossedData({ task, data }: Changed, testsOfSide: Side): CrossedFile[] {
  return data.map(({ basePath, headPath }) => {
    const [testsPath, codePath] = testsOfSide === 'base' ? [basePath, headPath] : [headPath, basePath];
    return { codePath, testsPath, target: testsPath && moveFile(task, testsPath, testsOfSide) };
  });
}

/** The path that a file in a package's folder would have on the other side, where the folder can have another name. */
function moveFile({ base, head }: PackageTask, file: string, side: Side): string {
  const [from, to] = [base?.goPackage.dir ?? '.', head?.goPackage.dir ?? '.'];
  const rest = path.posix.relative(side === 'base' ? from : to, file);
  return rest.startsWith('../') ? file : path.posix.join(side === 'base' ? to : from, rest);
}

/** The package on each side. Its import path can differ. */
function packagesOf(
  { importPath, base: old }: PackageTask,
  { base, head }: Sides,
): (GoPackage | undefined)[] {
  return [
    base?.list.packages.get(old?.goPackage.importPath ?? importPath),
    head?.list.packages.get(importPath),
  ];
}

/** Whether the package itself compiles on both sides, with or without tests. */
function isOnBothSides(task: PackageTask, sides: Sides): boolean {
  return packagesOf(task, sides).every((one) => (one?.contentId ?? null) !== null);
}

/** The changed test files of one package, and changed data that its tests embed, or to which only they lead. */
function findChangedTests(task: PackageTask, sides: Sides, diff: TreeDiff, read: ReadGoFile): FileChange[] {
  const packages = packagesOf(task, sides);
  const isOneOf = (test: (file: string) => boolean, { basePath, headPath }: FileChange): boolean =>
    [basePath, headPath].some((file) => file !== null && test(file));
  const dirs = [...new Set(packages.map((one) => one?.dir ?? '.'))];
  const own = changedTestFiles(diff).filter((change) =>
    isOneOf((file) => dirs.includes(testedDir(file)) || isTestIn(dirs, file), change),
  );
  const others = diff.filter(
    (change) => !own.includes(change) && isOneOf((file) => isTestData(file) || !isSource(file), change),
  );
  if (others.length === 0) return own;
  const isRead = [sides.base, sides.head].flatMap((side, at) => {
    const one = packages[at];
    return side && one ? [isTestInput(side, one, read)] : [];
  });
  return [...own, ...others.filter((change) => isOneOf((file) => isRead.some((test) => test(file)), change))];
}

/**
 * Whether the tests of a package embed a file, or contain a path to it while the package's code does not name it. A
 * name without a folder is not enough: the file can be another package's, whose code embeds it.
 */
function isTestInput(
  side: BuiltTree,
  { importPath, dir }: GoPackage,
  read: ReadGoFile,
): (file: string) => boolean {
  const { treeDir } = side.context;
  const tests = openTests(side, importPath, read);
  if (!tests) return () => false;
  const embedded = listEmbedded(tests);
  const below = dir === '.' ? '' : `${dir}/`;
  const readText = readTree(treeDir);
  const code = listGoFiles(treeDir, (name) => !name.endsWith('_test.go'))(dir);
  const isLedTo = ledToBy(
    tests.files.map(({ text }) => text),
    dir,
    (text) => text.includes('/'),
  );
  const isNamedInCode = namedIn(
    code.map((file) => readText(file) ?? ''),
    dir,
  );
  const isEmbedded = (file: string): boolean =>
    file.startsWith(below) && mayEmbed(embedded, file.slice(below.length));
  return (file) => isEmbedded(file) || (isLedTo(file) && !isNamedInCode(file));
}

/** Whether a file is a test file directly in one of the folders, which can themselves be in a testdata directory. */
function isTestIn(dirs: readonly string[], file: string): boolean {
  return file.endsWith('_test.go') && dirs.includes(path.posix.dirname(file));
}

/** Whether a changed file is data of a package's tests. Go files count as data only in a testdata directory. */
function isData({ basePath, headPath }: FileChange, { base, head }: PackageTask): boolean {
  const dirs = [base, head].flatMap((one) => one?.goPackage.dir ?? []);
  return [basePath, headPath].some((file) => {
    if (file === null || isTestIn(dirs, file)) return false;
    return isTestData(file) || !file.endsWith('.go');
  });
}

/** Whether a file only moved with its package. */
function isOnlyMoved({ basePath, headPath, binary, hunks }: FileChange, task: PackageTask): boolean {
  if (basePath === null || basePath === headPath || binary || hunks.length > 0) return false;
  return moveFile(task, basePath, 'base') === headPath;
}

/** Translates import paths between the sides, and parses Go files. */
type Translation = Record<'toHead' | 'toBase', (importPath: string) => string> & { read: ReadGoFile };

/**
 * Compares the benchmarks of a package whose test files changed, with an empty cross. If tests cannot be parsed, no
 * benchmark is known to be the same, so all of them are crossed.
 */
function describeChanged(
  task: PackageTask,
  sides: { base: BuiltTree; head: BuiltTree },
  changes: readonly FileChange[],
  { read, toHead, toBase }: Translation,
): Changed {
  const [old, now] = packagesOf(task, sides);
  const open = (side: BuiltTree, importPath = task.importPath): TestPackage =>
    openTests(side, importPath, read) ?? { importPath, files: [], nameOf: nameIn(side) };
  const [before, after] = [open(sides.base, old?.importPath), open(sides.head)];
  const move = (tests: TestPackage, pathOf: Translation['toHead'], to: BuiltTree, dir = '.'): TestPackage =>
    moveTests(tests, { pathOf, nameOf: nameIn(to) }, { dir, name: nameIn(to)(pathOf(tests.importPath)) });
  const tests = {
    base: move(before, toHead, sides.head, now?.dir),
    head: move(after, toBase, sides.base, old?.dir),
  };
  const compared = compareRoots(PREFIX, tests.base, after);
  // Any benchmark of the package may read the changed data, so none of them counts as the same.
  const data = changes.filter((change) => isData(change, task) && !isOnlyMoved(change, task));
  const sameness = new Map(
    [...compared].map(([name, one]) => [name, data.length > 0 && one === 'same' ? 'changed' : one] as const),
  );
  const isCodeSame = Boolean(old?.codeId) && old?.codeId === now?.codeId;
  const none = (): CrossBuild => ({ build: null, failed: new Map() });
  return { task, tests, data, cross: { sameness, isCodeSame, headCode: none(), baseCode: none() } };
}
