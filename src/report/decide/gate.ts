import type { Amount, Delta } from '../../compare/types.ts';
import { resolveGate, type Gate, type GateValue } from '../../config/gate.ts';
import type { Config } from '../../config/schema.ts';
import type { AffectedBenchmark, Evidence, Finding } from '../../rules/types.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import { compileGlob } from './glob.ts';
import { indexOf } from './review-index.ts';
import { listUnmeasured } from './unmeasured.ts';
import type { Report } from '../model/schema.ts';
import type { Review } from '../model/review.ts';

type MeasuredBenchmark = { package: string; name: string; allocsPerOp: Amount; bytesPerOp: Amount };
type Thresholds = Omit<Config['thresholds'], 'overrides'>;

/** Whether maintainers accepted a regression at its present cost. */
export type Consent = {
  toFinding: (finding: Finding, benchmark: AffectedBenchmark) => boolean;
  toBenchmark: (benchmark: MeasuredBenchmark) => boolean;
  /** Whether the contract that a finding breaks may be broken. */
  toContract: (finding: Finding) => boolean;
};

const noConsent: Consent = { toFinding: () => false, toBenchmark: () => false, toContract: () => false };

type Override = Config['thresholds']['overrides'][number];

const matchers = new WeakMap<Override, (id: string) => boolean>();

/** The compiled glob of an override. It is cached, because each benchmark is compared several times. */
function matcherOf(override: Override): (id: string) => boolean {
  const matcher = matchers.get(override) ?? compileGlob(override.benchmark);
  matchers.set(override, matcher);
  return matcher;
}

/** The thresholds of one benchmark: the general ones, and for each key the last override whose glob matches. */
export function findThresholds(id: string, config: Config): Thresholds {
  const { allocs, bytes, overrides } = config.thresholds;
  const thresholds: Thresholds = { allocs: { ...allocs }, bytes: { ...bytes } };
  for (const override of overrides) {
    if (!matcherOf(override)(id)) continue;
    Object.assign(thresholds.allocs, override.allocs);
    Object.assign(thresholds.bytes, override.bytes);
  }
  return thresholds;
}

/** The growth in per cent; infinite from zero. */
function percentOf({ base, delta }: Amount): number {
  if (base === null || delta === null) return 0;
  return base === 0 ? Number.POSITIVE_INFINITY : (delta / base) * 100;
}

/** Whether a benchmark's allocations, or its bytes both in number and in percent, grew by the threshold or more. */
export function exceedsThreshold(benchmark: MeasuredBenchmark, config: Config): boolean {
  const { allocs, bytes } = findThresholds(benchmarkId(benchmark), config);
  if ((benchmark.allocsPerOp.delta ?? 0) >= allocs.increase) return true;
  return (
    (benchmark.bytesPerOp.delta ?? 0) >= bytes.increase && percentOf(benchmark.bytesPerOp) >= bytes.percent
  );
}

/** Whether both sides of a benchmark measure the same and certainly differ. */
const isComparable = (delta: Delta): boolean =>
  delta.verdict === 'regression' || delta.verdict === 'improvement';

/** Whether a benchmark certainly regressed, by its threshold or more. */
export const isRegressed = (delta: Delta, config: Config): boolean =>
  isComparable(delta) && exceedsThreshold(delta, config);

/** The benchmarks of a proven finding that grew by at least their threshold. */
export function listOverThreshold(finding: Finding, review: Review, config: Config): AffectedBenchmark[] {
  if (finding.evidence !== 'proven') return [];
  const { deltas } = indexOf(review);
  return finding.benchmarks.filter((benchmark) => {
    const delta = deltas.get(benchmarkId(benchmark));
    return delta !== undefined && isComparable(delta) && exceedsThreshold(benchmark, config);
  });
}

/** Whether a finding is a proven regression above its threshold that nobody accepted, regardless of the gate. */
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

/** Whether somebody accepted a benchmark's regression, or a finding that explains it. */
function isAccepted(delta: Delta, review: Review, consent: Consent): boolean {
  const id = benchmarkId(delta);
  const isExplained = (finding: Finding): boolean =>
    finding.evidence === 'proven' &&
    finding.benchmarks.some((one) => benchmarkId(one) === id && consent.toFinding(finding, one));
  return consent.toBenchmark(delta) || (indexOf(review).findingsOf.get(id) ?? []).some(isExplained);
}

