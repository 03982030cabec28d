/**
 * Chooses the number of iterations and repeats of a benchmark. Allocation counts need neither one second per run nor
 * ten runs, as timings do, but an N that is large enough for set-up work and amortised growth to fade.
 */

/**
 * The estimate of one benchmark from a first run, in milliseconds of wall time. `isTimed`: the benchmark's own
 * clock counts a good part of that time, so that a run by it cannot take very long. `quietMs`: how long its process was
 * silent outside of benchmarks: in TestMain, or in a benchmark before its first sub-benchmark.
 */
export type Estimate = { opMs: number; setUpMs: number; isTimed?: boolean; quietMs?: number };

/** Benchmarks that run in one process with the same N. `longestMs`, `quietMs`: the most of their estimates. */
export type Batch = {
  iterations: number;
  repeats: number;
  names: string[];
  expectedMs: number;
  longestMs: number;
  quietMs: number;
};

/** A shorter first iteration, with its set-up work, is mostly a cold start. */
export const COLD_START_MS = 5;
/**
 * If most of the wall time of a first iteration is untimed, it can be set-up work or untimed work in the loop; so many
 * iterations show which.
 */
export const UNSEEN_ITERATIONS = 10;

/** A benchmark is timed if its wall time is less than this many times its time by its own clock. */
const MOSTLY_TIMED = 10;

/** Whether a benchmark's own clock counts a good part of its wall time; both for the same work. */
export const isTimed = (timedMs: number, wallMs: number): boolean => wallMs < MOSTLY_TIMED * timedMs;

/** Whether a first iteration says little of an operation, because most of its wall time was untimed. */
export const isUnseen = ({ opMs, setUpMs }: Estimate): boolean =>
  opMs + setUpMs >= COLD_START_MS && opMs * UNSEEN_ITERATIONS < opMs + setUpMs;

/**
 * The estimate as long as there is no better one. An unseen operation may take long (a first iteration can do nothing at
 * all: `for i := 1; i < b.N; i++`), and a run with the N of one that takes no time might not end. So N is
 * `UNSEEN_ITERATIONS`.
 */
export const assumeOperation = (estimate: Estimate): Estimate =>
  isUnseen(estimate)
    ? { ...estimate, opMs: Math.max(estimate.opMs, (MAX_STRETCH * TARGET_RUN_MS) / UNSEEN_ITERATIONS) }
    : estimate;

/** `ns/op` in milliseconds, the unit of estimates. */
export const MS_PER_NS = 1e-6;

/** A screening run lasts about this long… */
export const TARGET_RUN_MS = 25;
/** …or up to ten times as long if that gets it to this N, from which counts rarely move. */
export const GOOD_ITERATIONS = 1000;
const MAX_STRETCH = 10;
const MAX_ITERATIONS = 1_000_000;
/** The least number of iterations. Lazy initialisation distorts a single iteration most. */
const MIN_ITERATIONS = 2;
const BETTER_ITERATIONS = 5;
const BETTER_RUN_MS = 1500;
/** The repeats of a run. The first repeat of a process can contain lazy initialisation and is left out. */
const REPEATS = 3;
/** A run that takes longer than this, including the set-up that Go repeats before it, is repeated less… */
const SLOW_RUN_MS = 1000;
const SLOW_REPEATS = 2;
/** …or not at all from this N on, where an allocation of some background goroutine no longer shows in an average. */
const SAFE_ITERATIONS = 100;
/** A benchmark whose shortest run takes longer than this is not measured. */
export const MAX_RUN_MS = 30_000;
/**
 * The number of processes per side. A difference counts only if all values of one side are above all of the other. If
 * each process has a constant value, this many are enough, together with that of screening and the two of the profiles…
 */
export const CONFIRMING_PROCESSES = 4;
/** …otherwise, this many more are needed: see `npm run bench:noise`. */
export const MORE_PROCESSES = 3;
/** The first repeat of a confirming run is left out; the next one counts. */
export const CONFIRMING_REPEATS = 2;
/** A confirming run lasts up to this long. */
const CONFIRM_RUN_MS = 100;
const CONFIRM_FACTOR = 10;
/** The largest batch. The argument with its names must stay far below the kernel's limit of 128 KiB. */
const MAX_BATCH_NAMES = 200;
/** The maximum number of characters of the names, each of which may need a backslash. */
const MAX_BATCH_LENGTH = 32 * 1024;

/**
 * The milliseconds that a batch may take on one side. When the time for measuring ends, the batch that runs is lost, and
 * starting another process takes a few hundredths of a second.
 */
const MAX_BATCH_MS = 10_000;

/** Whether a benchmark with this name fits into a batch. */
function fits(names: readonly string[], name: string): boolean {
  const length = names.reduce((sum, one) => sum + one.length, name.length);
  return names.length < MAX_BATCH_NAMES && length <= MAX_BATCH_LENGTH;
}

