/**
 * `npm run bench:noise [-- --trials N]`: how often a benchmark whose two sides are the same code would be claimed to have
 * changed. Families of noise as they were seen in public benchmarks give the counts, and the engine's own functions judge
 * them: screening, confirmation in as many processes as they ask for, and the profiles that a claim needs.
 */
import { parseArgs } from 'node:util';
import type { Measurement } from '../../src/compare/types.ts';
import {
  isMostlyWorse,
  judge,
  needsConfirmation,
  needsMoreProcesses,
  requireExplanation,
} from '../../src/compare/verdict.ts';
import {
  chooseConfirmingIterations,
  chooseScreeningIterations,
  CONFIRMING_PROCESSES,
  MORE_PROCESSES,
} from '../../src/go/run-plan.ts';

type Random = () => number;
/** One process: gives the average count of a run with N iterations. */
type Process = (iterations: number) => number;
type Family = { name: string; start: (random: Random) => Process };

const threshold = { increase: 64, percent: 10 };
/** What an operation takes, in milliseconds, which decides N: of the quickest benchmarks, and of usual ones. */
const DURATIONS = [20e-6, 0.01];
const PROFILES = { low: 20, high: 100 };

/** Numbers from 0 to below 1 (mulberry32 of Tommy Ettinger, public domain): an order of values must not lie on a lattice. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A normal deviate (Box and Muller 1958). */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Events of a rare kind in one run (Knuth's method; means are small). */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let product = random();
  let events = 0;
  while (product > limit) {
    product *= random();
    events += 1;
  }
  return events;
}

const families: readonly Family[] = [
  {
    name: 'a seed for each process, a few values',
    start: (random) => {
      const count = 56 + Math.round(normal(random));
      return () => count;
    },
  },
  {
    name: 'a seed for each process, two values',
    start: (random) => {
      const count = random() < 0.5 ? 56 : 57;
      return () => count;
    },
  },
  {
    name: 'a seed for each process, many values',
    start: (random) => {
      const count = 90 + 3 * normal(random);
      return () => count;
    },
  },
  { name: 'a pool that is emptied', start: (random) => (n) => 12 + poisson(random, 3) / Math.sqrt(n) },
  { name: 'goroutines', start: (random) => () => 40 + poisson(random, 0.4) },
  {
    name: 'goroutines that hang on the scheduler of a process',
    start: (random) => {
      const busy = random();
      return () => 40 + 3 * busy + 0.2 * normal(random);
    },
  },
  {
    name: 'lazy initialisation',
    start: (random) => {
      let left = 500 + Math.round(50 * normal(random));
      return (n) => {
        const count = 3 + left / n;
        left = 0;
        return count;
      };
    },
  },
  {
    name: 'growth with N, and a seed',
    start: (random) => {
      const offset = random();
      return (n) => 5 + Math.log2(n) / 2 + offset;
    },
  },
  { name: 'rare big allocations', start: (random) => (n) => 2 + (300 * poisson(random, n / 4000)) / n },
  {
    name: 'near a whole number',
    start: (random) => (n) => 3 - 0.2 / Math.sqrt(n) + (0.02 * normal(random)) / Math.sqrt(n),
  },
];

type Plan = { confirming: number; more: number; wantsProfile: boolean };
/** The N of both rounds. */
type Rounds = { first: number; second: number };

/** Two processes a side, as it was before. */
const before: Plan = { confirming: 2, more: 0, wantsProfile: false };
const now: Plan = { confirming: CONFIRMING_PROCESSES, more: MORE_PROCESSES, wantsProfile: true };

/** Values as Go prints them, cut to whole numbers; the first repeat of a process is left out. */
function runProcesses(family: Family, random: Random, processes: number, iterations: number): number[] {
  return Array.from({ length: processes }, () => {
    const run = family.start(random);
    run(iterations);
    return Math.floor(run(iterations));
  });
}

const startSide = (): Measurement => ({ package: 'm', name: 'BenchmarkX', rounds: [] });

function addRound(side: Measurement, iterations: number, values: number[]): void {
  side.rounds.push({ 'allocs/op': { iterations, values } });
}

/** What two profiles of processes of their own show per op. */
function profile(family: Family, random: Random): { objects: number; bytes: number } {
  const total = (n: number): number => family.start(random)(n) * n;
  const objects = (total(PROFILES.high) - total(PROFILES.low)) / (PROFILES.high - PROFILES.low);
  return { objects: Math.max(objects, 0), bytes: 0 };
}

/**
 * Of one benchmark whose sides are the same: whether a change is claimed, whether it is left undecided, which makes a review
 * neutral, and the processes that this took.
 */
type Outcome = { claimed: boolean; undecided: boolean; processes: number };

function reviewOnce(family: Family, random: Random, plan: Plan, { first, second }: Rounds): Outcome {
  const [base, head] = [startSide(), startSide()];
  const run = (iterations: number, processes: number): number[][] =>
    [base, head].map(() => runProcesses(family, random, processes, iterations));
  for (const [index, values] of run(first, 1).entries()) addRound([base, head][index] ?? base, first, values);
  if (!needsConfirmation(base, head, threshold)) return { claimed: false, undecided: false, processes: 2 };
  const confirming = run(second, plan.confirming);
  for (const [index, values] of confirming.entries()) addRound([base, head][index] ?? base, second, values);
  let processes = 2 + 2 * plan.confirming;
  if (plan.more > 0 && needsMoreProcesses(base, head, threshold)) {
    for (const [index, values] of run(second, plan.more).entries()) confirming[index]?.push(...values);
    processes += 2 * plan.more;
  }
  const delta = judge(base, head, threshold);
  const isClaim = delta.verdict === 'regression' || delta.verdict === 'improvement';
  const undecided =
    delta.verdict === 'noisy' &&
    isMostlyWorse(delta.samples.base['allocs/op'] ?? [], delta.samples.head['allocs/op'] ?? []);
  if (!isClaim || !plan.wantsProfile) return { claimed: isClaim, undecided, processes };
  const { verdict } = requireExplanation(delta, profile(family, random), profile(family, random));
  return { claimed: verdict === delta.verdict, undecided: false, processes: processes + 4 };
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(3)} %`;

function tally(family: Family, plan: Plan, rounds: Rounds, trials: number): Record<keyof Outcome, number> {
  const random = createRandom(1);
  const total = { claimed: 0, undecided: 0, processes: 0 };
  for (let trial = 0; trial < trials; trial += 1) {
    const { claimed, undecided, processes } = reviewOnce(family, random, plan, rounds);
    total.claimed += Number(claimed);
    total.undecided += Number(undecided);
    total.processes += processes;
  }
  return total;
}

const { values } = parseArgs({ options: { trials: { type: 'string', default: '100000' } } });
const trials = Number(values.trials);
for (const opMs of DURATIONS) {
  const first = chooseScreeningIterations(opMs);
  const rounds = { first, second: chooseConfirmingIterations(first, opMs) };
  console.log(`\nN = ${rounds.first}, then ${rounds.second}:\n`);
  console.log('| noise | claimed falsely with 2 a side | now | undecided | processes then | now |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const family of families) {
    const [then, today] = [tally(family, before, rounds, trials), tally(family, now, rounds, trials)];
    const cells = [
      family.name,
      percent(then.claimed, trials),
      percent(today.claimed, trials),
      percent(today.undecided, trials),
      (then.processes / trials).toFixed(1),
      (today.processes / trials).toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
