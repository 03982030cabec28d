import path from 'node:path';
import { type Coverage, hasGrown, readLines, wasRun } from '../compare/coverage.ts';
import type { Side } from '../compare/types.ts';
import { coverageFlags } from '../go/coverage.ts';
import { sideOf, type Variant } from '../go/measured.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { type BuildTools, linkPackage } from './build.ts';
import type { PackageTask } from './measure-package.ts';

/** The changed functions that contain code and are in one side's test binary of a package. */
export function functionsAt(side: Side, { code }: PackageTask): ChangedFunction[] {
  return code.functions.filter((one) => one[side] !== null && !one.isEmpty);
}

/** The variants that can run with coverage counters: base, head, and head's code under base's benchmarks. */
export type CoveredVariant = Exclude<Variant, 'baseCode'>;

/**
 * Links a test binary of a package again, with coverage counters in the packages of the changed functions. Null if there
 * is nothing to count, or if linking fails.
 */
export async function linkCovered(
  task: PackageTask,
  variant: CoveredVariant,
  tools: BuildTools,
): Promise<TestBinary | null> {
  const build = variant === 'headCode' ? task.cross?.headCode.build : task[variant];
  const packages = [...new Set(functionsAt(sideOf[variant], task).map((one) => one.package))];
  if (!build || packages.length === 0) return null;
  const result = await linkPackage(tools, build.tree, build.goPackage, {
    flags: coverageFlags(packages),
    isBackground: true,
  });
  return 'binary' in result ? result.binary : null;
}

/** The functions of one side that a run executed, and those without counters; `lines` as in `ReachAnswer`. */
type RunFunctions = Record<'run' | 'unknown', ReadonlySet<ChangedFunction>> & {
  lines: ReadonlyMap<ChangedFunction, ReadonlyMap<number, boolean>>;
};

const nameInProfile = (one: ChangedFunction, file: string): string =>
  `${one.package}/${path.posix.basename(file)}`;

/** Reads which of the functions of one side a run executed. */
export function readRun(coverage: Coverage, side: Side, task: PackageTask): RunFunctions {
  const run = new Set<ChangedFunction>();
  const unknown = new Set<ChangedFunction>();
  const lines = new Map<ChangedFunction, ReadonlyMap<number, boolean>>();
  for (const one of functionsAt(side, task)) {
    const place = one[side];
    if (!place) continue;
    const file = nameInProfile(one, place.file);
    const isRun = wasRun(coverage, file, place);
    if (isRun === null) unknown.add(one);
    else if (isRun) run.add(one);
    lines.set(one, readLines(coverage, file, place));
  }
  return { run, unknown, lines };
}

/** The functions of one side that a longer run of the same benchmarks executed more often than a shorter one. */
export const readGrown = (
  shorter: Coverage,
  longer: Coverage,
  side: Side,
  task: PackageTask,
): ChangedFunction[] =>
  functionsAt(side, task).filter((one) => {
    const place = one[side];
    return place && hasGrown(shorter, longer, nameInProfile(one, place.file), place);
  });
