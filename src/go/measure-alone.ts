import { type HistoryPoint, isSure, toPoint } from '../compare/history-point.ts';
import type { BenchmarkFailure } from '../compare/types.ts';
import { discoverBenchmarks, type Selection } from './discovery.ts';
import type { DiscoveryProgress } from './estimates.ts';
import { createMeasured, type Measured } from './measured.ts';
import { lookAgain, refineEstimates } from './refine.ts';
import { type RoundPlan, type RoundProgress, runRound } from './rounds.ts';
import { chooseHistoryIterations, chooseIterations, type Estimate, isTooSlow } from './run-plan.ts';
import type { TestBinary } from './test-binary.ts';

/** The benchmarks of one test binary, measured without a second side. */
export type AloneResult = {
  points: HistoryPoint[];
  failures: BenchmarkFailure[];
  /** Why the whole binary gave no result, as its last lines; null if it ran. */
  problem: string[] | null;
  /** Whether each benchmark of the selection has a point or a failure. */
  isWhole: boolean;
};

export type AloneOptions = {
  selection: Selection;
  /** The maximum number of benchmarks to measure. */
  maxBenchmarks: number;
  /** The N of an earlier point of the benchmark, so that both can be compared; undefined: there is none. */
  findIterations: (name: string) => number | undefined;
  /**
   * Whether runs of the benchmark disagreed for another commit. Then runs that agree may do so by chance (goroutines,
   * pools that the garbage collector empties), and more of them are needed.
   */
  hasVaried: (name: string) => boolean;
  /** Benchmarks whose point is known already. */
  isKnown: (name: string) => boolean;
  /** Whether the time for measuring is used up. Called before each run. */
  isOver: () => boolean;
  onProgress: (progress: DiscoveryProgress | RoundProgress) => void;
};

/** If each of this many processes gives the same value, the value counts as exact… */
const PROCESSES = 3;
/** …otherwise this many more show its range. */
const MORE_PROCESSES = 3;
/** The first repeat of a process can contain lazy initialisation, and is left out. */
const REPEATS = 2;
/** An earlier N that would make a run longer than this is not used again: the benchmark has become much slower. */
const LONGEST_RUN_MS = 20_000;

/** Before an earlier N is given up, the benchmark runs for about this long… */
const DOUBT_RUN_MS = 500;
/** …so many times: a machine can be busy for a while. */
const MOST_LOOKS = 3;

const isTooLong = (known: number, { opMs }: Estimate): boolean => known * opMs > LONGEST_RUN_MS;

function chooseN(known: number | undefined, estimate: Estimate): number {
  return known !== undefined && !isTooLong(known, estimate) ? known : chooseHistoryIterations(estimate.opMs);
}

/**
 * The N of a history is kept for good, and the estimates of a busy machine can be a thousand times too high. So they are
 * checked where they decide: for a benchmark without an earlier N by a run as long as it should last, and before an
 * earlier N is given up.
 */
async function checkEstimates(
  binary: TestBinary,
  estimates: ReadonlyMap<string, Estimate>,
  findKnown: (name: string) => number | undefined,
  isOver: () => boolean,
): Promise<Map<string, Estimate>> {
  const isUsable = ([, estimate]: [string, Estimate]): boolean => !isTooSlow(estimate);
  const fresh = [...estimates].filter((one) => isUsable(one) && findKnown(one[0]) === undefined);
  const checked = new Map([
    ...estimates,
    ...(await lookAgain(binary, new Map(fresh), isOver, ({ opMs }) => chooseIterations(opMs))),
  ]);
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const doubtful = [...checked].filter((one) => isUsable(one) && isTooLong(findKnown(one[0]) ?? 0, one[1]));
    if (doubtful.length === 0) break;
    const again = await lookAgain(binary, new Map(doubtful), isOver, ({ opMs }) =>
      chooseIterations(opMs, DOUBT_RUN_MS),
    );
    for (const [name, estimate] of again) checked.set(name, estimate);
  }
  return checked;
}

function startMeasured(binary: TestBinary, name: string, estimate: Estimate): Measured {
  return createMeasured({ head: { package: binary.package, name, rounds: [] } }, estimate);
}

const pointOf = ({ measurements: { head } }: Measured): HistoryPoint | null =>
  head === undefined ? null : toPoint(head);

/**
 * Measures the benchmarks of one test binary in several processes, each at one N. Never throws because of what the
 * benchmarks do.
 */
export async function measureAlone(binary: TestBinary, options: AloneOptions): Promise<AloneResult> {
  const { selection, maxBenchmarks, findIterations, hasVaried, isKnown, isOver, onProgress } = options;
  let seen = 0;
  const onRow = (name: string): void => {
    seen += 1;
    onProgress({ step: 'discover', found: seen, name });
  };
  onProgress({ step: 'discover', found: 0, name: null });
  const found = await discoverBenchmarks(binary, selection, { onRow, isLate: isOver });
  const failures = [...found.failures];
  const wanted = [...found.estimates].filter(([name]) => !isKnown(name));
  const first = await refineEstimates(binary, new Map(wanted.slice(0, maxBenchmarks)), isOver);
  const estimates = await checkEstimates(binary, first, findIterations, isOver);
  const benchmarks = new Map<string, Measured>();
  for (const [name, estimate] of estimates) {
    if (isTooSlow(estimate)) {
      failures.push({ name, kind: 'too-slow', detail: '' });
      estimates.delete(name);
    } else {
      benchmarks.set(name, startMeasured(binary, name, estimate));
    }
  }
  const choose = (name: string, estimate: Estimate): number => chooseN(findIterations(name), estimate);
  const run = async (
    names: ReadonlyMap<string, Estimate>,
    processes: number,
    extend: boolean,
  ): Promise<string[]> => {
    const plan: RoundPlan = { processes, repeats: REPEATS, ...(extend && { previous: 'extended' }) };
    const callbacks = { isOver, onProgress };
    return (await runRound({ head: binary }, benchmarks, names, plan, choose, callbacks)).cutShort;
  };
  const cutShort = await run(estimates, PROCESSES, false);
  const unsure = [...benchmarks].filter(([name, one]) => {
    const point = pointOf(one);
    return point !== null && (hasVaried(name) || !isSure(point));
  });
  cutShort.push(
    ...(await run(new Map(unsure.map(([name, one]) => [name, one.estimate])), MORE_PROCESSES, true)),
  );
  const points: HistoryPoint[] = [];
  for (const [name, one] of benchmarks) {
    const point = one.inconsistent.length > 0 ? null : pointOf(one);
    if (point !== null) points.push(point);
    else failures.push(one.failures[0]?.failure ?? { name, kind: 'vanished', detail: '' });
  }
  const isCut = found.unfinished.size > 0 || cutShort.length > 0;
  const isWhole = !isCut && wanted.length <= maxBenchmarks && !isOver();
  return { points, failures, problem: found.problem, isWhole };
}
