import path from 'node:path';
import { topBenchmark } from '../compare/benchmark-id.ts';
import type { BenchmarkFailure, Delta, DeltaReason, Measurement, Verdict } from '../compare/types.ts';
import {
  type BytesThreshold,
  describeDelta,
  isUnclaimed,
  judge,
  mayHideAllocation,
  needsConfirmation,
  needsMoreProcesses,
} from '../compare/verdict.ts';
import type { Selection } from '../go/discovery.ts';
import {
  type MeasureOptions,
  measurePackageBenchmarks,
  type PackageMeasurement,
  type Screening,
} from '../go/measure.ts';
import { type Binaries, type Measured, sideOf, type Variant } from '../go/measured.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuildTools, linkPackage, type PackageBuild } from './build.ts';
import { findReplacedCounts } from '../syntax/replaced-counts.ts';
import { readTree } from './tree-files.ts';
import { judgeCrosswise, type Verdicted } from './judge-crosswise.ts';
import type { TaskCode } from './changed-types.ts';
import type { Cross } from './cross-types.ts';

/** One package to measure. `null`: the side does not have it, or it does not compile there. */
export type PackageTask = {
  importPath: string;
  base: PackageBuild | null;
  head: PackageBuild | null;
  /** Set if test files of the package changed. */
  cross: Cross | null;
  /** The changed code that its benchmarks may run. */
  code: TaskCode;
};

export type PackageOptions = Pick<MeasureOptions, 'isOver' | 'isLate' | 'onProgress' | 'leaveOut'> & {
  selection: Selection;
  threshold: BytesThreshold;
  /** The maximum number of benchmarks to measure. */
  maxBenchmarks: number;
};

/** A delta, and the builds that it was measured with, which are also profiled. */
export type Judged = {
  delta: Delta;
  base: PackageBuild | null;
  head: PackageBuild | null;
  binaries: { base: TestBinary | null; head: TestBinary | null };
  /** Milliseconds per operation, roughly. */
  opMs: number;
  /** Whether the printed counts are equal although the bytes rose by the size of an object. */
  mayHideAllocation: boolean;
};

export type PackageResult = {
  judged: Judged[];
  warnings: Warning[];
  /** The linker's lines if head's test binary cannot be linked but base's can. */
  buildErrors: string[];
  /** Names of benchmarks beyond `maxBenchmarks`. */
  omitted: string[];
  /** Names of benchmarks that were not measured because the time was used up. */
  cutShort: string[];
  /** Names of benchmarks that `leaveOut` chose. */
  leftOut: string[];
  /** The result of the screening; null: nothing ran. */
  screening: Screening | null;
};

type Builds = Partial<Record<Variant, PackageBuild>>;

function chooseBuilds({ base, head, cross }: PackageTask): Builds {
  const [headCode, baseCode] = [cross?.headCode.build, cross?.baseCode.build];
  return {
    ...(base && { base }),
    ...(head && { head }),
    ...(headCode && { headCode }),
    ...(baseCode && { baseCode }),
  };
}

/** The test binaries of one package, or the reason why they could not be linked. */
export type LinkedPackage = {
  builds: Builds;
  binaries: Binaries;
  errors: Partial<Record<Variant, string[]>>;
};

/** Links the test binaries of one package that are to be measured. */
export async function linkTask(task: PackageTask, tools: BuildTools): Promise<LinkedPackage> {
  const builds = chooseBuilds(task);
  const linked: LinkedPackage = { builds, binaries: {}, errors: {} };
  const link = async (variant: Variant): Promise<void> => {
    const build = builds[variant];
    if (!build) return;
    const result = await linkPackage(tools, build.tree, build.goPackage);
    if ('binary' in result) linked.binaries[variant] = result.binary;
    else linked.errors[variant] = result.errors;
  };
  await Promise.all([link('base'), link('head')]);
  await Promise.all([link('headCode'), link('baseCode')]);
  return linked;
}

/**
 * Measures one package and judges each of its benchmarks. Changes of the code and of the benchmark are judged
 * separately.
 */
