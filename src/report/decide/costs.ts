import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Amount } from '../../compare/types.ts';
import type { AffectedBenchmark } from '../../rules/types.ts';
import type { ReportFinding } from '../model/schema.ts';
import type { Review } from '../model/review.ts';
import { indexOf } from './review-index.ts';

/** Rounds to two decimals: profiles are averages, and further digits differ from run to run. */
export const roundAverage = (value: number): number => Math.round(value * 100) / 100;

/** Copies an amount without other properties of the object. */
export const copyAmount = ({ base, head, delta }: Amount): Amount => ({ base, head, delta });

/** What all findings add to one benchmark, this one's part in it included. */
function listShares({ package: path, name }: AffectedBenchmark, review: Review): AffectedBenchmark[] {
  const id = benchmarkId({ package: path, name });
  const findings = indexOf(review).findingsOf.get(id) ?? [];
  return findings.flatMap(({ benchmarks }) => benchmarks.filter((other) => benchmarkId(other) === id));
}

/**
 * One share of a measured difference. The only share is the whole. Shares that exceed the difference together are cut in
 * proportion: the benchmark says how much was added, the profile only where.
 */
function shareOf(own: number, all: readonly number[], difference: number | null): number {
  if (all.length === 1 && difference !== null) return difference;
  const total = all.reduce((sum, one) => sum + Math.max(one, 0), 0);
  const isTooMuch = difference !== null && difference >= 0 && own > 0 && total > difference;
  return roundAverage(isTooMuch ? (own / total) * difference : own);
}

/**
 * What a finding adds to one of its benchmarks. A profile counts tiny objects by the 16-byte block that they share, and
 * runs at another number of iterations, so its shares are approximate.
 */
export function planCost(benchmark: AffectedBenchmark, review: Review): ReportFinding['costs'][number] {
  const { allocsPerOp, bytesPerOp } = benchmark;
  const shares = listShares(benchmark, review);
  const objects = shares.map(({ addedObjects }) => addedObjects);
  const bytes = shares.map(({ addedBytes }) => addedBytes);
  return {
    package: benchmark.package,
    name: benchmark.name,
    addedAllocsPerOp: shareOf(benchmark.addedObjects, objects, allocsPerOp.delta),
    addedBytesPerOp: shareOf(benchmark.addedBytes, bytes, bytesPerOp.delta),
    allocsPerOp: copyAmount(allocsPerOp),
    bytesPerOp: copyAmount(bytesPerOp),
  };
}
