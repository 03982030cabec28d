import picomatch from 'picomatch';
import type { Amount, Delta } from '../../compare/types.ts';
import type { Config } from '../../config/schema.ts';
import type { AffectedBenchmark, Finding } from '../../rules/types.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import type { Report } from '../model/schema.ts';
import type { Review } from '../model/review.ts';

type Measured = { package: string; name: string; allocsPerOp: Amount; bytesPerOp: Amount };
type Thresholds = { allocs: { increase: number }; bytes: { increase: number; percent: number } };

/** Which regressions somebody accepted, as large as they are now. */
export type Consent = {
  toFinding: (finding: Finding, benchmark: AffectedBenchmark) => boolean;
  toBenchmark: (benchmark: Measured) => boolean;
};

const noConsent: Consent = { toFinding: () => false, toBenchmark: () => false };

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

/** Whether a benchmark regressed for sure, by its threshold or more. */
export const isRegressed = (delta: Delta, config: Config): boolean =>
  isComparable(delta) && exceedsThreshold(delta, config);

/** The benchmarks that a finding, if it is proven, makes more expensive by their threshold or more. */
export function listOverThreshold(finding: Finding, review: Review, config: Config): AffectedBenchmark[] {
  if (finding.evidence !== 'proven') return [];
  const regressed = new Set(review.deltas.filter(isComparable).map(benchmarkId));
  return finding.benchmarks.filter(
    (benchmark) => regressed.has(benchmarkId(benchmark)) && exceedsThreshold(benchmark, config),
  );
}

/**
 * Whether a finding is a proven regression past its threshold that nobody accepted, whatever the config lets follow
 * from that.
 */
export function isOverThreshold(
  finding: Finding,
  review: Review,
  config: Config,
  consent: Consent = noConsent,
): boolean {
  return listOverThreshold(finding, review, config).some(
    (benchmark) => !consent.toFinding(finding, benchmark) && !consent.toBenchmark(benchmark),
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

/** Whether somebody accepted a benchmark's regression, or a finding that explains it. */
function isAccepted(delta: Delta, { findings }: Review, consent: Consent): boolean {
  const id = benchmarkId(delta);
  const isExplained = (finding: Finding): boolean =>
    finding.evidence === 'proven' &&
    finding.benchmarks.some((one) => benchmarkId(one) === id && consent.toFinding(finding, one));
  return consent.toBenchmark(delta) || findings.some(isExplained);
}

/**
 * `error`: head does not build. `fail`: a finding gates. `neutral`: something regressed past its threshold but must
 * not gate (by config, or because no site explains it), or nothing could be measured. Else `pass`, also when all that
 * regressed past its threshold is accepted.
 */
export function decideVerdict(
  review: Review,
  config: Config,
  consent: Consent = noConsent,
): Report['verdict'] {
  if (review.buildErrors.length > 0) return 'error';
  const proven = review.findings.some((finding) => isOverThreshold(finding, review, config, consent));
  if (proven) return config.gate === 'fail' ? 'fail' : 'neutral';
  const unexplained = review.deltas.some(
    (delta) =>
      delta.verdict === 'regression' &&
      exceedsThreshold(delta, config) &&
      !isAccepted(delta, review, consent),
  );
  return unexplained || isUnmeasured(review) ? 'neutral' : 'pass';
}
