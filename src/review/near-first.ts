import path from 'node:path';
import { listDeclaredNames } from '../go/declares-benchmark.ts';
import type { Selection } from '../go/discovery.ts';
import { exactPattern } from '../go/test-binary.ts';
import { measureDistances } from '../syntax/call-distance.ts';
import { type GoFile, readGoFile } from '../syntax/go-file.ts';
import type { PackageTask } from './measure-package.ts';
import { testFilesOf } from './test-packages.ts';
import { listGoFiles, readTree } from './tree-files.ts';

/** The minimum number of benchmarks of a package that is measured in parts. Each part needs processes of its own. */
const MANY_BENCHMARKS = 20;
/** The maximum share of a package's benchmarks that comes first. Measuring a larger share first gains nothing. */
const MAX_SHARE = 0.5;
/** The maximum length of the sources that are searched for calls, which takes about a second. */
const MAX_SOURCE_LENGTH = 3_000_000;

/**
 * The parts in which a package is measured: if it has many benchmarks, the ones near the changed functions come first,
 * so that they have results even if the time ends before all others were run once.
 */
export function splitByDistance(task: PackageTask, selection: Selection): Selection[] {
  const whole = [selection];
  if (selection.run !== '.' || selection.skip !== '' || task.code.functions.length === 0) return whole;
  const benchmarks = listDeclaredBenchmarks(task);
  if (benchmarks.size < MANY_BENCHMARKS) return whole;
  const isNear = chooseNear(task, benchmarks);
  const [near, far] = [new Set<string>(), new Set<string>()];
  for (const [name, file] of benchmarks) (isNear(name, file) ? near : far).add(name);
  if (near.size === 0 || near.size > benchmarks.size * MAX_SHARE) return whole;
  const pattern = exactPattern([...near]);
  return [
    { run: pattern, skip: '', names: near },
    { run: selection.run, skip: pattern, names: far },
  ];
}

/** The benchmarks that a package declares on either side, and their files, at head if it has them. */
export function listDeclaredBenchmarks({ base, head }: PackageTask): Map<string, string> {
  return new Map(
    [base, head].flatMap((build) => {
      const readText = readTree(build?.tree.context.treeDir ?? '');
      return testFilesOf(build?.goPackage).flatMap((file) =>
        listDeclaredNames(readText(file) ?? '').map((name) => [name, file] as const),
      );
    }),
  );
}

/**
 * Whether a benchmark is near the change. In Go the tests of `ring.go` are usually in `ring_test.go` or
 * `ring_bench_test.go`, so the benchmarks of such files are near. If there are none, those with the fewest calls to a
 * changed function are.
 */
function chooseNear(
  task: PackageTask,
  benchmarks: ReadonlyMap<string, string>,
): (name: string, file: string) => boolean {
  const changed = task.code.functions.flatMap(({ base, head }) => (head ?? base)?.file ?? []);
  const stems = changed.map((file) => file.replace(/\.go$/u, '_'));
  const isBeside = (file: string): boolean => stems.some((stem) => file.startsWith(stem));
  if ([...benchmarks.values()].some((file) => isBeside(file))) return (_, file) => isBeside(file);
  const distances = measureCalls(task, changed);
  const nearest = Math.min(...[...benchmarks.keys()].map((name) => distances.get(name) ?? Infinity));
  return (name) => distances.get(name) === nearest;
}

/** The number of calls from each declaration to a changed function; empty if the sources are too long. */
function measureCalls(
  { base, head, code }: PackageTask,
  changed: readonly string[],
): ReadonlyMap<string, number> {
  const build = head ?? base;
  if (!build) return new Map();
  const { treeDir } = build.tree.context;
  const [list, readText] = [listGoFiles(treeDir), readTree(treeDir)];
  const folders = new Set([build.goPackage.dir, ...changed.map((file) => path.posix.dirname(file))]);
  const texts = [...folders].flatMap((dir) => list(dir)).map((file) => [file, readText(file) ?? ''] as const);
  if (texts.reduce((sum, [, text]) => sum + text.length, 0) > MAX_SOURCE_LENGTH) return new Map();
  const files = texts.flatMap(([file, text]): GoFile | [] => readGoFile(file, text) ?? []);
  return measureDistances(
    files,
    code.functions.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)),
  );
}
