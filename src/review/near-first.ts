import path from 'node:path';
import type { Selection } from '../go/discovery.ts';
import { exactPattern } from '../go/test-binary.ts';
import { measureDistances } from '../syntax/call-distance.ts';
import type { GoFile } from '../syntax/go-file.ts';
import type { PackageTask } from './measure-package.ts';
import { createGoFileReader } from './test-packages.ts';
import { listGoFiles, readTree } from './tree-files.ts';

/** The minimum number of benchmarks of a package that is measured in parts. Each part needs processes of its own. */
const MANY_BENCHMARKS = 20;
/** The benchmarks near the change are those that need at most this many calls more than the nearest one. */
const MORE_CALLS = 1;
/** The maximum share of a package's benchmarks that comes first. Measuring a larger share first gains nothing. */
const MAX_SHARE = 0.5;

/**
 * The parts in which a package is measured: if it has many benchmarks, the ones nearest to the changed functions come
 * first, so that they have results even if the time ends before all others were run once.
 */
export function splitByDistance(task: PackageTask, selection: Selection): Selection[] {
  const whole = [selection];
  if (selection.run !== '.' || selection.skip !== '' || task.code.functions.length === 0) return whole;
  const distances = distancesOf(task);
  const nearest = Math.min(...distances.values());
  const near = [...distances].filter(([, one]) => one <= nearest + MORE_CALLS).map(([name]) => name);
  const isFew = near.length <= distances.size * MAX_SHARE;
  if (distances.size < MANY_BENCHMARKS || !Number.isFinite(nearest) || !isFew) return whole;
  const pattern = exactPattern(near);
  const far = [...distances.keys()].filter((name) => !near.includes(name));
  return [
    { run: pattern, skip: '', names: new Set(near) },
    { run: selection.run, skip: pattern, names: new Set(far) },
  ];
}

/** The number of calls from each benchmark of a package to a changed function; Infinity if no path is known. */
function distancesOf({ base, head, code }: PackageTask): ReadonlyMap<string, number> {
  const build = head ?? base;
  if (!build) return new Map();
  const read = createGoFileReader();
  const { treeDir } = build.tree.context;
  const [list, readText] = [listGoFiles(treeDir), readTree(treeDir)];
  const open = (file: string): GoFile | [] => read(file, readText(file) ?? '') ?? [];
  const changed = code.functions.flatMap(({ base: before, head: after }) => (after ?? before)?.file ?? []);
  const folders = new Set([build.goPackage.dir, ...changed.map((file) => path.posix.dirname(file))]);
  const files = [...folders].flatMap((dir) => list(dir)).flatMap(open);
  const distances = measureDistances(
    files,
    code.functions.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)),
  );
  const tests = new Set(build.goPackage.testFiles.map((file) => path.posix.join(build.goPackage.dir, file)));
  const benchmarks = files
    .filter((file) => tests.has(file.path))
    .flatMap((file) => file.declarations)
    .filter(({ kind, names: [name = ''] }) => kind === 'func' && name.startsWith('Benchmark'))
    .flatMap(({ names }) => names);
  return new Map(benchmarks.map((name) => [name, distances.get(name) ?? Infinity]));
}
