import { compareText } from '../../compare/order.ts';
import type { Amount } from '../../compare/types.ts';
import type { Config } from '../../config/schema.ts';
import type { AffectedBenchmark, Finding } from '../../rules/types.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import { planCost } from './costs.ts';
import { isRegressed, listOverThreshold, type Consent } from './gate.ts';
import type { Acceptance } from '../model/pull-request.ts';
import type { ReportFinding } from '../model/schema.ts';
import type { Review } from '../model/review.ts';
import { indexOf } from './review-index.ts';

type Amounts = Acceptance['amounts'];
type Increase = Amounts[string];

/** The state of an acceptance whose subject still exists and exceeds its threshold. */
export type JudgedAcceptance = {
  /** The newest acceptance of the subject. */
  acceptance: Acceptance;
  /** False: the regression has grown, so the acceptance is void. */
  holds: boolean;
  /** The present cost of the subject. */
  now: Amounts;
  /** Fingerprints of the findings that the acceptance covers. */
  findings: string[];
};

/** The increase of one benchmark; 0 if it decreased. */
export const increaseOf = (benchmark: { allocsPerOp: Amount; bytesPerOp: Amount }): Increase => ({
  allocs: Math.max(0, benchmark.allocsPerOp.delta ?? 0),
  bytes: Math.max(0, benchmark.bytesPerOp.delta ?? 0),
});

/** What a finding adds to each of its benchmarks, by the benchmark's ID. */
export const amountsOf = (costs: ReportFinding['costs']): Amounts =>
  Object.fromEntries(
    costs.map((cost) => [
      benchmarkId(cost),
      { allocs: Math.max(0, cost.addedAllocsPerOp), bytes: Math.max(0, cost.addedBytesPerOp) },
    ]),
  );

const findingAmounts = (finding: Finding, review: Review): Amounts =>
  amountsOf(finding.benchmarks.map((benchmark) => planCost(benchmark, review)));

/**
 * Whether an increase is no more than what was accepted. Averages vary from run to run: less than half an allocation,
 * fewer bytes than Go's smallest object (8), or 1 % of either do not count as growth.
 */
function isWithin(now: Increase, accepted: Increase | undefined): boolean {
  if (!accepted) return false;
  const allocsSlack = Math.max(0.5, accepted.allocs / 100);
  const bytesSlack = Math.max(8, accepted.bytes / 100);
  return now.allocs - accepted.allocs < allocsSlack && now.bytes - accepted.bytes < bytesSlack;
}

const isCovered = (acceptances: readonly Acceptance[], id: string, now: Increase | undefined): boolean =>
  now !== undefined && acceptances.some(({ amounts }) => isWithin(now, amounts[id]));

/** Acceptances by their subject. */
type Grouped = ReadonlyMap<string, readonly Acceptance[]>;

const keyOf = ({ kind, id }: Acceptance['subject']): string => `${kind} ${id}`;

const about = (grouped: Grouped, kind: Acceptance['subject']['kind'], id: string): readonly Acceptance[] =>
  grouped.get(keyOf({ kind, id })) ?? [];

/** A contract is accepted together with the finding that breaks it, until one of its benchmarks allocates even more. */
function isContractAccepted(finding: Finding, review: Review, own: readonly Acceptance[]): boolean {
  const now = findingAmounts(finding, review);
  return own.length > 0 && Object.keys(now).every((id) => isCovered(own, id, now[id]));
}

/** Compares acceptances with the measured costs: each holds as long as its regression does not grow. */
export function createConsent(review: Review, acceptances: readonly Acceptance[]): Consent {
  const grouped = Map.groupBy(acceptances, ({ subject }) => keyOf(subject));
  return {
    toFinding: (finding, benchmark) => {
      const id = benchmarkId(benchmark);
      const own = about(grouped, 'finding', finding.id);
      return own.length > 0 && isCovered(own, id, findingAmounts(finding, review)[id]);
    },
    toBenchmark: (benchmark) => {
      const id = benchmarkId(benchmark);
      const own = about(grouped, 'benchmark', id);
      return isCovered(own, id, increaseOf(benchmark));
    },
    toContract: (finding) => isContractAccepted(finding, review, about(grouped, 'finding', finding.id)),
  };
}

type Judgement = Omit<JudgedAcceptance, 'acceptance'>;

function judgeFinding(
  id: string,
  group: readonly Acceptance[],
  review: Review,
  config: Config,
): Judgement | null {
  const finding = indexOf(review).findings.get(id);
  const over = finding ? listOverThreshold(finding, review, config) : [];
  if (!finding || (over.length === 0 && !finding.contract)) return null;
  const now = findingAmounts(finding, review);
  if (over.length === 0) return { holds: isContractAccepted(finding, review, group), now, findings: [id] };
  const isHeld = (benchmark: AffectedBenchmark): boolean =>
    isCovered(group, benchmarkId(benchmark), now[benchmarkId(benchmark)]);
  return { holds: over.every(isHeld), now, findings: [id] };
}

function judgeBenchmark(
  id: string,
  group: readonly Acceptance[],
  review: Review,
  config: Config,
): Judgement | null {
  const delta = indexOf(review).deltas.get(id);
  if (!delta || !isRegressed(delta, config)) return null;
  const now = increaseOf(delta);
  const findings = (indexOf(review).findingsOf.get(id) ?? []).filter((finding) =>
    listOverThreshold(finding, review, config).some((one) => benchmarkId(one) === id),
  );
  return {
    holds: isCovered(group, id, now),
    now: { [id]: now },
    findings: findings.map((finding) => finding.id),
  };
}

/**
 * Judges the acceptance of each subject that regresses in this review. Subjects that are gone or below their threshold
 * are left out. Sorted by subject.
 */
export function judgeAcceptances(
  review: Review,
  config: Config,
  acceptances: readonly Acceptance[],
): JudgedAcceptance[] {
  const oldestFirst = acceptances.toSorted((a, b) => compareText(a.at, b.at));
  const groups = Map.groupBy(oldestFirst, ({ subject }) => keyOf(subject));
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([, group]) => {
      const acceptance = group.at(-1);
      if (!acceptance) return [];
      const { kind, id } = acceptance.subject;
      const judge = kind === 'finding' ? judgeFinding : judgeBenchmark;
      const judgement = judge(id, group, review, config);
      return judgement === null ? [] : [{ acceptance, ...judgement }];
    });
}
