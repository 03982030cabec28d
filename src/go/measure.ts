import type { Selection } from './discovery.ts';
import {
  type Discovered,
  discoverAll,
  type DiscoveryProgress,
  dropUnfinished,
  estimateAll,
  keepFirst,
} from './estimates.ts';
import {
  type Binaries,
  createMeasured,
  type Measured,
  type Variant,
  type VariantFailure,
  allVariants,
} from './measured.ts';
import { type RoundPlan, type RoundProgress, runRound, type WithoutResult } from './rounds.ts';
import { estimateFromRound, iterationsOf, mostIterations, screenAll, screenLonger } from './screening.ts';
import {
  type Batch,
  chooseConfirmingIterations,
  chooseScreeningIterations,
  CONFIRMING_PROCESSES,
  CONFIRMING_REPEATS,
  type Estimate,
  isTooSlow,
  MORE_PROCESSES,
  planBatches,
  TARGET_RUN_MS,
} from './run-plan.ts';

export type PackageMeasurement = {
  benchmarks: Map<string, Measured>;
  /** Binaries that gave no results, with their last lines. */
  problems: { variant: Variant; lines: string[] }[];
  /** Benchmarks that gave no result in the first run. */
  failures: VariantFailure[];
  /** The benchmarks beyond `maxBenchmarks`. */
  omitted: string[];
  /** Benchmarks without a result because the time was used up. Sorted. */
  cutShort: string[];
  /** The benchmarks of the first round. */
  screening: Screening;
  /** Benchmarks that `leaveOut` chose. Sorted. */
  leftOut: string[];
};

/** The benchmarks of a package's first round, and how long it takes. */
export type Screening = {
  /** Names by batch; those of one batch run with the same N. */
  batches: readonly Batch[];
  estimates: ReadonlyMap<string, Estimate>;
  /** The variants that have each benchmark. */
  variants: ReadonlyMap<string, readonly Variant[]>;
  /** Milliseconds for all batches on all variants. */
  expectedMs: number;
};

/** The progress of measuring one package. */
type MeasureProgress = DiscoveryProgress | RoundProgress;

export type MeasureOptions = {
  selection: Selection;
  /** The maximum number of benchmarks to measure. */
  maxBenchmarks: number;
  /** Whether one round is not enough for a verdict. */
  needsConfirmation: (measured: Measured) => boolean;
  /** Whether a verdict would be based on runs that disagree. */
  needsMoreProcesses: (measured: Measured) => boolean;
  /** Whether the time for measuring is used up. Called before each run. */
  isOver: () => boolean;
  /** Whether there is too little time left to discover more benchmarks, or to improve their estimates. */
  isLate: (step: 'discover' | 'estimate') => boolean;
  /** Chooses benchmarks that need not be measured; asked once, before the first round. */
  leaveOut: (screening: Screening) => Promise<ReadonlySet<string>>;
  onProgress: (progress: MeasureProgress) => void;
};

/**
 * The approximate time for all screening runs of one package. If there are very many benchmarks, each gets a shorter
 * run.
 */
const PACKAGE_BUDGET_MS = 60_000;
const MIN_TARGET_MS = 2;
const RUNS_PER_SCREENING = 6;

function startMeasured(binaries: Binaries, found: Discovered, name: string, estimate: Estimate): Measured {
  const having = allVariants.filter((variant) => found[variant]?.estimates.has(name));
  const measurements = Object.fromEntries(
    having.map((variant) => [variant, { package: binaries[variant]?.package ?? '', name, rounds: [] }]),
  );
  return createMeasured(measurements, estimate);
}

/**
 * Measures the benchmarks of one package on all given binaries in turn, with the same N. A first round screens all of
 * them. Those without a clear result get a second, longer round.
 */
