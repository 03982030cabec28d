import type { BenchmarkFailure, BenchmarkRow, Measurement, Sample } from '../compare/types.ts';
import {
  type Discovery,
  discoverBenchmarks,
  lookAgain,
  refineEstimates,
  type Selection,
} from './discovery.ts';
import {
  type Batch,
  chooseConfirmingIterations,
  chooseIterations,
  CONFIRMING_PROCESSES,
  CONFIRMING_REPEATS,
  MORE_PROCESSES,
  type Estimate,
  isTooSlow,
  MS_PER_NS,
  planBatches,
  TARGET_RUN_MS,
} from './run-plan.ts';
import { exactPattern, runBenchmarks, type TestBinary } from './test-binary.ts';

/** The test binaries of one package that can be compared: both sides and, if tests changed, the two crosses. */
export type Variant = 'base' | 'head' | 'headCode' | 'baseCode';

export type Binaries = Partial<Record<Variant, TestBinary>>;

/**
 * One benchmark with the results of its variants. A variant is missing if it does not have the benchmark or gave no
 * result.
 */
export type Measured = {
  measurements: Partial<Record<Variant, Measurement>>;
  failures: VariantFailure[];
  /** Variants whose output contained surplus or contradicting result lines for this benchmark. */
  inconsistent: Variant[];
  estimate: Estimate;
};

type VariantFailure = { variant: Variant; failure: BenchmarkFailure };

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
  /** What was to be measured. */
  screening: Screening;
  /** Benchmarks that `leaveOut` chose. Sorted. */
  leftOut: string[];
};

/** What the first round of a package is to measure, and what that takes. */
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
type MeasureProgress =
  | { step: 'discover' }
  | {
      step: 'run';
      done: number;
      total: number;
      name: string;
      /** Milliseconds, as estimated. */
      leftMs: number;
    };

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
  /** Chooses benchmarks that need not be measured; asked once, before the first round. */
  leaveOut: (screening: Screening) => Promise<ReadonlySet<string>>;
  onProgress: (progress: MeasureProgress) => void;
};

const VARIANTS: readonly Variant[] = ['base', 'headCode', 'head', 'baseCode'];
/**
 * The approximate time for all screening runs of one package. If there are very many benchmarks, each gets a shorter
 * run.
 */
const PACKAGE_BUDGET_MS = 60_000;
const MIN_TARGET_MS = 2;
const RUNS_PER_SCREENING = 6;

type Round = { rows: Map<string, BenchmarkRow[]>; failures: BenchmarkFailure[]; inconsistent: Set<string> };

/**
 * Runs one batch of one variant. Only the rows of a process that ended normally count: a benchmark that ends the
 * process is recorded, and the others run again without it. A benchmark with neither a row nor a failure has vanished.
 */
async function runBatch(
  binary: TestBinary,
  batch: Batch,
  wanted: readonly string[],
  onRow: (name: string) => void,
): Promise<Round> {
  const round: Round = { rows: new Map(), failures: [], inconsistent: new Set() };
  let names = [...wanted];
  while (names.length > 0) {
    const run = await runBenchmarks(binary, {
      bench: exactPattern(names),
      skip: '',
      iterations: batch.iterations,
      repeats: batch.repeats,
      expectedMs: batch.expectedMs,
      profile: false,
      onRow,
    });
    for (const [name, rows] of Map.groupBy(run.isWhole ? run.rows : [], (row) => row.name)) {
      if (rows.length === batch.repeats) round.rows.set(name, rows);
    }
    round.failures.push(...run.failures);
    for (const name of run.inconsistent) round.inconsistent.add(name);
    const failed = new Set(run.failures.map((failure) => failure.name));
    const rest = names.filter((name) => !round.rows.has(name) && !failed.has(name));
    if (run.isWhole || rest.length === names.length) {
      const detail = run.isWhole ? '' : run.outcome.tail.join('\n');
      round.failures.push(...rest.map((name): BenchmarkFailure => ({ name, kind: 'vanished', detail })));
      break;
    }
    names = rest;
  }
  return round;
}

