import { topBenchmark } from '../compare/benchmark-id.ts';
import { endingWhen } from './ending-when.ts';
import {
  COLD_START_MS,
  assumeOperation,
  type Estimate,
  isTimed,
  isUnseen,
  MS_PER_NS,
  planBatches,
  QUICK_MS,
  splitNames,
  UNSEEN_ITERATIONS,
} from './run-plan.ts';
import {
  type BenchRun,
  chooseOverdueMs,
  exactPattern,
  runBenchmarks,
  type TestBinary,
} from './test-binary.ts';

/** A benchmark whose first iteration was mostly a cold start is estimated again at a larger N. */
const REFINE_ITERATIONS = 100;
/**
 * The number of repeats: a pause of the machine looks like untimed work in the loop, but rarely happens three times in
 * a row.
 */
const REFINE_REPEATS = 3;
/** Longer set-up work is not repeated for a better estimate. */
const REFINE_UNSEEN_BELOW_MS = 2000;

/** A second look takes so many iterations, or fewer if it would be longer than this by the first one. */
const LOOK_AGAIN_ITERATIONS = 10;
const LOOK_AGAIN_MS = 2000;

const chooseToLookAgain = ({ opMs }: Estimate): number =>
  Math.max(1, Math.min(LOOK_AGAIN_ITERATIONS, Math.floor(LOOK_AGAIN_MS / opMs)));

/** The share of untimed work in the wall time of the first run. */
const UNTIMED_SHARE = 1 / 3;

function refinement(estimate: Estimate): number | null {
  const wall = estimate.opMs + estimate.setUpMs;
  if (wall <= QUICK_MS) return null;
  if (wall < COLD_START_MS) return REFINE_ITERATIONS;
  return isUnseen(estimate) && wall < REFINE_UNSEEN_BELOW_MS ? UNSEEN_ITERATIONS : null;
}

/**
 * Estimates benchmarks again: a pause of the machine looks like a slow operation, but rarely happens twice. The time of
 * several iterations is an upper bound for one, including set-up work, so an estimate can only become smaller. `choose`:
 * how many iterations; more of them show shorter operations. When it is late, the other estimates stay.
 */
export async function lookAgain(
  binary: TestBinary,
  estimates: ReadonlyMap<string, Estimate>,
  isLate: () => boolean,
  choose: (estimate: Estimate) => number = chooseToLookAgain,
): Promise<Map<string, Estimate>> {
  const corrected = new Map(estimates);
  return endingWhen(isLate, async (until) => {
    const batches = planBatches(estimates, (_, one) => choose(one), 1);
    for (const batch of batches) {
      let open: readonly string[] = batch.names;
      while (open.length > 0 && !until.aborted) {
        const run = await runBenchmarks(binary, {
          bench: exactPattern(open),
          skip: '',
          iterations: batch.iterations,
          repeats: 1,
          expectedMs: batch.expectedMs,
          idleMs: chooseOverdueMs(binary.limits, batch),
          profile: false,
          until,
        });
        for (const [name, wallMs] of run.wallMs) {
          const known = estimates.get(name);
          if (!known) continue;
          // Delayed lines arrive together, and then no time seems to pass between them. The benchmark's own clock is a
          // lower bound.
          const opMs = Math.max(wallMs / batch.iterations, timedMs(run, name));
          corrected.set(name, { ...known, opMs: Math.min(known.opMs, opMs) });
        }
        open = listRest(open, run);
      }
    }
    return corrected;
  });
}

/** Milliseconds per operation by the benchmark's own clock, the least of its rows; 0 if it reports none. */
function timedMs({ rows }: BenchRun, name: string): number {
  const times = rows.filter((row) => row.name === name).map(({ values }) => values['ns/op'] ?? 0);
  return times.length === 0 ? 0 : Math.min(...times) * MS_PER_NS;
}

/**
 * Better estimates for benchmarks whose single iteration is not representative. Failures here happen again when
 * measuring, and a run that takes far longer than one iteration suggests is ended. When it is late, the other estimates
 * stay: one iteration seems slower than many, so N is only smaller.
 */
export async function refineEstimates(
  binary: TestBinary,
  estimates: ReadonlyMap<string, Estimate>,
  isLate: () => boolean,
): Promise<Map<string, Estimate>> {
  const refined = new Map([...estimates].map(([name, estimate]) => [name, assumeOperation(estimate)]));
  const looks = [
    { iterations: REFINE_ITERATIONS, repeats: REFINE_REPEATS },
    { iterations: UNSEEN_ITERATIONS, repeats: 1 },
  ].flatMap((look) => {
    const chosen = [...estimates].filter(([, estimate]) => refinement(estimate) === look.iterations);
    return splitNames(chosen.map(([name]) => name)).map((names) => ({ ...look, names }));
  });
  return endingWhen(isLate, async (until) => {
    for (const { iterations, repeats, names } of looks) {
      let open: readonly string[] = names;
      while (open.length > 0 && !until.aborted) {
        // Each run contains Go's first run with N = 1.
        const known = open.flatMap((name) => estimates.get(name) ?? []);
        const each = known.map(({ opMs, setUpMs }) => iterations * opMs + 2 * setUpMs);
        const quietMs = Math.max(0, ...known.map((one) => one.quietMs ?? 0));
        const run = await runBenchmarks(binary, {
          bench: exactPattern(open),
          skip: '',
          iterations,
          repeats,
          expectedMs: each.reduce((sum, one) => sum + one, 0),
          idleMs: chooseOverdueMs(binary.limits, { longestMs: Math.max(0, ...each), quietMs }),
          profile: false,
          until,
        });
        for (const [name, estimate] of refineFrom(run, estimates, iterations)) refined.set(name, estimate);
        open = listRest(open, run);
      }
    }
    return refined;
  });
}

/**
 * The benchmarks that a run did not reach because one of them ended it, without the others of its function; empty if it
 * was none of them.
 */
function listRest(names: readonly string[], { crashed, rows }: BenchRun): string[] {
  if (crashed === null) return [];
  const done = new Set(rows.map(({ name }) => name));
  const rest = names.filter((name) => !done.has(name) && topBenchmark(name) !== topBenchmark(crashed));
  return rest.length < names.length ? rest : [];
}

/** The estimates from a longer run. */
function refineFrom(
  run: BenchRun,
  estimates: ReadonlyMap<string, Estimate>,
  iterations: number,
): Map<string, Estimate> {
  const refined = new Map<string, Estimate>();
  for (const [name, rows] of Map.groupBy(run.rows, (row) => row.name)) {
    const first = estimates.get(name);
    if (!first) continue;
    const firstWall = first.opMs + first.setUpMs;
    const wall = run.wallMs.get(name) ?? 0;
    const timed =
      Math.min(...rows.map(({ values }) => values['ns/op'] ?? wall / iterations / MS_PER_NS)) * MS_PER_NS;
    // Go runs N = 1 first, so this wall time contains the set-up work twice; the rest is the loop, timed or not. Less
    // than a third of the first run per iteration is not untimed work in the loop, but noise of the set-up work.
    const perIteration = (wall - 2 * firstWall) / iterations;
    const untimed = perIteration > firstWall * UNTIMED_SHARE ? perIteration : 0;
    refined.set(name, {
      ...first,
      opMs: Math.max(timed, untimed),
      isTimed: isTimed(timed, untimed),
    });
  }
  return refined;
}
