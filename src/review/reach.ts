import { runCovered } from '../go/coverage.ts';
import { endingWhen } from '../go/ending-when.ts';
import type { Screening } from '../go/measure.ts';
import { sideOf } from '../go/measured.ts';
import type { Batch } from '../go/run-plan.ts';
import type { TestBinary } from '../go/test-binary.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { type CoveredVariant, readGrown, readRun } from './covered-binaries.ts';
import type { PackageTask } from './measure-package.ts';

/** Benchmarks that ran together, and the changed functions that they ran; null: unknown. */
type GroupRun = {
  names: readonly string[];
  functions: ReadonlySet<ChangedFunction> | null;
  /** Whether the group was run by itself. Otherwise `functions` are those of a larger group that contains it. */
  isOwn: boolean;
};

/** What to find out by running a variant's binary with coverage counters. */
export type ReachQuestion = {
  task: PackageTask;
  variant: CoveredVariant;
  screening: Screening;
  /** The benchmarks to check. */
  wanted: (name: string) => boolean;
  /** The maximum number of iterations of each benchmark. */
  maxIterations: number;
  /** Whether to stop at once. Functions that are unknown by then stay unknown. */
  isOver: () => boolean;
  /** Whether the time for separating the benchmarks of a group is used up. */
  isLate: () => boolean;
};

export type ReachAnswer = {
  groups: readonly GroupRun[];
  /** All functions that ran, in any benchmark. */
  run: ReadonlySet<ChangedFunction>;
  /** Functions without counters, such as those with C code. */
  unknown: ReadonlySet<ChangedFunction>;
  /** The lines of each function that have a counter, and whether a benchmark ran them. */
  lines: ReadonlyMap<ChangedFunction, ReadonlyMap<number, boolean>>;
};

/**
 * The number of parts into which a group that runs changed code is split. Small groups are split into single
 * benchmarks.
 */
const PARTS = 4;

function splitUp(names: readonly string[]): string[][] {
  const size = names.length <= PARTS ? 1 : Math.ceil(names.length / PARTS);
  return Array.from({ length: Math.ceil(names.length / size) }, (_, at) =>
    names.slice(at * size, (at + 1) * size),
  );
}

/**
 * Finds which benchmarks of a variant run which changed functions. First, all benchmarks of a batch run in one process.
 * If none of the functions runs, the batch is done. Otherwise it is split, down to single benchmarks.
 */
export async function findReached(binary: TestBinary, question: ReachQuestion): Promise<ReachAnswer> {
  const { task, variant, screening, wanted, maxIterations, isOver, isLate } = question;
  const groups: GroupRun[] = [];
  const run = new Set<ChangedFunction>();
  const unknown = new Set<ChangedFunction>();
  const lines = new Map<ChangedFunction, Map<number, boolean>>();
  /** Runs a group of benchmarks, and returns the changed functions that they ran; null: unknown. */
  const runGroup = async (names: readonly string[], iterations: number): Promise<GroupRun['functions']> => {
    const estimates = names.flatMap((name) => screening.estimates.get(name) ?? []);
    const coverage = await endingWhen(isOver, (until) =>
      runCovered(binary, { names, iterations, estimates, until }),
    );
    if (coverage === null) return null;
    const seen = readRun(coverage, sideOf[variant], task);
    for (const one of seen.run) run.add(one);
    for (const one of seen.unknown) unknown.add(one);
    for (const [one, more] of seen.lines) lines.set(one, joinLines(lines.get(one), more));
    return seen.run;
  };
  const checkGroup = async (names: readonly string[], batch: Batch): Promise<void> => {
    const functions = isOver() ? null : await runGroup(names, Math.min(batch.iterations, maxIterations));
    if (names.length === 1 || functions?.size === 0 || isOver() || isLate()) {
      groups.push({ names, functions, isOwn: true });
      return;
    }
    for (const part of splitUp(names)) {
      if (isLate()) groups.push({ names: part, functions, isOwn: false });
      else await checkGroup(part, batch);
    }
  };
  for (const batch of screening.batches) {
    const names = batch.names.filter((name) => wanted(name) && hasVariant(screening, name, variant));
    if (names.length > 0) await checkGroup(names, batch);
  }
  return { groups, run, unknown, lines };
}

function hasVariant({ variants }: Screening, name: string, variant: CoveredVariant): boolean {
  return variants.get(name)?.includes(variant) ?? false;
}

/** The benchmarks of a variant that run no changed code; none if some changed functions have no counters. */
export function listUnreached({ groups, unknown }: ReachAnswer): Set<string> {
  if (unknown.size > 0) return new Set();
  return new Set(groups.filter(({ functions }) => functions?.size === 0).flatMap(({ names }) => names));
}

/** The benchmarks for which an answer does not say what they run. */
export function listOpen({ groups }: Pick<ReachAnswer, 'groups'>): Set<string> {
  return new Set(groups.filter(({ functions }) => functions === null).flatMap(({ names }) => names));
}

/** Completes an answer by a later one about the benchmarks that it left open. */
export function joinAnswers(before: ReachAnswer, after: ReachAnswer): ReachAnswer {
  const functions = new Set([...before.lines.keys(), ...after.lines.keys()]);
  return {
    groups: [...before.groups.filter((group) => group.functions !== null), ...after.groups],
    run: before.run.union(after.run),
    unknown: before.unknown.union(after.unknown),
    lines: new Map(
      [...functions].map((one) => [one, joinLines(before.lines.get(one), after.lines.get(one))]),
    ),
  };
}

type Lines = ReadonlyMap<number, boolean>;

/** A line was run if one of two runs executed it. */
function joinLines(first: Lines = new Map(), second: Lines = new Map()): Map<number, boolean> {
  const joined = new Map(first);
  for (const [line, isRun] of second) joined.set(line, isRun || joined.get(line) === true);
  return joined;
}

/** The shorter run: also a loop that leaves out its first iteration has one then. */
const FEW_ITERATIONS = 2;
/** The milliseconds that the benchmarks of a batch may take for `findRepeated`. */
const MAX_REPEAT_MS = 5000;

/**
 * The changed functions that benchmarks run more often in more iterations; null: not known. All others that they run
 * belong to their set-up, which is not measured.
 */
export async function findRepeated(
  binary: TestBinary,
  { task, variant, screening, isOver }: Pick<ReachQuestion, 'task' | 'variant' | 'screening' | 'isOver'>,
): Promise<Set<ChangedFunction> | null> {
  const repeated = new Set<ChangedFunction>();
  for (const { names: all, iterations, expectedMs } of screening.batches) {
    const names = all.filter((name) => hasVariant(screening, name, variant));
    if (names.length === 0) continue;
    if (iterations <= FEW_ITERATIONS || expectedMs > MAX_REPEAT_MS) return null;
    const estimates = names.flatMap((name) => screening.estimates.get(name) ?? []);
    const cover = (count: number) =>
      isOver()
        ? null
        : endingWhen(isOver, (until) => runCovered(binary, { names, iterations: count, estimates, until }));
    const shorter = await cover(FEW_ITERATIONS);
    const longer = shorter && (await cover(iterations));
    if (!shorter || !longer) return null;
    for (const one of readGrown(shorter, longer, sideOf[variant], task)) repeated.add(one);
  }
  return repeated;
}