/** The key of `gate` for each evidence. A possible finding shares the key `unmeasured`, but never fails the check. */
const gateKeys: Readonly<Record<Evidence, keyof Gate>> = {
  broken: 'unmeasured',
  proven: 'proven',
  adapted: 'adapted',
  tested: 'tested',
  possible: 'unmeasured',
};

/** The gate value of a finding's evidence. */
const evidenceGateOf = ({ evidence }: Pick<Finding, 'evidence'>, config: Pick<Config, 'gate'>): GateValue =>
  resolveGate(config.gate)[gateKeys[evidence]];

/** The gate values, the strictest first. */
const strictness: readonly GateValue[] = ['fail', 'neutral', 'pass', 'off'];

const strictest = (values: readonly GateValue[]): GateValue =>
  strictness.find((value) => values.includes(value)) ?? 'off';

/** The gate value of a finding: the stricter one of its evidence and of the contract that it breaks. */
export const gateOf = (
  finding: Pick<Finding, 'evidence'> & { contract?: unknown },
  config: Pick<Config, 'gate'>,
): GateValue =>
  strictest([
    evidenceGateOf(finding, config),
    ...(finding.contract ? [resolveGate(config.gate).contract] : []),
  ]);

/** Whether the gate is completely off: the check never fails and nothing is commented. */
export const isGateOff = ({ gate }: Pick<Config, 'gate'>): boolean =>
  Object.values(resolveGate(gate)).every((value) => value === 'off');

/** Whether a finding is above its threshold and not accepted. */
function isStanding(finding: Finding, review: Review, config: Config, consent: Consent): boolean {
  switch (finding.evidence) {
    case 'proven':
      return isOverThreshold(finding, review, config, consent);
    case 'adapted':
    case 'tested': {
      const { benchmarks } = finding;
      const isAccepted = (one: AffectedBenchmark): boolean =>
        consent.toFinding(finding, one) || consent.toBenchmark(one);
      return benchmarks.length === 0 || !benchmarks.every(isAccepted);
    }
    case 'broken':
      return true;
    case 'possible':
      return false;
  }
}

/** Whether a finding breaks a contract, and nobody accepted that. */
function isBreaking(finding: Finding, consent: Consent): boolean {
  if (!finding.contract || consent.toContract(finding)) return false;
  const { benchmarks } = finding;
  return benchmarks.length === 0 || !benchmarks.every((one) => consent.toBenchmark(one));
}

/** The gate values of what nobody accepted about a finding: its evidence, and the contract that it breaks. */
function consequencesOf(finding: Finding, review: Review, config: Config, consent: Consent): GateValue[] {
  return [
    ...(isStanding(finding, review, config, consent) ? [evidenceGateOf(finding, config)] : []),
    ...(isBreaking(finding, consent) ? [resolveGate(config.gate).contract] : []),
  ];
}

/** Whether a finding fails the check. */
export const isGating = (
  finding: Finding,
  review: Review,
  config: Config,
  consent: Consent = noConsent,
): boolean => consequencesOf(finding, review, config, consent).includes('fail');

/** Whether there are regressions above their threshold that nobody accepted, with or without a finding. */
function hasRegressed(review: Review, config: Config, consent: Consent): boolean {
  return review.deltas.some(
    (delta) =>
      delta.verdict === 'regression' &&
      exceedsThreshold(delta, config) &&
      !isAccepted(delta, review, consent),
  );
}

/**
 * `error`: head does not build. `pass` only if every benchmark that the change can reach was compared on both sides and
 * none is worse by its threshold; accepted regressions do not count. Otherwise the strictest gate value: of the
 * findings, of regressions that no finding explains (these never fail), and of benchmarks that were not compared.
 */
export function decideVerdict(
  review: Review,
  config: Config,
  consent: Consent = noConsent,
): Report['verdict'] {
  if (review.buildErrors.length > 0) return 'error';
  const gate = resolveGate(config.gate);
  const values: GateValue[] = review.findings.flatMap((finding) =>
    consequencesOf(finding, review, config, consent),
  );
  if (listUnmeasured(review).length > 0) values.push(gate.unmeasured);
  if (values.includes('fail')) return 'fail';
  if (hasRegressed(review, config, consent) && gate.proven !== 'pass') values.push('neutral');
  return values.some((value) => value !== 'pass') ? 'neutral' : 'pass';
}