/** The first repeat can contain lazy initialisation (16, 2, 2) and is left out if there are others. */
function appendRows(round: Record<string, Sample>, rows: readonly BenchmarkRow[]): void {
  for (const row of rows.length > 1 ? rows.slice(1) : rows) {
    for (const [unit, value] of Object.entries(row.values)) {
      const sample = (round[unit] ??= { iterations: row.iterations, values: [] });
      sample.values.push(value);
    }
  }
}

/**
 * The plan of a round: the number of processes per side, the repeats in each, and whether it extends the previous
 * round.
 */
type RoundPlan = { processes: number; repeats?: number; extends?: boolean };

/** Callbacks while a batch runs. */
type Meanwhile = Pick<MeasureOptions, 'isOver'> & { onRow: (name: string) => void };

/**
 * Runs a batch on all variants in turn, each in its own processes, and appends the results to the benchmarks'
 * measurements. Returns false, and appends nothing, if the time was used up before all variants had run.
 */
async function measureBatch(
  binaries: Binaries,
  batch: Batch,
  plan: RoundPlan,
  measured: ReadonlyMap<string, Measured>,
  { isOver, onRow }: Meanwhile,
): Promise<boolean> {
  const rounds = new Map<Measurement, Record<string, Sample>>();
  for (let time = 0; time < plan.processes; time += 1) {
    for (const variant of VARIANTS) {
      const binary = binaries[variant];
      if (!binary) continue;
      if (isOver()) return false;
      const names = batch.names.filter((name) => measured.get(name)?.measurements[variant]);
      const round = await runBatch(binary, batch, names, onRow);
      for (const name of names) {
        const entry = measured.get(name);
        if (entry) takeRound(entry, variant, name, round, rounds);
      }
    }
  }
  for (const [measurement, round] of rounds) {
    if (plan.extends) extendRound(measurement, round);
    else measurement.rounds.push(round);
  }
  return true;
}

/** Adds the values of more processes to the last round, which had the same number of iterations. */
function extendRound({ rounds }: Measurement, more: Record<string, Sample>): void {
  for (const [unit, sample] of Object.entries(rounds.at(-1) ?? {})) {
    sample.values.push(...(more[unit]?.values ?? []));
  }
}

function takeRound(
  entry: Measured,
  variant: Variant,
  name: string,
  { rows, failures, inconsistent }: Round,
  rounds: Map<Measurement, Record<string, Sample>>,
): void {
  if (inconsistent.has(name) && !entry.inconsistent.includes(variant)) entry.inconsistent.push(variant);
  const failure = failures.find((one) => one.name === name);
  if (failure) entry.failures.push({ variant, failure });
  const measurement = entry.measurements[variant];
  const results = rows.get(name);
  if (!measurement) return;
  if (!results) {
    delete entry.measurements[variant];
    rounds.delete(measurement);
    return;
  }
  const round = rounds.get(measurement) ?? {};
  rounds.set(measurement, round);
  appendRows(round, results);
}

type Discovered = Partial<Record<Variant, Discovery>>;

/** Discovers the benchmarks of several binaries at the same time, because these first runs do not count. */
async function discoverAll(binaries: Binaries, { selection }: MeasureOptions): Promise<Discovered> {
  const found: Discovered = {};
  const discover = async (variant: Variant): Promise<void> => {
    const binary = binaries[variant];
    if (binary) found[variant] = await discoverBenchmarks(binary, selection);
  };
  await Promise.all(VARIANTS.map((variant) => discover(variant)));
  return found;
}

type Estimates = Map<string, Estimate>;

/** If one side seems slower by this factor, the reason may be the machine. */
const MUCH_SLOWER = 3;

/** Checks again the estimates of one side that exceed those of the other by far. */
async function checkSlower(
  binary: TestBinary | undefined,
  own: Estimates,
  other: Estimates,
): Promise<Estimates> {
  const isDoubtful = ([name, { opMs }]: [string, Estimate]): boolean =>
    opMs > MUCH_SLOWER * (other.get(name)?.opMs ?? Infinity);
  const doubtful = [...own].filter(isDoubtful);
  return binary && doubtful.length > 0 ? lookAgain(binary, new Map(doubtful)) : new Map();
}

