import { topBenchmark } from '../compare/benchmark-id.ts';
import type { Selection } from '../go/discovery.ts';
import type { Screening } from '../go/measure.ts';
import type { Warning } from '../report/model/review.ts';
import type { Budget } from './budget.ts';
import type { FunctionReach } from './changed-types.ts';
import {
  type LinkedPackage,
  linkTask,
  measurePackage,
  type PackageResult,
  type PackageTask,
} from './measure-package.ts';
import type { LineFacts } from '../compare/sites.ts';
import type { Side } from '../compare/types.ts';
import type { ModuleOptions, ModuleReview } from './module-types.ts';
import { addWarnings, warnOfEnd, warnOfLeft } from './limit-warnings.ts';
import { toProgress } from './measure-progress.ts';
import { listDeclaredBenchmarks, splitByDistance } from './near-first.ts';
import { answerUnknown, openPackageReach, type PackageReach } from './package-reach.ts';
import { attachSites, needsProfile } from './profile-sites.ts';

type Found = Pick<ModuleReview, 'deltas' | 'testSites' | 'buildErrors' | 'warnings'> & {
  /** Benchmarks that were not measured because they run no changed code. */
  unreached: ModuleReview['unreached'];
  /** Which benchmarks run the changed functions, package by package. */
  reached: FunctionReach[];
};

/** `compileMs`: the time for compiling head. `lineFacts`: what is known of each side's lines. */
type MeasuringOptions = ModuleOptions & { compileMs: number; lineFacts: Record<Side, LineFacts> };
type MeasureOptions = MeasuringOptions & { reach: PackageReach };

/** The screenings of a package's parts; null: the part did not run. */
type Screenings = (Screening | null)[];

/** The result of one package or a part of it. */
type PackageFound = Omit<Found, 'reached'> & { screenings: Screenings };

/** A measured package for which it is not yet known which changed functions its benchmarks run. */
type Pending = { reach: PackageReach; screenings: Screenings };

/**
 * Measures and profiles the packages in the order of `tasks` until the budget is used up. A warning names the packages
 * that are left. While one package is measured, the next one is linked. After all packages, the benchmarks run once more
 * with coverage counters to find out which changed functions they run, where that is not yet known.
 */
export async function measureAll(
  tasks: readonly PackageTask[],
  budget: Budget,
  options: MeasuringOptions,
): Promise<Found> {
  const found: Found = {
    deltas: [],
    testSites: [],
    buildErrors: [],
    warnings: [],
    unreached: [],
    reached: [],
  };
  const isOver = (): boolean => isTimeOver(budget);
  const pending: Pending[] = [];
  let linkMs = 0;
  /** The longest that linking a binary with coverage counters took so far. */
  let coverMs: number | null = null;
  const link = (at: number): Promise<LinkedPackage> | null => {
    const task = tasks[at];
    const linked = task ? linkTask(task, options.tools) : null;
    // The code that awaits this promise handles its error. Until then it must not count as unhandled.
    linked?.catch(() => {});
    return linked;
  };
  let next = link(0);
  const reaches = tasks.map((task) =>
    openPackageReach(task, {
      tools: options.tools,
      linkMs: () => coverMs ?? 2 * linkMs + options.compileMs,
      onLinked: (milliseconds) => {
        coverMs = Math.max(coverMs ?? 0, milliseconds);
      },
      isOver,
      leftMs: budget.leftMs,
      onStart: () => options.onProgress({ phase: 'cover', package: task.importPath }),
    }),
  );
  /**
   * Binaries with coverage counters are linked one after the other, at a low priority, so that measuring is not
   * disturbed.
   */
  let background: Promise<unknown> = Promise.resolve();
  for (const reach of reaches) background = background.then(() => reach.prepare());
  for (const [index, task] of tasks.entries()) {
    const end = budget.end();
    if (end) {
      const left = tasks.slice(index);
      found.warnings.push(warnOfEnd(end, left));
      found.reached.push(...left.flatMap((one) => answerUnknown(one)));
      break;
    }
    options.onProgress({ phase: 'link', package: task.importPath });
    const linking = performance.now();
    const linked = await next;
    linkMs = Math.max(linkMs, performance.now() - linking);
    next = link(index + 1);
    const reach = reaches[index];
    if (!linked || !reach) break;
    const result = await budget.spend(() =>
      measureParts(task, linked, { index, packages: tasks.length }, budget, { ...options, reach }),
    );
    found.unreached.push(...result.unreached);
    pending.push({ reach, screenings: result.screenings });
    found.deltas.push(...result.deltas);
    found.testSites.push(...result.testSites);
    found.warnings.push(...result.warnings);
    // A package that cannot be linked fails the review only if it is the only one. Otherwise it is left out.
    if (tasks.length === 1) found.buildErrors.push(...result.buildErrors);
    else if (result.buildErrors.length > 0) {
      const lines = result.buildErrors;
      found.warnings.push({
        kind: 'package-does-not-compile',
        side: 'head',
        package: task.importPath,
        lines,
      });
    }
  }
  await next?.catch(() => {});
  for (const { reach, screenings } of pending) {
    found.reached.push(...(await budget.spend(() => reach.finish(screenings))));
  }
  await background;
  return found;
}

/** Whether the time is used up or the review was stopped. The limit on the number of benchmarks does not count. */
function isTimeOver(budget: Budget): boolean {
  const end = budget.end();
  return end !== null && end.limit !== 'benchmarks';
}

