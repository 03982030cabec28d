import type { BenchmarkFailure } from '../compare/types.ts';
import { type Estimate, isNameable, MS_PER_NS, splitNames } from './run-plan.ts';
import { type BenchRun, exactPattern, runBenchmarks, type TestBinary } from './test-binary.ts';

/** Regular expressions as `go test -bench` and `-skip` have them; '' skips nothing. */
export type Selection = { run: string; skip: string };

export type Discovery = {
  /** Every benchmark that gave a result at N = 1, by name. */
  estimates: Map<string, Estimate>;
  failures: BenchmarkFailure[];
  /** Why the whole binary said nothing useful (TestMain failed, …); null when it ran. */
  problem: string[] | null;
};

/** After so many benchmarks that end the whole process the rest of the package is given up. */
const MAX_CRASHES = 20;
/** Characters; the kernel takes 128 KiB of UTF-8 in one argument. */
const MAX_SKIP_LENGTH = 40 * 1024;
/** A benchmark faster than this is looked at again at a larger N: its first iteration is mostly cold start. */
const REFINE_BELOW_MS = 5;
const REFINE_ITERATIONS = 100;
/** A pause of the machine would pass for untimed work in the loop; it hardly comes three times in a row. */
const REFINE_REPEATS = 3;
/** One whose wall time is mostly untimed may be set-up or untimed work in the loop; a few iterations tell. */
const REFINE_UNTIMED_BELOW_MS = 2000;
const REFINE_UNTIMED_ITERATIONS = 10;

const LOOK_AGAIN_ITERATIONS = 10;

/** Share of the first look's wall time. */
const UNTIMED_SHARE = 1 / 3;

function joinPatterns(...patterns: string[]): string {
  return patterns.filter((pattern) => pattern !== '').join('|');
}

function topLevel(name: string): string {
  return name.split('/', 1)[0] ?? name;
}

/** What to skip so that the next run gets past the benchmark that ended this one. */
function crashPattern(run: BenchRun, crashed: string): string {
  const finished = run.rows.some((row) => row.name === crashed);
  return exactPattern([finished ? topLevel(crashed) : crashed]);
}

/**
 * Whether a run shows no benchmark although there should be one: its TestMain ended it, with whatever status, or all are
 * asked for and none is there.
 */
function saysNothing(run: BenchRun, { run: pattern, skip }: Selection): boolean {
  const isSilent = run.rows.length === 0 && run.failures.length === 0;
  const wantsAll = pattern === '.' && skip === '';
  return isSilent && (run.outcome.exitCode !== 0 || !run.isWhole || wantsAll);
}

/** Finds a binary's benchmarks by running each once; those that end the process are recorded and passed over. */
export async function discoverBenchmarks(binary: TestBinary, selection: Selection): Promise<Discovery> {
  const found: Discovery = { estimates: new Map(), failures: [], problem: null };
  let skip = selection.skip;
  for (let crashes = 0; crashes <= MAX_CRASHES; crashes += 1) {
    const run = await runBenchmarks(binary, {
      bench: selection.run,
      skip,
      iterations: 1,
      repeats: 1,
      expectedMs: 0,
      profile: false,
    });
    for (const row of run.rows) {
      if (!isNameable(row.name)) {
        found.failures.push({ name: row.name, kind: 'unreadable', detail: 'its name is too long' });
        continue;
      }
      const time = row.values['ns/op'];
      const wall = run.wallMs.get(row.name) ?? (time ?? 0) * MS_PER_NS;
      // A benchmark may suppress its time.
      const opMs = time === undefined ? wall : time * MS_PER_NS;
      found.estimates.set(row.name, { opMs, setUpMs: Math.max(wall - opMs, 0) });
    }
    found.failures.push(...run.failures);
    if (run.crashed === null) {
      if (saysNothing(run, selection)) found.problem = run.outcome.tail;
      break;
    }
    const done = [...run.rows, ...run.failures].map(({ name }) => name);
    skip = joinPatterns(skip, crashPattern(run, run.crashed), exactPattern(done));
    if (skip.length > MAX_SKIP_LENGTH) {
      found.problem = run.outcome.tail;
      break;
    }
  }
  return found;
}

