import type { BenchmarkFailure, Delta, DeltaReason, Measurement, Side, Verdict } from '../compare/types.ts';
import {
  type BytesThreshold,
  describeDelta,
  judge,
  mayHideAllocation,
  needsConfirmation,
} from '../compare/verdict.ts';
import type { Selection } from '../go/discovery.ts';
import {
  type Binaries,
  type Measured,
  measurePackageBenchmarks,
  type MeasureOptions,
  type PackageMeasurement,
  type Variant,
} from '../go/measure.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuildTools, linkPackage, type PackageBuild } from './build.ts';

/** One package to be measured. `null`: the side does not have it, or it does not compile there. */
export type PackageTask = {
  importPath: string;
  base: PackageBuild | null;
  head: PackageBuild | null;
  /** Given where test files of the package changed: the crosses that could be built. */
  cross: { headCode: PackageBuild | null; baseCode: PackageBuild | null } | null;
};

export type PackageOptions = {
  tools: BuildTools;
  selection: Selection;
  threshold: BytesThreshold;
  /** How many benchmarks may be measured. */
  maxBenchmarks: number;
  onProgress: MeasureOptions['onProgress'];
};

/** A delta and the two binaries that it was measured with: what a profile has to be taken of. */
export type Judged = {
  delta: Delta;
  base: PackageBuild | null;
  head: PackageBuild | null;
  binaries: { base: TestBinary | null; head: TestBinary | null };
  opMs: number;
  /** The printed counts are equal, but bytes rose by an object's worth. */
  mayHideAllocation: boolean;
};

export type PackageResult = {
  judged: Judged[];
  warnings: Warning[];
  /** The linker's lines when head's test binary cannot be linked and base's can. */
  buildErrors: string[];
  /** Benchmarks beyond `maxBenchmarks`. */
  omitted: number;
};

const CHANGED: ReadonlySet<Verdict> = new Set<Verdict>(['regression', 'improvement']);

/** Whose code a variant runs: what a reader is told when it fails. */
const SIDE_OF: Readonly<Record<Variant, Side>> = {
  base: 'base',
  baseCode: 'base',
  head: 'head',
  headCode: 'head',
};

type Builds = Partial<Record<Variant, PackageBuild>>;

/** The variants worth running. A cross whose binary equals a side's would only repeat it. */
function chooseBuilds({ base, head, cross }: PackageTask): Builds {
  const isNew = (build: PackageBuild | null | undefined): build is PackageBuild =>
    Boolean(build) && ![base, head].some((side) => side?.goPackage.testId === build?.goPackage.testId);
  return {
    ...(base && { base }),
    ...(head && { head }),
    ...(isNew(cross?.headCode) && { headCode: cross.headCode }),
    ...(isNew(cross?.baseCode) && { baseCode: cross.baseCode }),
  };
}

type Linked = { binaries: Binaries; errors: Partial<Record<Variant, string[]>> };