function slowestOf(base: Estimates, head: Estimates): Estimates {
  const slowest = new Map(base);
  for (const [name, estimate] of head) {
    const known = slowest.get(name);
    if (!known || known.opMs < estimate.opMs) slowest.set(name, estimate);
  }
  return slowest;
}

/**
 * The estimates for all benchmarks. All variants must run the same N, so the slowest decides: code that allocates more
 * may take a thousand times as long. Only base and head are estimated, because a cross runs the code of one of them.
 */
async function estimateAll(binaries: Binaries, found: Discovered): Promise<Map<string, Estimate>> {
  const refine = async (variant: Variant, isWanted: (name: string) => boolean): Promise<Estimates> => {
    const binary = binaries[variant];
    const wanted = [...(found[variant]?.estimates ?? [])].filter(([name]) => isWanted(name));
    return binary && wanted.length > 0 ? refineEstimates(binary, new Map(wanted)) : new Map();
  };
  const base = await refine('base', () => true);
  const head = await refine('head', () => true);
  const estimates = slowestOf(
    new Map([...base, ...(await checkSlower(binaries.base, base, head))]),
    new Map([...head, ...(await checkSlower(binaries.head, head, base))]),
  );
  for (const variant of ['headCode', 'baseCode'] as const) {
    for (const [name, estimate] of await refine(variant, (one) => !estimates.has(one)))
      estimates.set(name, estimate);
  }
  return estimates;
}

/** Keeps only the first benchmarks, the same on all sides. Returns the number of dropped ones. */
function keepFirst(found: Discovered, most: number): number {
  const names = new Set(VARIANTS.flatMap((variant) => [...(found[variant]?.estimates.keys() ?? [])]));
  const dropped = [...names].slice(most);
  for (const name of dropped) for (const variant of VARIANTS) found[variant]?.estimates.delete(name);
  return dropped.length;
}

function startMeasured(binaries: Binaries, found: Discovered, name: string, estimate: Estimate): Measured {
  const having = VARIANTS.filter((variant) => found[variant]?.estimates.has(name));
  const measurements = Object.fromEntries(
    having.map((variant) => [variant, { package: binaries[variant]?.package ?? '', name, rounds: [] }]),
  );
  return { measurements, failures: [], inconsistent: [], estimate };
}

/**
 * Measures the benchmarks of one package on all given binaries in turn, with the same N. A first round screens all of
 * them. Those without a clear result get a second, longer round.
 */
