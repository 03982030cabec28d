import { topBenchmark } from '../compare/benchmark-id.ts';
import type { BenchmarkFailure, BenchmarkRow, Measurement, Sample } from '../compare/types.ts';
import { endingWhen } from './ending-when.ts';
import { type Binaries, type Measured, type Variant, allVariants } from './measured.ts';
import { type Batch, type Estimate, MS_PER_NS, planBatches } from './run-plan.ts';
import { chooseOverdueMs, exactPattern, runBenchmarks, type TestBinary } from './test-binary.ts';

/** How far a round has come. */
export type RoundProgress = {
  step: 'run';
  done: number;
  total: number;
  name: string;
  /** Milliseconds, as estimated. */
  leftMs: number;
};

/** Callbacks while a round runs. */
export type RoundCallbacks = {
  /** Whether the time for measuring is used up. Asked before each run and while it lasts. */
  isOver: () => boolean;
  onProgress: (progress: RoundProgress) => void;
};

type Round = {
  rows: Map<string, BenchmarkRow[]>;
  /** The wall time of one run of each benchmark, in milliseconds. */
  wallMs: Map<string, number>;
  failures: BenchmarkFailure[];
  inconsistent: Set<string>;
  /** Benchmarks whose run was ended because it took far longer than estimated, and others of the same function. */
  overdue: Set<string>;
  /** Whether it was ended because the time was over. */
  isCutShort: boolean;
};

/** Callbacks while a batch runs, and the end of the time for it. */
type Meanwhile = { onRow: (name: string) => void; until: AbortSignal };

/** Up to this N no estimate can be far wrong: only the operator's limit ends a run. */
const SURE_ITERATIONS = 10;

/**
 * Runs one batch of one variant. Only the rows of a process that ended normally count: a benchmark that ends the
 * process is recorded, and the others run again without it. A benchmark with neither a row nor a failure has vanished.
 */
