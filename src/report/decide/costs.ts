import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Amount } from '../../compare/types.ts';
import type { AffectedBenchmark } from '../../rules/types.ts';
import type { ReportFinding } from '../model/schema.ts';
import type { Review } from '../model/review.ts';
import { indexOf } from './review-index.ts';

/** Rounds to two decimals: profiles are averages, and further digits differ from run to run. */
export const roundAverage = (value: number): number => Math.round(value * 100) / 100;

/** The sums of a benchmark that no finding of the review names. */
const noShares = { count: 0, objects: 0, bytes: 0 };

/** Copies an amount without other properties of the object. */
export const copyAmount = ({ base, head, delta }: Amount): Amount => ({ base, head, delta });

/**
 * One finding's share of a benchmark's measured difference. The only finding of a benchmark has all of it. Shares that
 * together exceed the difference are cut in proportion, because the benchmark shows how much was added, and the profile
 * only where.
 */
function shareOf(own: number, all: { count: number; total: number }, difference: number | null): number {
  if (all.count === 1 && difference !== null) return difference;
  const isTooMuch = difference !== null && difference >= 0 && own > 0 && all.total > difference;
  return roundAverage(isTooMuch ? (own / all.total) * difference : own);
}

/**
 * What a finding adds to one of its benchmarks. A profile counts tiny objects by the 16-byte block that they share, and
 * runs at another number of iterations, so its shares are approximate.
 */
export function planCost(benchmark: AffectedBenchmark, review: Review): ReportFinding['costs'][number] {
  const { allocsPerOp, bytesPerOp } = benchmark;
  const { count, objects, bytes } = indexOf(review).sharesOf.get(benchmarkId(benchmark)) ?? noShares;
  return {
    package: benchmark.package,
    name: benchmark.name,
    addedAllocsPerOp: shareOf(benchmark.addedObjects, { count, total: objects }, allocsPerOp.delta),
    addedBytesPerOp: shareOf(benchmark.addedBytes, { count, total: bytes }, bytesPerOp.delta),
    allocsPerOp: copyAmount(allocsPerOp),
    bytesPerOp: copyAmount(bytesPerOp),
  };
}