export async function measurePackageBenchmarks(
  binaries: Binaries,
  options: MeasureOptions,
): Promise<PackageMeasurement> {
  options.onProgress({ step: 'discover' });
  const found = await discoverAll(binaries, options);
  const omitted = keepFirst(found, options.maxBenchmarks);
  const estimates = await estimateAll(binaries, found);
  const failures = VARIANTS.flatMap((variant) =>
    (found[variant]?.failures ?? []).map((failure) => ({ variant, failure })),
  );
  const benchmarks = new Map<string, Measured>();
  for (const [name, estimate] of estimates) {
    if (isTooSlow(estimate)) {
      const variant = VARIANTS.find((one) => found[one]?.estimates.has(name)) ?? 'head';
      failures.push({ variant, failure: { name, kind: 'timed-out', detail: '' } });
      estimates.delete(name);
    } else {
      benchmarks.set(name, startMeasured(binaries, found, name, estimate));
    }
  }
  const share = PACKAGE_BUDGET_MS / (RUNS_PER_SCREENING * Math.max(estimates.size, 1));
  const target = Math.max(Math.min(TARGET_RUN_MS, share), MIN_TARGET_MS);
  const screen = (_: string, { opMs }: Estimate): number => chooseIterations(opMs, target);
  const screening = describeScreening(binaries, found, planBatches(estimates, screen), new Map(estimates));
  const leftOut = [...(await options.leaveOut(screening))].sort();
  for (const name of leftOut) {
    benchmarks.delete(name);
    estimates.delete(name);
  }
  const unscreened = await runRound(binaries, benchmarks, estimates, { processes: 1 }, screen, options);
  const unconfirmed = await confirm(binaries, benchmarks, options);
  const problems = VARIANTS.flatMap((variant) => {
    const lines = found[variant]?.problem;
    return lines ? [{ variant, lines }] : [];
  });
  const cutShort = [...unscreened, ...unconfirmed].sort();
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
 * Runs benchmarks without a clear result at a larger N, in as many processes as needed. Returns the names of those for
 * which there was not enough time.
 */
async function confirm(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  options: MeasureOptions,
): Promise<string[]> {
  const doubtful = [...benchmarks].filter(([, measured]) => options.needsConfirmation(measured));
  for (const [, measured] of doubtful) measured.estimate = slowestEstimate(measured);
  const chosen = new Map(
    doubtful.map(([name, measured]) => {
      const { opMs } = measured.estimate;
      return [name, chooseConfirmingIterations(iterationsOf(measured), opMs)];
    }),
  );
  const run = async (entries: readonly [string, Measured][], plan: RoundPlan): Promise<string[]> => {
    const estimates = new Map(entries.map(([name, { estimate }]) => [name, estimate]));
    return runRound(binaries, benchmarks, estimates, plan, (name) => chosen.get(name) ?? 1, options);
  };
  const unconfirmed = await run(doubtful, { processes: CONFIRMING_PROCESSES, repeats: CONFIRMING_REPEATS });
  const confirmed = doubtful.filter(([name]) => benchmarks.has(name));
  const unsure = confirmed.filter(([, measured]) => options.needsMoreProcesses(measured));
  const plan = { processes: MORE_PROCESSES, repeats: CONFIRMING_REPEATS, extends: true };
  return [...unconfirmed, ...(await run(unsure, plan))];
}

/** The estimate came from one variant, and a variant that allocates more may take a hundred times as long. */
function slowestEstimate({ measurements, estimate }: Measured): Estimate {
  const times = Object.values(measurements).flatMap(({ rounds }) => rounds.at(-1)?.['ns/op']?.values ?? []);
  return { ...estimate, opMs: Math.max(estimate.opMs, ...times.map((time) => time * MS_PER_NS)) };
}

/** The N of a benchmark's first round. */
function iterationsOf({ measurements }: Measured): number {
  const [measurement] = Object.values(measurements);
  return Object.values(measurement?.rounds[0] ?? {})[0]?.iterations ?? 1;
}

/**
 * Runs one round of some benchmarks, fast ones first. If the time is used up, the remaining ones are dropped and their
 * names returned.
 */
async function runRound(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  estimates: ReadonlyMap<string, Estimate>,
  plan: RoundPlan,
  choose: (name: string, estimate: Estimate) => number,
  { onProgress, isOver }: MeasureOptions,
): Promise<string[]> {
  const cost = ({ expectedMs, names }: Batch): number => expectedMs / names.length;
  const batches = planBatches(estimates, choose, plan.repeats).sort((a, b) => cost(a) - cost(b));
  const sides = VARIANTS.filter((variant) => binaries[variant]).length;
  let leftMs = batches.reduce((sum, { expectedMs }) => sum + expectedMs * sides * plan.processes, 0);
  let done = 0;
  const cutShort: string[] = [];
  for (const batch of batches) {
    const tell = (name: string): void =>
      onProgress({ step: 'run', done, total: estimates.size, name, leftMs });
    tell(batch.names[0] ?? '');
    const isDone = await measureBatch(binaries, batch, plan, benchmarks, { isOver, onRow: tell });
    if (!isDone) cutShort.push(...batch.names);
    leftMs -= batch.expectedMs * sides * plan.processes;
    done += batch.names.length;
  }
  for (const name of cutShort) benchmarks.delete(name);
  return cutShort;
}
