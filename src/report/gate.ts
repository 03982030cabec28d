import picomatch from 'picomatch';
import type { Amount, Delta } from '../compare/types.ts';
import type { Config } from '../config/schema.ts';
import type { Finding } from '../rules/types.ts';
import type { Review } from './types.ts';
import type { Report } from './schema.ts';

type Measured = { package: string; name: string; allocsPerOp: Amount; bytesPerOp: Amount };
type Thresholds = { allocs: { increase: number }; bytes: { increase: number; percent: number } };

/** A benchmark's name over all packages: `example.com/m/pkg.BenchmarkX/sub`. */
export function benchmarkId(benchmark: { package: string; name: string }): string {
  return `${benchmark.package}.${benchmark.name}`;
}

/** What holds for one benchmark: the general thresholds, and key by key the last override whose glob fits. */
export function findThresholds(id: string, config: Config): Thresholds {
  const { allocs, bytes, overrides } = config.thresholds;
  const thresholds = { allocs: { ...allocs }, bytes: { ...bytes } };
  for (const override of overrides) {
    // The machine's path separator must not matter, and a benchmark's name may begin with a dot.
    if (!picomatch.isMatch(id, override.benchmark, { windows: false, dot: true, nonegate: true })) continue;
    thresholds.allocs.increase = override.allocs?.increase ?? thresholds.allocs.increase;
    thresholds.bytes.increase = override.bytes?.increase ?? thresholds.bytes.increase;
    thresholds.bytes.percent = override.bytes?.percent ?? thresholds.bytes.percent;
  }
  return thresholds;
}

/** Percent of growth; from nothing to something is endless growth. */
function percentOf({ base, delta }: Amount): number {
  if (base === null || delta === null) return 0;
  return base === 0 ? Number.POSITIVE_INFINITY : (delta / base) * 100;
}

/** Whether a benchmark's allocations, or its bytes both in number and in percent, grew by the threshold or more. */
export function exceedsThreshold(benchmark: Measured, config: Config): boolean {
  const { allocs, bytes } = findThresholds(benchmarkId(benchmark), config);
  if ((benchmark.allocsPerOp.delta ?? 0) >= allocs.increase) return true;
  return (
    (benchmark.bytesPerOp.delta ?? 0) >= bytes.increase && percentOf(benchmark.bytesPerOp) >= bytes.percent
  );
}

/** Deltas whose two sides measure the same thing and differ for sure. */
const isComparable = (delta: Delta): boolean =>
  delta.verdict === 'regression' || delta.verdict === 'improvement';

/** Whether a finding is a proven regression past its threshold, whatever the config lets follow from that. */
export function isOverThreshold(finding: Finding, review: Review, config: Config): boolean {
  if (finding.evidence !== 'proven') return false;
  const comparable = new Set(review.deltas.filter(isComparable).map(benchmarkId));
  return finding.benchmarks.some(
    (benchmark) => comparable.has(benchmarkId(benchmark)) && exceedsThreshold(benchmark, config),
  );
}

/** Nothing was measured although there was something to measure; equal test binaries need no measuring. */
function isUnmeasured(review: Review): boolean {
  const numbers = review.deltas.some((d) => d.allocsPerOp.base !== null || d.allocsPerOp.head !== null);
  const equal = review.warnings.some((warning) => warning.kind === 'nothing-to-compare');
  if (numbers || equal) return false;
  const failed = review.warnings.some((warning) =>
    [
      'package-does-not-compile',
      'benchmark',
      'package-run',
      'limit',
      'fetch',
      'module-skipped',
      'module-missing',
    ].includes(warning.kind),
  );
  return failed || review.deltas.length > 0 || review.skipped.unchangedTestBinaries === 0;
}

/**
 * `error`: head does not build. `fail`: a finding gates. `neutral`: something regressed past its threshold but must
 * not gate (by config, or because no site explains it), or nothing could be measured. Else `pass`.
 */
export function decideVerdict(review: Review, config: Config): Report['verdict'] {
  if (review.buildErrors.length > 0) return 'error';
  const proven = review.findings.some((finding) => isOverThreshold(finding, review, config));
  if (proven) return config.gate === 'fail' ? 'fail' : 'neutral';
  const unexplained = review.deltas.some((d) => d.verdict === 'regression' && exceedsThreshold(d, config));
  return unexplained || isUnmeasured(review) ? 'neutral' : 'pass';
}
