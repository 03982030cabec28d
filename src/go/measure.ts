import type { Selection } from './discovery.ts';
import {
  type Discovered,
  discoverAll,
  type DiscoveryProgress,
  dropUnfinished,
  estimateAll,
  keepFirst,
} from './estimates.ts';
import { type Binaries, type Measured, type Variant, type VariantFailure, VARIANTS } from './measured.ts';
import { type RoundPlan, type RoundProgress, runRound } from './rounds.ts';
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
  roundDown,
  TARGET_RUN_MS,
} from './run-plan.ts';

export type PackageMeasurement = {
  benchmarks: Map<string, Measured>;
  /** Binaries that gave no results, with their last lines. */
  problems: { variant: Variant; lines: string[] }[];
  /** Benchmarks that gave no result in the first run. */
  failures: VariantFailure[];
  /** The number of benchmarks beyond `maxBenchmarks`. */
  omitted: number;
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
  const having = VARIANTS.filter((variant) => found[variant]?.estimates.has(name));
  const measurements = Object.fromEntries(
    having.map((variant) => [variant, { package: binaries[variant]?.package ?? '', name, rounds: [] }]),
  );
  return {
    measurements,
    failures: [],
    inconsistent: [],
    estimate,
    tooManyIterations: Infinity,
    observed: {},
  };
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
  const failures = VARIANTS.flatMap((variant) =>
    (found[variant]?.failures ?? []).map((failure) => ({ variant, failure })),
  );
  const benchmarks = new Map<string, Measured>();
  for (const [name, estimate] of estimates) {
    if (isTooSlow(estimate)) {
      const variant = VARIANTS.find((one) => found[one]?.estimates.has(name)) ?? 'head';
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
  const problems = VARIANTS.flatMap((variant) => {
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
    VARIANTS.filter((variant) => found[variant]?.estimates.has(name));
  const sides = VARIANTS.filter((variant) => binaries[variant]).length;
  return {
    batches,
    estimates,
    variants: new Map([...estimates.keys()].map((name) => [name, variantsOf(name)])),
    expectedMs: batches.reduce((sum, { expectedMs }) => sum + expectedMs * sides, 0),
  };
}

/**
 * Runs the first round. The time of an operation can grow with N (a queue that fills up), so benchmarks whose run takes
 * far longer than estimated run again, with the smaller N that this time suggests. Returns the names of those for which
 * there was not enough time.
 */
async function screenAll(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  estimates: ReadonlyMap<string, Estimate>,
  choose: (name: string, estimate: Estimate) => number,
  options: MeasureOptions,
): Promise<string[]> {
  const unscreened: string[] = [];
  let open = estimates;
  while (open.size > 0) {
    const plan = { processes: 1, isTrial: true };
    const { cutShort, overdue } = await runRound(binaries, benchmarks, open, plan, choose, options);
    unscreened.push(...cutShort);
    const next = new Map<string, Estimate>();
    for (const [name, { iterations, opMs }] of overdue) {
      const measured = benchmarks.get(name);
      if (!measured) continue;
      measured.tooManyIterations = iterations;
      measured.estimate = { ...measured.estimate, opMs: Math.max(measured.estimate.opMs, opMs) };
      next.set(name, measured.estimate);
    }
    open = next;
  }
  return unscreened;
}

/** A first round counts as too short if so many times its N would have fitted into it… */
const TOO_SHORT = 4;
/**
 * …and it is repeated at most so often, each time with up to so many times the N, and never so that a run could take
 * longer than this, whatever of its wall time grows with N.
 */
const MOST_REPEATS = 3;
const MOST_GROWTH = 10;
const LONGEST_MS = 2000;

/**
 * The estimate by the last round: of the slowest variant, which may take a hundred times as long as the others. Where
 * the benchmark's own clock says little, the wall time counts, which contains the set-up work.
 */
function estimateFromRound({ measurements, estimate, observed }: Measured): Estimate {
  const iterations = iterationsOf(measurements);
  const times = Object.values(observed).map(({ opMs, wallMs }) =>
    estimate.isTimed ? opMs : Math.max(opMs, wallMs / iterations),
  );
  return times.length === 0 ? estimate : { ...estimate, opMs: Math.max(...times) };
}

/** If so many iterations were too many, a longer run has at most this share of them. */
const SHARE_OF_TOO_MANY = 1 / 50;

/** The N of a longer first round, `wanted` at most; null if the last one was long enough. */
function chooseLonger(measured: Measured, wanted: number): number | null {
  const { measurements, observed, tooManyIterations } = measured;
  const wallMs = Math.max(...Object.values(observed).map((run) => run.wallMs));
  const now = iterationsOf(measurements);
  const growing = now * Math.min(MOST_GROWTH, LONGEST_MS / wallMs);
  const most = Math.min(growing, tooManyIterations * SHARE_OF_TOO_MANY);
  const iterations = roundDown(Math.max(1, Math.min(wanted, most)));
  return iterations < TOO_SHORT * now ? null : iterations;
}

/**
 * Repeats the first round of benchmarks for which it was too short. On a busy machine estimates can be a thousand times
 * too high; then N is so small that an allocation in nearly every iteration is rounded away. If the time is used up, the
 * shorter round counts.
 */
async function screenLonger(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  choose: (name: string, estimate: Estimate) => number,
  options: MeasureOptions,
): Promise<void> {
  for (let time = 0; time < MOST_REPEATS && !options.isOver(); time += 1) {
    const estimates = new Map<string, Estimate>();
    const chosen = new Map<string, number>();
    const before = new Map(benchmarks);
    for (const [name, measured] of benchmarks) {
      const estimate = estimateFromRound(measured);
      const longer = chooseLonger(measured, choose(name, estimate));
      if (longer === null) continue;
      estimates.set(name, estimate);
      chosen.set(name, longer);
    }
    if (chosen.size === 0) return;
    const plan = { processes: 1, previous: 'replaced', isTrial: true } as const;
    const findN = (name: string): number => chosen.get(name) ?? 1;
    const { cutShort, overdue } = await runRound(binaries, benchmarks, estimates, plan, findN, options);
    for (const name of cutShort) {
      const measured = before.get(name);
      if (measured) benchmarks.set(name, measured);
    }
    for (const [name, { iterations }] of overdue) {
      const measured = benchmarks.get(name);
      if (measured) measured.tooManyIterations = iterations;
    }
  }
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
      const most = Math.max(measured.tooManyIterations * SHARE_OF_TOO_MANY, 2 * first);
      return [name, Math.min(iterations, most)];
    }),
  );
  const run = async (entries: readonly [string, Measured][], plan: RoundPlan): Promise<string[]> => {
    const estimates = new Map(entries.map(([name, { estimate }]) => [name, estimate]));
    const findN = (name: string): number => chosen.get(name) ?? 1;
    return (await runRound(binaries, benchmarks, estimates, plan, findN, options)).cutShort;
  };
  const unconfirmed = await run(doubtful, { processes: CONFIRMING_PROCESSES, repeats: CONFIRMING_REPEATS });
  const confirmed = doubtful.filter(([name]) => benchmarks.has(name));
  const unsure = confirmed.filter(([, measured]) => options.needsMoreProcesses(measured));
  const plan = { processes: MORE_PROCESSES, repeats: CONFIRMING_REPEATS, previous: 'extended' } as const;
  return [...unconfirmed, ...(await run(unsure, plan))];
}

/** The N of a benchmark's first round. */
function iterationsOf(measurements: Measured['measurements']): number {
  const [measurement] = Object.values(measurements);
  return Object.values(measurement?.rounds[0] ?? {})[0]?.iterations ?? 1;
}