function refinement(estimate: Estimate): number | null {
  const wall = estimate.opMs + estimate.setUpMs;
  if (wall < REFINE_BELOW_MS) return REFINE_ITERATIONS;
  const mostlyUntimed = estimate.opMs * REFINE_UNTIMED_ITERATIONS < wall;
  return mostlyUntimed && wall < REFINE_UNTIMED_BELOW_MS ? REFINE_UNTIMED_ITERATIONS : null;
}

/**
 * Looks again at benchmarks that seemed slow: a pause of the machine passes for a slow operation, but hardly twice. What
 * ten iterations take bounds what one takes, set-up included; an estimate only ever gets smaller.
 */
export async function lookAgain(
  binary: TestBinary,
  estimates: ReadonlyMap<string, Estimate>,
): Promise<Map<string, Estimate>> {
  const corrected = new Map(estimates);
  for (const names of splitNames([...estimates.keys()])) {
    const chosen = names.flatMap((name) => estimates.get(name) ?? []);
    const run = await runBenchmarks(binary, {
      bench: exactPattern(names),
      skip: '',
      iterations: LOOK_AGAIN_ITERATIONS,
      repeats: 1,
      expectedMs: expectTime(chosen, LOOK_AGAIN_ITERATIONS),
      profile: false,
    });
    for (const [name, wallMs] of run.wallMs) {
      const known = estimates.get(name);
      if (!known) continue;
      // Lines that arrive late arrive together, and then no time seems to lie between them; the benchmark's own clock knows.
      const opMs = Math.max(wallMs / LOOK_AGAIN_ITERATIONS, timedMs(run, name));
      corrected.set(name, { ...known, opMs: Math.min(known.opMs, opMs) });
    }
  }
  return corrected;
}

/** Milliseconds per operation by the benchmark's own clock, the least of its rows; 0 where it shows none. */
function timedMs({ rows }: BenchRun, name: string): number {
  const times = rows.filter((row) => row.name === name).map(({ values }) => values['ns/op'] ?? 0);
  return times.length === 0 ? 0 : Math.min(...times) * MS_PER_NS;
}

/** Milliseconds for a run of these benchmarks, the one with N = 1 that Go begins with included. */
function expectTime(estimates: readonly Estimate[], iterations: number): number {
  return estimates.reduce((sum, { opMs, setUpMs }) => sum + iterations * opMs + 2 * setUpMs, 0);
}

/** Better estimates for benchmarks whose single iteration said little. Failures here show up again when measuring. */
export async function refineEstimates(
  binary: TestBinary,
  estimates: ReadonlyMap<string, Estimate>,
): Promise<Map<string, Estimate>> {
  const refined = new Map(estimates);
  const looks = [
    { iterations: REFINE_ITERATIONS, repeats: REFINE_REPEATS },
    { iterations: REFINE_UNTIMED_ITERATIONS, repeats: 1 },
  ];
  for (const { iterations, repeats } of looks) {
    const chosen = [...estimates].filter(([, estimate]) => refinement(estimate) === iterations);
    for (const names of splitNames(chosen.map(([name]) => name))) {
      const run = await runBenchmarks(binary, {
        bench: exactPattern(names),
        skip: '',
        iterations,
        repeats,
        expectedMs: expectTime(
          names.flatMap((name) => estimates.get(name) ?? []),
          iterations,
        ),
        profile: false,
      });
      for (const [name, estimate] of refineFrom(run, estimates, iterations)) refined.set(name, estimate);
    }
  }
  return refined;
}

/** What a longer run says of the benchmarks in it. */
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
    // Go runs N = 1 first: twice the set-up is in this wall time, the rest is the loop, timed or not. Less than a
    // third of the first look per iteration is no untimed work in the loop but the noise of the set-up.
    const perIteration = (wall - 2 * firstWall) / iterations;
    const untimed = perIteration > firstWall * UNTIMED_SHARE ? perIteration : 0;
    refined.set(name, { opMs: Math.max(timed, untimed), setUpMs: first.setUpMs });
  }
  return refined;
}