async function runBatch(
  binary: TestBinary,
  batch: Batch,
  wanted: readonly string[],
  idleMs: number | undefined,
  meanwhile: Meanwhile,
): Promise<Round> {
  const round: Round = {
    rows: new Map(),
    wallMs: new Map(),
    failures: [],
    inconsistent: new Set(),
    overdue: new Set(),
    isCutShort: false,
  };
  let names = [...wanted];
  let allowedMs = idleMs;
  while (names.length > 0) {
    const run = await runBenchmarks(binary, {
      bench: exactPattern(names),
      skip: '',
      iterations: batch.iterations,
      repeats: batch.repeats,
      expectedMs: batch.expectedMs,
      idleMs: allowedMs,
      profile: false,
      ...meanwhile,
    });
    if (meanwhile.until.aborted && !run.isWhole) return { ...round, isCutShort: true };
    for (const [name, rows] of Map.groupBy(run.isWhole ? run.rows : [], (row) => row.name)) {
      if (rows.length !== batch.repeats) continue;
      round.rows.set(name, rows);
      round.wallMs.set(name, run.wallMs.get(name) ?? 0);
    }
    const isOverdue = ({ kind }: BenchmarkFailure): boolean =>
      allowedMs !== undefined && kind === 'timed-out';
    round.failures.push(...run.failures.filter((one) => !isOverdue(one)));
    const late = new Set(run.failures.filter(isOverdue).map(({ name }) => topBenchmark(name)));
    for (const name of names) if (late.has(topBenchmark(name))) round.overdue.add(name);
    for (const name of run.inconsistent) round.inconsistent.add(name);
    const failed = new Set([...run.failures.map((failure) => failure.name), ...round.overdue]);
    const rest = names.filter((name) => !round.rows.has(name) && !failed.has(name));
    if (rest.length === names.length && allowedMs !== undefined && run.outcome.ended === 'timed-out') {
      // It was ended before a benchmark began: TestMain can take longer than before.
      allowedMs = undefined;
      continue;
    }
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
 * The plan of a round: the number of processes per side, the repeats in each, and what becomes of the previous round,
 * which otherwise stays beside it. `isTrial`: the estimates have not been tried at this N, so a run that takes far longer
 * is ended.
 */
export type RoundPlan = {
  processes: number;
  repeats?: number;
  previous?: 'extended' | 'replaced';
  isTrial?: boolean;
};

/** Benchmarks of a round without results. */
export type WithoutResult = {
  /** The time was used up. */
  cutShort: string[];
  /** Their runs took far longer than estimated. */
  overdue: Map<string, Overdue>;
};

/** A run that was ended: its N, and the least milliseconds that an operation takes at this N. */
type Overdue = { iterations: number; opMs: number };

/**
 * Runs a batch on all variants in turn, each in its own processes, and appends the results to the benchmarks'
 * measurements. Appends nothing for benchmarks that it returns: all of them if the time was used up before all variants
 * had run.
 */
async function measureBatch(
  binaries: Binaries,
  batch: Batch,
  plan: RoundPlan,
  measured: ReadonlyMap<string, Measured>,
  meanwhile: Meanwhile,
): Promise<WithoutResult> {
  const rounds = new Map<Measurement, Record<string, Sample>>();
  const isTrial = plan.isTrial === true && batch.iterations > SURE_ITERATIONS;
  const overdue = new Map<string, Overdue>();
  const cutShort: WithoutResult = { cutShort: batch.names, overdue: new Map() };
  for (let time = 0; time < plan.processes; time += 1) {
    for (const variant of allVariants) {
      const binary = binaries[variant];
      if (!binary) continue;
      if (meanwhile.until.aborted) return cutShort;
      const names = batch.names.filter(
        (name) => measured.get(name)?.measurements[variant] && !overdue.has(name),
      );
      const idleMs = isTrial ? chooseOverdueMs(binary.limits, batch) : undefined;
      const round = await runBatch(binary, batch, names, idleMs, meanwhile);
      if (round.isCutShort) return cutShort;
      const { iterations } = batch;
      for (const name of round.overdue) overdue.set(name, { iterations, opMs: (idleMs ?? 0) / iterations });
      for (const name of names) {
        const entry = measured.get(name);
        if (entry && !overdue.has(name)) takeRound(entry, variant, name, round, rounds);
      }
    }
  }
  for (const name of overdue.keys()) {
    for (const one of Object.values(measured.get(name)?.measurements ?? {})) rounds.delete(one);
  }
  for (const [measurement, round] of rounds) {
    if (plan.previous === 'extended') extendRound(measurement, round);
    else measurement.rounds.splice(plan.previous === 'replaced' ? -1 : measurement.rounds.length, 1, round);
  }
  return { cutShort: [], overdue };
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
  { rows, wallMs, failures, inconsistent }: Round,
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
  const wall = wallMs.get(name) ?? 0;
  // A benchmark can suppress its time.
  const times = results.map(
    ({ values, iterations }) => (values['ns/op'] ?? wall / iterations / MS_PER_NS) * MS_PER_NS,
  );
  entry.observed[variant] = { opMs: Math.min(...times), wallMs: wall };
}

/**
 * Runs one round of some benchmarks, fast ones first. If the time is used up, the remaining ones are dropped and their
 * names returned. Those whose estimates were wrong in a trial are returned as well.
 */
export async function runRound(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  estimates: ReadonlyMap<string, Estimate>,
  plan: RoundPlan,
  choose: (name: string, estimate: Estimate) => number,
  { onProgress, isOver }: RoundCallbacks,
): Promise<WithoutResult> {
  const cost = ({ expectedMs, names }: Batch): number => expectedMs / names.length;
  const batches = planBatches(estimates, choose, plan.repeats).sort((a, b) => cost(a) - cost(b));
  const sides = allVariants.filter((variant) => binaries[variant]).length;
  let leftMs = batches.reduce((sum, { expectedMs }) => sum + expectedMs * sides * plan.processes, 0);
  let done = 0;
  const found: WithoutResult = { cutShort: [], overdue: new Map() };
  for (const batch of batches) {
    const tell = (name: string): void =>
      onProgress({ step: 'run', done, total: estimates.size, name, leftMs });
    tell(batch.names[0] ?? '');
    const { cutShort, overdue } = await endingWhen(isOver, (until) =>
      measureBatch(binaries, batch, plan, benchmarks, { until, onRow: tell }),
    );
    found.cutShort.push(...cutShort);
    for (const [one, run] of overdue) found.overdue.set(one, run);
    leftMs -= batch.expectedMs * sides * plan.processes;
    done += batch.names.length;
  }
  for (const name of found.cutShort) benchmarks.delete(name);
  return found;
}
