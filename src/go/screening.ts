import type { Binaries, Measured } from './measured.ts';
import { type RoundCallbacks, runRound } from './rounds.ts';
import { type Estimate, GOOD_ITERATIONS, roundDown } from './run-plan.ts';

/**
 * Runs the first round. The time of an operation can grow with N (a queue that fills up), so benchmarks whose run takes
 * far longer than estimated run again, with the smaller N that this time suggests. Returns the names of those for which
 * there was not enough time.
 */
export async function screenAll(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  estimates: ReadonlyMap<string, Estimate>,
  choose: (name: string, estimate: Estimate) => number,
  callbacks: RoundCallbacks,
): Promise<string[]> {
  const unscreened: string[] = [];
  let open = estimates;
  while (open.size > 0) {
    const plan = { processes: 1, isTrial: true };
    const { cutShort, overdue } = await runRound(binaries, benchmarks, open, plan, choose, callbacks);
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

/** A first round counts as too short if this many times its N would have fitted into it… */
const TOO_SHORT = 4;
/**
 * …and it is repeated at most this often, each time with up to this many times the N, and never so that a run could take
 * longer than this, whatever part of its wall time grows with N.
 */
const MOST_REPEATS = 3;
const MOST_GROWTH = 100;
const LONGEST_MS = 2000;
/** The same limit if only the benchmark's own clock says that a longer run would fit. */
const LONGEST_UNTIMED_MS = 1000;
/** Work in the loop makes the wall time grow with N; set-up work and a busy machine add less than this share of it. */
const GROWING_SHARE = 0.5;

/**
 * The estimate by the last round: of the slowest variant, which may take a hundred times as long as the others. Where
 * the benchmark's own clock says little, the wall time counts, which contains the set-up work.
 */
export function estimateFromRound({ measurements, estimate, observed }: Measured): Estimate {
  const iterations = iterationsOf(measurements);
  const times = Object.values(observed).map(({ opMs, wallMs }) =>
    estimate.isTimed ? opMs : Math.max(opMs, wallMs / iterations),
  );
  return times.length === 0 ? estimate : { ...estimate, opMs: Math.max(...times) };
}

/** If so many iterations were too many, a longer run has at most this share of them. */
const SHARE_OF_TOO_MANY = 1 / 50;

/** The largest N for a longer run of a benchmark; Infinity if no run took far longer than estimated. */
export const mostIterations = ({ tooManyIterations }: Measured): number =>
  tooManyIterations * SHARE_OF_TOO_MANY;

/** The longest wall time of the last round's runs, in milliseconds. */
const wallOf = ({ observed }: Measured): number =>
  Math.max(...Object.values(observed).map(({ wallMs }) => wallMs));

/**
 * The N of a longer first round; null if the last one was long enough. Wall time that the benchmark's own clock does not
 * count may be untimed work in the loop, so N is then only tried up to `GOOD_ITERATIONS`.
 */
function chooseLonger(measured: Measured, choose: (estimate: Estimate) => number): number | null {
  const { measurements, observed, estimate } = measured;
  const now = iterationsOf(measurements);
  const timedMs = Math.max(...Object.values(observed).map(({ opMs }) => opMs));
  const byWall = choose(estimateFromRound(measured));
  const byClock = Math.min(choose({ ...estimate, opMs: timedMs }), GOOD_ITERATIONS);
  const wanted = estimate.isTimed ? byWall : Math.max(byWall, byClock);
  const longestMs = wanted > byWall ? LONGEST_UNTIMED_MS : LONGEST_MS;
  const growing = now * Math.min(MOST_GROWTH, longestMs / wallOf(measured));
  const most = Math.min(growing, mostIterations(measured));
  const iterations = roundDown(Math.max(1, Math.min(wanted, most)));
  return iterations < TOO_SHORT * now ? null : iterations;
}

/**
 * Repeats the first round of benchmarks for which it was too short. On a busy machine estimates can be a thousand times
 * too high; then N is so small that an allocation in nearly every iteration is rounded away. If the time is used up, the
 * shorter round counts.
 */
export async function screenLonger(
  binaries: Binaries,
  benchmarks: Map<string, Measured>,
  choose: (name: string, estimate: Estimate) => number,
  callbacks: RoundCallbacks,
): Promise<void> {
  for (let time = 0; time < MOST_REPEATS && !callbacks.isOver(); time += 1) {
    const estimates = new Map<string, Estimate>();
    const chosen = new Map<string, number>();
    /** The wall time of one iteration in the shorter round. */
    const shorter = new Map<string, number>();
    const before = new Map(benchmarks);
    for (const [name, measured] of benchmarks) {
      const longer = chooseLonger(measured, (estimate) => choose(name, estimate));
      if (longer === null) continue;
      estimates.set(name, estimateFromRound(measured));
      chosen.set(name, longer);
      shorter.set(name, wallOf(measured) / iterationsOf(measured.measurements));
    }
    if (chosen.size === 0) return;
    const plan = { processes: 1, previous: 'replaced', isTrial: true } as const;
    const findN = (name: string): number => chosen.get(name) ?? 1;
    const { cutShort, overdue } = await runRound(binaries, benchmarks, estimates, plan, findN, callbacks);
    for (const name of cutShort) {
      const measured = before.get(name);
      if (measured) benchmarks.set(name, measured);
    }
    for (const [name, { iterations }] of overdue) {
      const measured = benchmarks.get(name);
      if (measured) measured.tooManyIterations = iterations;
    }
    for (const [name, wallMs] of shorter) {
      const measured = benchmarks.get(name);
      if (!measured || overdue.has(name)) continue;
      const isGrowing = wallOf(measured) / iterationsOf(measured.measurements) > wallMs * GROWING_SHARE;
      if (!isGrowing) measured.estimate = { ...measured.estimate, isTimed: true };
    }
  }
}

/** The N of a benchmark's first round. */
export function iterationsOf(measurements: Measured['measurements']): number {
  const [measurement] = Object.values(measurements);
  return Object.values(measurement?.rounds[0] ?? {})[0]?.iterations ?? 1;
}
