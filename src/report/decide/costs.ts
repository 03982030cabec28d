import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Amount } from '../../compare/types.ts';
import type { AffectedBenchmark } from '../../rules/types.ts';
import type { ReportFinding } from '../model/schema.ts';
import type { Review } from '../model/review.ts';

/** Profiles are averages: past two decimals they say nothing and would differ from run to run. */
export const roundAverage = (value: number): number => Math.round(value * 100) / 100;

/** An amount and nothing else that the object may hold. */
export const copyAmount = ({ base, head, delta }: Amount): Amount => ({ base, head, delta });

/** Whether a single finding explains a benchmark's regression. */
function isOnlyFinding(benchmark: AffectedBenchmark, { findings }: Review): boolean {
  const id = benchmarkId(benchmark);
  return (
    findings.filter(({ benchmarks }) => benchmarks.some((other) => benchmarkId(other) === id)).length === 1
  );
}

/**
 * What a finding adds to one of its benchmarks. A profile counts tiny objects by the 16-byte block that they share, so
 * its shares are approximate. A benchmark with a single finding has nothing to share out: its own, measured difference
 * is what the finding costs.
 */
export function planCost(benchmark: AffectedBenchmark, review: Review): ReportFinding['costs'][number] {
  const { allocsPerOp, bytesPerOp } = benchmark;
  const isOnly = isOnlyFinding(benchmark, review);
  return {
    package: benchmark.package,
    name: benchmark.name,
    addedAllocsPerOp: (isOnly ? allocsPerOp.delta : null) ?? roundAverage(benchmark.addedObjects),
    addedBytesPerOp: (isOnly ? bytesPerOp.delta : null) ?? roundAverage(benchmark.addedBytes),
    allocsPerOp: copyAmount(allocsPerOp),
    bytesPerOp: copyAmount(bytesPerOp),
  };
}