export async function measurePackage(
  task: PackageTask,
  { builds, binaries, errors }: LinkedPackage,
  options: PackageOptions,
): Promise<PackageResult> {
  if (errors.head && !errors.base) {
    return {
      judged: [],
      warnings: [],
      buildErrors: errors.head,
      omitted: [],
      cutShort: [],
      leftOut: [],
      screening: null,
    };
  }
  const warnings = (['base', 'head'] as const).flatMap((side): Warning[] => {
    const lines = errors[side];
    return lines ? [{ kind: 'package-does-not-compile', side, package: task.importPath, lines }] : [];
  });
  const { threshold } = options;
  const result = await measurePackageBenchmarks(binaries, {
    selection: options.selection,
    maxBenchmarks: options.maxBenchmarks,
    needsConfirmation: (measured) =>
      listComparisons(measured).some(([before, after]) => needsConfirmation(before, after, threshold)),
    needsMoreProcesses: (measured) =>
      listComparisons(measured).some(([before, after]) => needsMoreProcesses(before, after, threshold)),
    isOver: options.isOver,
    isLate: options.isLate,
    leaveOut: options.leaveOut,
    onProgress: options.onProgress,
  });
  const replacing = findReplacedCounts(
    [builds.base, builds.head].flatMap((build) => (build ? readTests(build) : [])),
  );
  const judged = [...result.benchmarks].flatMap(([name, measured]) => {
    const found = judgeBenchmark(name, measured, result, task, options.threshold);
    if (!found) return [];
    const { variants } = found;
    const delta = replacing.has(topBenchmark(name)) ? doubt(found.delta) : found.delta;
    return [
      {
        delta,
        base: builds[variants.base] ?? null,
        head: builds[variants.head] ?? null,
        binaries: { base: binaries[variants.base] ?? null, head: binaries[variants.head] ?? null },
        opMs: measured.estimate.opMs,
        mayHideAllocation: mayHide(measured, variants),
      },
    ];
  });
  return {
    judged,
    warnings: [...warnings, ...warnOfFailures(task, result, judged)],
    buildErrors: [],
    omitted: result.omitted,
    cutShort: result.cutShort,
    leftOut: result.leftOut,
    screening: result.screening,
  };
}

function readTests({ tree, goPackage: { dir, testFiles } }: PackageBuild): string[] {
  const read = readTree(tree.context.treeDir);
  return testFiles.flatMap((file) => read(path.posix.join(dir, file)) ?? []);
}

/**
 * Numbers that a benchmark prints instead of Go's prove nothing if they are equal. A difference stands, because heap
 * profiles must show it too.
 */
function doubt(delta: Delta): Delta {
  const isEqual = delta.allocsPerOp.delta !== null && isUnclaimed(delta);
  return isEqual ? { ...delta, verdict: 'noisy', reason: { kind: 'replaced-counts' } } : delta;
}

/** The pairs of variants that a verdict can come from. */
function listComparisons({ measurements }: Measured): [Measurement, Measurement][] {
  const { base, head, headCode, baseCode } = measurements;
  const pairs = [
    [base, head],
    [base, headCode],
    [baseCode, head],
  ];
  return pairs.flatMap(([before, after]): [Measurement, Measurement][] =>
    before && after ? [[before, after]] : [],
  );
}

function mayHide({ measurements }: Measured, variants: { base: Variant; head: Variant }): boolean {
  const { [variants.base]: before, [variants.head]: after } = measurements;
  return before !== undefined && after !== undefined && mayHideAllocation(before, after);
}

/** Warnings about failures that no row of the report shows. Failures of crosses are expected and left out. */
function warnOfFailures(task: PackageTask, result: PackageMeasurement, judged: readonly Judged[]): Warning[] {
  const shown = new Set(judged.map(({ delta }) => delta.name));
  const problems = result.problems.flatMap(({ variant, lines }): Warning[] =>
    variant === sideOf[variant]
      ? [{ kind: 'package-run', side: variant, package: task.importPath, detail: lines.join('\n') }]
      : [],
  );
  // A benchmark that exists on one side only and fails late has no row, but its failures are stored with it.
  const late = [...result.benchmarks.values()].flatMap(({ failures }) =>
    failures.filter(({ variant }) => variant === sideOf[variant]).slice(0, 1),
  );
  const failures = [...result.failures, ...late].flatMap(({ variant, failure }): Warning[] =>
    variant === sideOf[variant] && !shown.has(failure.name)
      ? [{ kind: 'benchmark', side: variant, package: task.importPath, failure }]
      : [],
  );
  return [...problems, ...failures];
}

/** A failure of the benchmark itself or of one of its parents. */
function failureOf(
  variant: Variant,
  name: string,
  measured: Measured,
  result: PackageMeasurement,
): BenchmarkFailure | null {
  const found = [...measured.failures, ...result.failures].find(
    (one) =>
      one.variant === variant && (one.failure.name === name || name.startsWith(`${one.failure.name}/`)),
  );
  return found?.failure ?? null;
}

function judgeBenchmark(
  name: string,
  measured: Measured,
  result: PackageMeasurement,
  task: PackageTask,
  threshold: BytesThreshold,
): Verdicted | null {
  const { base, head } = measured.measurements;
  if (!base && !head) return null;
  const show = (verdict: Verdict, reason: DeltaReason | null): Verdicted => ({
    delta: describeDelta(base ?? null, head ?? null, { verdict, reason }),
    variants: { base: 'base', head: 'head' },
  });
  const [inconsistent] = measured.inconsistent;
  if (inconsistent) return show('noisy', { kind: 'inconsistent-output', side: sideOf[inconsistent] });
  for (const side of ['base', 'head'] as const) {
    const failure = measured.measurements[side] ? null : failureOf(side, name, measured, result);
    if (failure) return show('noisy', { kind: 'failed', side, failure });
  }
  const top = topBenchmark(name);
  if (task.cross && task.cross.sameness.get(top) !== 'same') {
    return judgeCrosswise(top, measured, task.cross, threshold);
  }
  if (base && head) return { ...show('unchanged', null), delta: judge(base, head, threshold) };
  return show(base ? 'removed' : 'new', null);
}