/** Splits names, in order, into lists that fit on one command line. */
export function splitNames(names: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (const name of names) {
    const last = batches.at(-1);
    if (last && fits(last, name)) last.push(name);
    else batches.push([name]);
  }
  return batches;
}

/** Whether a name fits on a command line at all. */
export function isNameable(name: string): boolean {
  return fits([], name);
}

/** The largest of 1, 2, 5, 10, 20, … that is not above `limit`. */
export function roundDown(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit));
  const digit = [5, 2, 1].find((candidate) => candidate * power <= limit) ?? 1;
  return digit * power;
}

/** The N for a screening run of about `targetMs`. */
export function chooseIterations(opMs: number, targetMs: number = TARGET_RUN_MS): number {
  const fitting = targetMs / Math.max(opMs, 1e-6);
  const stretched = Math.min(GOOD_ITERATIONS, fitting * MAX_STRETCH);
  const wanted = Math.min(Math.max(fitting, stretched), MAX_ITERATIONS);
  const least = BETTER_ITERATIONS * opMs <= BETTER_RUN_MS ? BETTER_ITERATIONS : MIN_ITERATIONS;
  return Math.max(roundDown(Math.max(wanted, 1)), least);
}

/**
 * The N for a history, which is kept for all later commits: a run of up to 0.1 s, so that events that happen once
 * per run (a pool that the garbage collector emptied, a goroutine that had to be created) are a small part of an
 * operation.
 */
export function chooseHistoryIterations(opMs: number): number {
  const fitting = roundDown(Math.max(CONFIRM_RUN_MS / Math.max(opMs, 1e-6), 1));
  return Math.max(chooseIterations(opMs), Math.min(fitting, MAX_ITERATIONS));
}

/** More iterations than this do not make counts more exact. */
const ENOUGH_ITERATIONS = 100_000;

/**
 * A benchmark whose single iteration takes at most this long, including set-up and cold start, gets this N
 * regardless of better estimates. A longer first iteration proves little; with a smaller N, objects that are
 * allocated in nearly every iteration would be rounded away.
 */
export const QUICK_MS = TARGET_RUN_MS / ENOUGH_ITERATIONS;

/** The N for a screening run of about `targetMs`, at most `ENOUGH_ITERATIONS`. */
export function chooseScreeningIterations(opMs: number, targetMs: number = TARGET_RUN_MS): number {
  return Math.min(chooseIterations(opMs, targetMs), ENOUGH_ITERATIONS);
}

/**
 * The N for the confirming round: ten times the first N if that takes up to 0.1 s and is not more than enough, and at
 * least twice the first.
 */
export function chooseConfirmingIterations(iterations: number, opMs: number): number {
  const fitting = roundDown(Math.max(CONFIRM_RUN_MS / Math.max(opMs, 1e-6), 1));
  return Math.max(Math.min(iterations * CONFIRM_FACTOR, fitting, ENOUGH_ITERATIONS), iterations * 2);
}

/** Go runs each repeat once with N = 1 before the run that counts. */
function runMs(estimate: Estimate, iterations: number): number {
  return 2 * estimate.setUpMs + (1 + iterations) * estimate.opMs;
}

/** The repeats in one process: three, or fewer if a run is slow. */
export function chooseRepeats(estimate: Estimate, iterations: number): number {
  if (runMs(estimate, iterations) <= SLOW_RUN_MS) return REPEATS;
  return iterations >= SAFE_ITERATIONS ? 1 : SLOW_REPEATS;
}

/** Whether even the shortest run of this benchmark takes too long. */
export function isTooSlow(estimate: Estimate): boolean {
  return runMs(estimate, MIN_ITERATIONS) > MAX_RUN_MS;
}

/** Groups benchmarks with the same number of iterations and repeats, in the order of their names. */
export function planBatches(
  estimates: ReadonlyMap<string, Estimate>,
  iterationsOf: (name: string, estimate: Estimate) => number,
  maxRepeats: number = REPEATS,
): Batch[] {
  const open = new Map<string, Batch>();
  const batches: Batch[] = [];
  for (const [name, estimate] of [...estimates].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const iterations = iterationsOf(name, estimate);
    const repeats = Math.min(chooseRepeats(estimate, iterations), maxRepeats);
    const key = `${iterations} ${repeats}`;
    const expectedMs = repeats * runMs(estimate, iterations);
    let batch = open.get(key);
    if (!batch || !fits(batch.names, name) || batch.expectedMs + expectedMs > MAX_BATCH_MS) {
      batch = { iterations, repeats, names: [], expectedMs: 0, longestMs: 0, quietMs: 0 };
      open.set(key, batch);
      batches.push(batch);
    }
    batch.names.push(name);
    batch.expectedMs += expectedMs;
    batch.longestMs = Math.max(batch.longestMs, runMs(estimate, iterations));
    batch.quietMs = Math.max(batch.quietMs, estimate.quietMs ?? 0);
  }
  return batches;
}