/**
 * The shares of the remaining time after which a package's benchmarks are no longer searched for, and no longer
 * estimated better, so that those that were found can be measured.
 */
const budgetShares = { discover: 0.4, estimate: 0.5 };

/** Returns a function that tells whether the time for a step is over. The shares are of the time that is left now. */
function createDeadline(budget: Budget): (step: keyof typeof budgetShares) => boolean {
  const total = budget.leftMs();
  return (step) => budget.leftMs() < total * (1 - budgetShares[step]) || isTimeOver(budget);
}

/** Measures the parts of a package in turn. A warning names the benchmarks of parts for which there is no time. */
async function measureParts(
  task: PackageTask,
  linked: LinkedPackage,
  position: { index: number; packages: number },
  budget: Budget,
  options: MeasureOptions,
): Promise<PackageFound> {
  const found: PackageFound = {
    deltas: [],
    testSites: [],
    buildErrors: [],
    warnings: [],
    unreached: [],
    screenings: [],
  };
  for (const selection of splitByDistance(task, options.selection)) {
    const end = budget.end();
    if (end && found.screenings.length > 0) {
      const benchmarks = [...(selection.names ?? [])].sort();
      addWarnings(found.warnings, [{ ...warnOfEnd(end, [task]), benchmarks }], selection);
      found.screenings.push(null);
      continue;
    }
    const part = await measureOne(task, linked, position, budget, { ...options, selection });
    found.deltas.push(...part.deltas);
    found.testSites.push(...part.testSites);
    found.unreached.push(...part.unreached);
    found.screenings.push(...part.screenings);
    addWarnings(found.warnings, part.warnings, selection);
    found.buildErrors = part.buildErrors;
    if (part.buildErrors.length > 0) break;
  }
  return found;
}

async function measureOne(
  task: PackageTask,
  linked: LinkedPackage,
  position: { index: number; packages: number },
  budget: Budget,
  options: MeasureOptions,
): Promise<PackageFound> {
  const { onProgress } = options;
  const place = { package: task.importPath, ...position };
  const result = await measurePackage(task, linked, {
    ...options,
    maxBenchmarks: budget.left(),
    isOver: () => isTimeOver(budget),
    isLate: createDeadline(budget),
    leaveOut: options.reach.leaveOut,
    onProgress: (progress) => onProgress(toProgress(place, progress)),
  });
  if (budget.isStopped()) return reportStopped(task, result, options.selection);
  budget.take(result.judged.length);
  const profiling = { ...options, onProgress: (name: string) => onProgress({ phase: 'profile', name }) };
  const { deltas, testSites } = await attachSites(result.judged, profiling);
  if (budget.isStopped()) return reportStopped(task, result, options.selection);
  return {
    deltas,
    testSites,
    buildErrors: result.buildErrors,
    warnings: [...warnOfOmitted(task, result, budget, options), ...result.warnings],
    unreached: result.leftOut.map((name) => ({ package: task.importPath, name })),
    screenings: [result.omitted.length > 0 ? null : result.screening],
  };
}

/**
 * The results of the package that was being measured when the review was stopped: those of benchmarks that had finished
 * and need no profile. The others may have failed only because their processes were ended, so a warning names them, and
 * those that were not found before, by their declarations.
 */
function reportStopped(
  task: PackageTask,
  { judged, omitted, cutShort, leftOut, screening }: PackageResult,
  selection: Selection,
): PackageFound {
  const isComplete = (one: PackageResult['judged'][number]): boolean =>
    one.delta.reason?.kind !== 'failed' && !needsProfile(one);
  const incomplete = judged.filter((one) => !isComplete(one)).map(({ delta }) => delta.name);
  const found = [...omitted, ...cutShort, ...incomplete];
  const complete = judged.filter(isComplete).map(({ delta }) => delta);
  const end = { limit: 'stopped', value: 0 } as const;
  const isNamed = judged.length > 0 || found.length > 0;
  const seen = new Set([...found, ...judged.map(({ delta }) => delta.name), ...leftOut].map(topBenchmark));
  const names = [...found, ...listSelected(task, selection).filter((name) => !seen.has(name))];
  return {
    deltas: complete,
    testSites: [],
    buildErrors: [],
    warnings: isNamed ? warnOfNames(end, task, names, complete) : [warnOfEnd(end, [task])],
    unreached: leftOut.map((name) => ({ package: task.importPath, name })),
    screenings: [screening],
  };
}

/** The declared benchmarks of a package that are selected; empty if a pattern selects some of them. */
function listSelected(task: PackageTask, { run, skip, names }: Selection): string[] {
  const declared = [...listDeclaredBenchmarks(task).keys()];
  if (names) return declared.filter((name) => names.has(name));
  return run === '.' && skip === '' ? declared : [];
}

/** Warns of benchmarks that were not measured although measuring their package had started. */
function warnOfOmitted(
  task: PackageTask,
  { omitted, cutShort, judged }: PackageResult,
  budget: Budget,
  { tools }: ModuleOptions,
): Warning[] {
  const deltas = judged.map(({ delta }) => delta);
  const most = { limit: 'benchmarks', value: tools.limits.benchmarks } as const;
  return [
    ...warnOfNames(most, task, omitted, deltas),
    ...warnOfNames(budget.end() ?? budget.time, task, cutShort, deltas),
  ];
}

const warnOfNames = (...about: Parameters<typeof warnOfLeft>): Warning[] =>
  about[2].length === 0 ? [] : [warnOfLeft(...about)];