async function linkAll(builds: Builds, tools: BuildTools): Promise<Linked> {
  const linked: Linked = { binaries: {}, errors: {} };
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

/** Measures one package and says for each of its benchmarks what changed, code and benchmark told apart. */
export async function measurePackage(task: PackageTask, options: PackageOptions): Promise<PackageResult> {
  const builds = chooseBuilds(task);
  const { binaries, errors } = await linkAll(builds, options.tools);
  if (errors.head && !errors.base) return { judged: [], warnings: [], buildErrors: errors.head, omitted: 0 };
  const warnings = (['base', 'head'] as const).flatMap((side): Warning[] => {
    const lines = errors[side];
    return lines ? [{ kind: 'package-does-not-compile', side, package: task.importPath, lines }] : [];
  });
  const doubt = (before: Measurement | undefined, after: Measurement | undefined): boolean =>
    before !== undefined && after !== undefined && needsConfirmation(before, after, options.threshold);
  const result = await measurePackageBenchmarks(binaries, {
    selection: options.selection,
    maxBenchmarks: options.maxBenchmarks,
    needsConfirmation: ({ measurements: { base, head, headCode, baseCode } }) =>
      doubt(base, head) || doubt(base, headCode) || doubt(baseCode, head),
    onProgress: options.onProgress,
  });
  const judged = [...result.benchmarks].flatMap(([name, measured]) => {
    const found = judgeBenchmark(name, measured, result, task, options.threshold);
    if (!found) return [];
    const { delta, variants } = found;
    return [
      {
        delta,
        base: builds[variants.base] ?? null,
        head: builds[variants.head] ?? null,
        binaries: { base: binaries[variants.base] ?? null, head: binaries[variants.head] ?? null },
        opMs: measured.estimate.opMs,
        mayHideAllocation: hides(measured, variants),
      },
    ];
  });
  return {
    judged,
    warnings: [...warnings, ...failureWarnings(task, result, judged)],
    buildErrors: [],
    omitted: result.omitted,
  };
}

function hides({ measurements }: Measured, variants: { base: Variant; head: Variant }): boolean {
  const { [variants.base]: before, [variants.head]: after } = measurements;
  return before !== undefined && after !== undefined && mayHideAllocation(before, after);
}

/** Failures that no row tells of; a cross may well fail. */
function failureWarnings(
  task: PackageTask,
  result: PackageMeasurement,
  judged: readonly Judged[],
): Warning[] {
  const told = new Set(judged.map(({ delta }) => delta.name));
  const problems = result.problems.flatMap(({ variant, lines }): Warning[] =>
    variant === SIDE_OF[variant]
      ? [{ kind: 'package-run', side: variant, package: task.importPath, detail: lines.join('\n') }]
      : [],
  );
  // One that exists on one side alone and fails there late has no row, but its failures lie with it.
  const late = [...result.benchmarks.values()].flatMap(({ failures }) =>
    failures.filter(({ variant }) => variant === SIDE_OF[variant]).slice(0, 1),
  );
  const failures = [...result.failures, ...late].flatMap(({ variant, failure }): Warning[] =>
    variant === SIDE_OF[variant] && !told.has(failure.name)
      ? [{ kind: 'benchmark', side: variant, package: task.importPath, failure }]
      : [],
  );
  return [...problems, ...failures];
}

type Verdicted = { delta: Delta; variants: { base: Variant; head: Variant } };

/** A failure of the benchmark itself or of one that it is a part of. */
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
  if (inconsistent) return show('noisy', { kind: 'inconsistent-output', side: SIDE_OF[inconsistent] });
  for (const side of ['base', 'head'] as const) {
    const failure = measured.measurements[side] ? null : failureOf(side, name, measured, result);
    if (failure) return show('noisy', { kind: 'failed', side, failure });
  }
  if (task.cross) return judgeCrosswise(measured, task, threshold, show);
  if (base && head) return { ...show('unchanged', null), delta: judge(base, head, threshold) };
  return show(base ? 'removed' : 'new', null);
}

/** The variant that ran what a cross is: itself, or the side whose binary is the same; null when it could not be built. */
function standIn(variant: 'headCode' | 'baseCode', task: PackageTask): Variant | null {
  const build = task.cross?.[variant];
  if (!build) return null;
  const same = (['base', 'head'] as const).find(
    (side) => task[side]?.goPackage.testId === build.goPackage.testId,
  );
  return same ?? variant;
}

/**
 * Test files changed, so base against head would mix two causes. The code is judged by base's benchmark on both codes,
 * or else by head's; where the code makes no difference, a difference between base and head is the benchmark's own.
 */
function judgeCrosswise(
  { measurements }: Measured,
  task: PackageTask,
  threshold: BytesThreshold,
  show: (verdict: Verdict, reason: DeltaReason | null) => Verdicted,
): Verdicted {
  const { base, head } = measurements;
  const comparisons = [
    { benchmarkOf: 'base', base: 'base', head: standIn('headCode', task) },
    { benchmarkOf: 'head', base: standIn('baseCode', task), head: 'head' },
  ] as const;
  for (const { benchmarkOf, base: baseVariant, head: headVariant } of comparisons) {
    const before = baseVariant && measurements[baseVariant];
    const after = headVariant && measurements[headVariant];
    if (!before || !after) continue;
    const variants = { base: baseVariant, head: headVariant };
    const delta = judge(before, after, threshold);
    if (CHANGED.has(delta.verdict)) {
      const edited =
        base && head ? judge(base, head, threshold).allocsPerOp.delta !== delta.allocsPerOp.delta : false;
      const reason: DeltaReason = { kind: 'crosswise', benchmarkOf, benchmarkChangesNumbers: edited };
      return { delta: { ...delta, reason }, variants };
    }
    if (!base || !head) return show(base ? 'removed' : 'new', null);
    return relabel(judge(base, head, threshold), { kind: 'benchmark-edited', benchmarkOf });
  }
  if (!base || !head) return show(base ? 'removed' : 'new', null);
  return relabel(judge(base, head, threshold), { kind: 'not-comparable', detail: '' });
}

/** The code makes no difference, or none that can be measured: a difference is the benchmark's. */
function relabel(delta: Delta, reason: DeltaReason): Verdicted {
  const changed = CHANGED.has(delta.verdict);
  return {
    delta: changed ? { ...delta, verdict: 'benchmark-changed', reason } : delta,
    variants: { base: 'base', head: 'head' },
  };
}