export async function measurePackageBenchmarks(
  binaries: Binaries,
  options: MeasureOptions,
): Promise<PackageMeasurement> {
  options.onProgress({ step: 'discover', found: 0, name: null });
  const found = await discoverAll(binaries, { ...options, isLate: () => options.isLate('discover') });
  const unfinished = dropUnfinished(found);
  const omitted = keepFirst(found, options.maxBenchmarks);
  const estimates = await estimateAll(binaries, found, () => options.isLate('estimate'));
  const failures = allVariants.flatMap((variant) =>
    (found[variant]?.failures ?? []).map((failure) => ({ variant, failure })),
  );
  const benchmarks = new Map<string, Measured>();
  for (const [name, estimate] of estimates) {
    if (isTooSlow(estimate)) {
      const variant = allVariants.find((one) => found[one]?.estimates.has(name)) ?? 'head';
      failures.push({ variant, failure: { name, kind: 'too-slow', detail: '' } });
      estimates.delete(name);
    } else {
      benchmarks.set(name, startMeasured(binaries, found, name, estimate));
    }
  }
  const share = PACKAGE_BUDGET_MS / (RUNS_PER_SCREENING * Math.max(estimates.size, 1));
  const target = Math.max(Math.min(TARGET_RUN_MS, share), MIN_TARGET_MS);
  const screen = (_: string, { opMs }: Estimate): number => chooseScreeningIterations(opMs, target);
  const screening = describeScreening(binaries, found, planBatches(estimates, screen), new Map(estimates));
  const leftOut = [...(await options.leaveOut(screening))].sort();
  for (const name of leftOut) {
    benchmarks.delete(name);
    estimates.delete(name);
  }
  const unscreened = await screenAll(binaries, benchmarks, estimates, screen, options);
  await screenLonger(binaries, benchmarks, screen, options);
  const unconfirmed = await confirm(binaries, benchmarks, options);
  const problems = allVariants.flatMap((variant) => {
    const lines = found[variant]?.problem;
    return lines ? [{ variant, lines }] : [];
  });
  const cutShort = [...unfinished, ...unscreened, ...unconfirmed].sort();
  return { benchmarks, problems, failures, omitted, cutShort, screening, leftOut };
}

function describeScreening(
  binaries: Binaries,
  found: Discovered,
  batches: readonly Batch[],
  estimates: ReadonlyMap<string, Estimate>,
): Screening {
  const variantsOf = (name: string): Variant[] =>
    allVariants.filter((variant) => found[variant]?.estimates.has(name));
  const sides = allVariants.filter((variant) => binaries[variant]).length;
  return {
    batches,
    estimates,
    variants: new Map([...estimates.keys()].map((name) => [name, variantsOf(name)])),
    expectedMs: batches.reduce((sum, { expectedMs }) => sum + expectedMs * sides, 0),
  };
}

/**
 * Runs benchmarks without a clear result at a larger N, in as many processes as needed. Returns the names of those for
 * which there was not enough time.
 */
async function confirm(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  options: MeasureOptions,
): Promise<string[]> {
  const doubtful = [...benchmarks].filter(([, measured]) => options.needsConfirmation(measured));
  for (const [, measured] of doubtful) measured.estimate = estimateFromRound(measured);
  const chosen = new Map(
    doubtful.map(([name, measured]) => {
      const first = iterationsOf(measured.measurements);
      const iterations = chooseConfirmingIterations(first, measured.estimate.opMs);
      const most = Math.max(mostIterations(measured), 2 * first);
      return [name, Math.min(iterations, most)];
    }),
  );
  const run = (entries: readonly [string, Measured][], plan: RoundPlan): Promise<WithoutResult> => {
    const estimates = new Map(entries.map(([name, { estimate }]) => [name, estimate]));
    const findN = (name: string): number => chosen.get(name) ?? 1;
    return runRound(binaries, benchmarks, estimates, plan, findN, options);
  };
  const confirming = { processes: CONFIRMING_PROCESSES, repeats: CONFIRMING_REPEATS };
  const { cutShort, overdue } = await run(doubtful, { ...confirming, isTrial: true });
  // If so many iterations take far too long, twice the first N must do.
  const late = doubtful.filter(([name]) => overdue.has(name));
  for (const [name, measured] of late) chosen.set(name, 2 * iterationsOf(measured.measurements));
  const unconfirmed = [...cutShort, ...(await run(late, confirming)).cutShort];
  const confirmed = doubtful.filter(([name]) => benchmarks.has(name));
  const unsure = confirmed.filter(([, measured]) => options.needsMoreProcesses(measured));
  const plan = { processes: MORE_PROCESSES, repeats: CONFIRMING_REPEATS, previous: 'extended' } as const;
  return [...unconfirmed, ...(await run(unsure, plan)).cutShort];
}
