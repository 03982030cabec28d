import type { Amount, Delta, DeltaReason, Measurement, Sample, Side, Summary, Verdict } from './types.ts';

/** The bytes per op count as changed if both values are reached. */
export type BytesThreshold = { increase: number; percent: number };

/** The result of repeated rounds for one unit. `unconfirmed`: the sides differ, but only one round has been run. */
type Trend = 'equal' | 'up' | 'down' | 'unconfirmed' | 'overlap' | 'fades' | 'unsettled';

/**
 * Above this number of allocs/op a difference must exceed 1 %: there, runs of the same binary differ by up to 0.8 %.
 */
const LARGE_COUNT = 100;
const LARGE_COUNT_SHARE = 0.01;
/** A difference that keeps less than this share of itself per further iteration is set-up work. */
const LASTING_SHARE = 0.5;
/** Printed counts are cut to whole numbers, so an exact difference below this can print as 1. */
const TRUNCATION = 0.5;
/** Bytes of Go's smallest object (runtime/sizeclasses.go). */
const WHOLE_OBJECT = 8;
/** The least bytes that one more object adds to the printed count, which is cut to a whole number. */
const SMALLEST_OBJECT = 4;
/** The objects per op that a profile nearly always shows for one more object of 8 bytes, because two share a block. */
const HIDDEN_OBJECT = 0.4;
/** The average from two profiles at finite N can be too low by this much. */
const ROUNDING = 0.05;

/** Minimum, maximum, and whether all runs agreed. An empty sample has no summary. */
export function summarize(sample: Sample | undefined): Summary | null {
  if (!sample || sample.values.length === 0) return null;
  const min = Math.min(...sample.values);
  const max = Math.max(...sample.values);
  return { min, max, assumption: min === max ? 'exact' : 'noisy' };
}

/** `isMostlyWorse`: see there. */
type Pair = { iterations: number; base: Summary; head: Summary; isMostlyWorse: boolean };

/** The rounds that both sides ran with the same N, in order. */
function pairRounds(base: Measurement, head: Measurement, unit: string): Pair[] {
  return base.rounds.flatMap((round, index) => {
    const ours = round[unit];
    const theirs = head.rounds[index]?.[unit];
    const pair = { base: summarize(ours), head: summarize(theirs) };
    if (!ours || !theirs || ours.iterations !== theirs.iterations || !pair.base || !pair.head) return [];
    const leans = isMostlyWorse(ours.values, theirs.values);
    return [{ iterations: ours.iterations, base: pair.base, head: pair.head, isMostlyWorse: leans }];
  });
}

/** Whether two counts differ by what counts: see `LARGE_COUNT`. */
function isOtherCount(before: number, after: number): boolean {
  const difference = Math.abs(after - before);
  return difference > 0 && (before <= LARGE_COUNT || difference > before * LARGE_COUNT_SHARE);
}

/**
 * Whether all processes of base print the same count, and at least half of head's a higher one. The others do not, so that
 * no regression is certain; but for equal sides, seven processes each differ like this in one case of a hundred at most.
 */
export function isMostlyWorse(base: readonly number[], head: readonly number[]): boolean {
  const [first] = base;
  if (first === undefined || base.some((value) => value !== first)) return false;
  const more = head.filter((value) => value > first && isOtherCount(first, value)).length;
  return more < head.length && more * 2 >= head.length;
}

function overlaps(a: Summary, b: Summary): boolean {
  return a.min <= b.max && b.min <= a.max;
}

/** Whether an average grows with N. It has then not settled; set-up work would make it smaller. */
function grows(first: Summary, last: Summary): boolean {
  return last.min > first.max * (1 + LARGE_COUNT_SHARE) + 1;
}

/** Whether all runs of both sides agreed. */
const isExact = ({ base, head }: Pair): boolean => base.assumption === 'exact' && head.assumption === 'exact';

function judgePairs(pairs: readonly Pair[], isRelevant: (base: number, head: number) => boolean): Trend {
  const first = pairs[0];
  const last = pairs.at(-1);
  if (!first || !last) return 'equal';
  const delta = last.head.min - last.base.min;
  if (!isRelevant(last.base.min, last.head.min)) return 'equal';
  if (first === last) return 'unconfirmed';
  if (overlaps(last.base, last.head)) return 'overlap';
  const [baseGrows, headGrows] = [grows(first.base, last.base), grows(first.head, last.head)];
  // If only the higher side grows, the sides move apart, and more iterations would only make the difference larger.
  const movesApart = delta > 0 ? headGrows && !baseGrows : baseGrows && !headGrows;
  if ((baseGrows || headGrows) && !movesApart) return 'unsettled';
  const firstDelta = first.head.min - first.base.min;
  // If screening showed no difference, or the opposite one, either result may be chance.
  if (firstDelta * delta <= 0) return 'unsettled';
  const lasting =
    (last.iterations * delta - first.iterations * firstDelta) / (last.iterations - first.iterations);
  if (lasting / delta < LASTING_SHARE) return 'fades';
  return delta > 0 ? 'up' : 'down';
}

/** How allocs/op changed. Both sides must have run the same N in each round. */
function judgeAllocs(base: Measurement, head: Measurement): Trend {
  const pairs = pairRounds(base, head, 'allocs/op');
  const trend = judgePairs(pairs, isOtherCount);
  // Their minima can be the same.
  return trend === 'equal' && pairs.length > 1 && pairs.at(-1)?.isMostlyWorse ? 'overlap' : trend;
}

function passesBytes(before: number, after: number, threshold: BytesThreshold): boolean {
  const difference = Math.abs(after - before);
  return difference >= threshold.increase && difference * 100 >= before * threshold.percent;
}

/** How B/op changed, as far as it passes the threshold. */
function judgeBytes(base: Measurement, head: Measurement, threshold: BytesThreshold): Trend {
  return judgePairs(pairRounds(base, head, 'B/op'), (before, after) => passesBytes(before, after, threshold));
}

/**
 * Whether head's bytes rise by at least a small object while the printed counts are equal. For example, boxing random
 * integers makes 0.997 allocations (those below 256 are free), which is printed as 0.
 */
function judgeHidden(base: Measurement, head: Measurement): Trend {
  const counts = [base, head].map((side) => lastValue(side, 'allocs/op'));
  if (counts[0] !== counts[1]) return 'equal';
  const pairs = pairRounds(base, head, 'B/op');
  const last = pairs.at(-1);
  if (!last || last.head.min - last.base.max < SMALLEST_OBJECT) return 'equal';
  return pairs.length > 1 ? 'up' : 'unconfirmed';
}

/**
 * How a unit changed whose value is the same in all runs of a side, regardless of the threshold. Bytes must differ by
 * at least a whole object and one per cent.
 */
function judgeSmall(base: Measurement, head: Measurement): Trend {
  const judge = (unit: string, isRelevant: (before: number, after: number) => boolean): Trend => {
    const pairs = pairRounds(base, head, unit);
    return pairs.every(isExact) ? judgePairs(pairs, isRelevant) : 'equal';
  };
  const allocs = judge('allocs/op', (before, after) => before !== after);
  if (allocs !== 'equal') return allocs;
  return judge('B/op', (before, after) => {
    const difference = Math.abs(after - before);
    return difference >= WHOLE_OBJECT && difference >= before * LARGE_COUNT_SHARE;
  });
}

/** Whether a second round at a larger N is needed for a verdict. */
export function needsConfirmation(base: Measurement, head: Measurement, threshold: BytesThreshold): boolean {
  const trends = [
    judgeAllocs(base, head),
    judgeBytes(base, head, threshold),
    judgeHidden(base, head),
    judgeSmall(base, head),
  ];
  return trends.includes('unconfirmed');
}

const isClaim = (trend: Trend): boolean => trend === 'up' || trend === 'down';

/**
 * Whether a verdict would be based on values that differ between the processes of a side, or whether most of head's are
 * worse. If values differ only from process to process, the ranges of `n` processes per side are separate by chance in 2
 * of `(2n)!/(n!)²` cases; see `npm run bench:noise`.
 */
export function needsMoreProcesses(base: Measurement, head: Measurement, threshold: BytesThreshold): boolean {
  const isInexact = (unit: string): boolean => {
    const last = pairRounds(base, head, unit).at(-1);
    return last !== undefined && !isExact(last);
  };
  const allocs = judgeAllocs(base, head);
  const leans = allocs === 'overlap' && pairRounds(base, head, 'allocs/op').at(-1)?.isMostlyWorse === true;
  const inAllocs = leans || (isClaim(allocs) && isInexact('allocs/op'));
  const inBytes = [judgeBytes(base, head, threshold), judgeHidden(base, head)].some(isClaim);
  return inAllocs || (inBytes && isInexact('B/op'));
}

/** Whether rounding may hide one more allocation, so that an exact count is needed. */
export function mayHideAllocation(base: Measurement, head: Measurement): boolean {
  return judgeHidden(base, head) === 'up';
}

/** A regression in either unit outweighs an improvement in the other: each is judged by its own threshold. */
function joinTrends(
  allocs: Trend,
  bytes: Trend,
  small: Trend,
): { verdict: Verdict; reason: DeltaReason | null } {
  const both = new Set([allocs, bytes]);
  if (both.has('up')) return { verdict: 'regression', reason: null };
  if (both.has('down')) return { verdict: 'improvement', reason: null };
  if (both.has('unsettled')) return { verdict: 'noisy', reason: { kind: 'does-not-settle' } };
  if (both.has('overlap')) return { verdict: 'noisy', reason: { kind: 'ranges-overlap' } };
  if (both.has('unconfirmed')) return { verdict: 'noisy', reason: { kind: 'does-not-settle' } };
  if (both.has('fades')) return { verdict: 'unchanged', reason: { kind: 'fades-with-iterations' } };
  if (isClaim(small)) return { verdict: 'below-threshold', reason: null };
  return { verdict: 'unchanged', reason: null };
}

function lastValue(side: Measurement | null, unit: string): number | null {
  return summarize(side?.rounds.at(-1)?.[unit])?.min ?? null;
}

function amount(base: Measurement | null, head: Measurement | null, unit: string): Amount {
  const before = lastValue(base, unit);
  const after = lastValue(head, unit);
  const delta = before === null || after === null ? null : after - before;
  return { base: before, head: after, delta: delta === null ? null : Math.round(delta * 1e6) / 1e6 };
}

function lastSamples(side: Measurement | null): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(side?.rounds.at(-1) ?? {}).map(([unit, sample]) => [unit, sample.values]),
  );
}

/** All units of a round have the same N. */
function lastIterations(measurement: Measurement | null, side: Side): { [S in Side]?: number } {
  const [sample] = Object.values(measurement?.rounds.at(-1) ?? {});
  return sample ? { [side]: sample.iterations } : {};
}

/** Makes the delta of a benchmark with a given verdict and the numbers of the last round. */
export function describeDelta(
  base: Measurement | null,
  head: Measurement | null,
  judged: { verdict: Verdict; reason: DeltaReason | null },
): Delta {
  const named = head ?? base;
  return {
    package: named?.package ?? '',
    name: named?.name ?? '',
    ...judged,
    allocsPerOp: amount(base, head, 'allocs/op'),
    bytesPerOp: amount(base, head, 'B/op'),
    nsPerOp: amount(base, head, 'ns/op'),
    samples: { base: lastSamples(base), head: lastSamples(head) },
    iterations: { ...lastIterations(base, 'base'), ...lastIterations(head, 'head') },
    sites: [],
  };
}

/**
 * Compares one benchmark that both sides ran: regression and improvement only where the ranges of a confirming round
 * do not overlap, the difference passes the threshold (allocs: 1, above 100 allocs 1 %), and it lasts as N grows.
 */
export function judge(base: Measurement, head: Measurement, threshold: BytesThreshold): Delta {
  return describeDelta(
    base,
    head,
    joinTrends(judgeAllocs(base, head), judgeBytes(base, head, threshold), judgeSmall(base, head)),
  );
}

/** Whether the printed difference may only be rounding, so that an exact count must decide. */
function mayBeTruncation(delta: Delta): boolean {
  return Math.abs(delta.allocsPerOp.delta ?? 0) === 1;
}

/**
 * Corrects a verdict by exact averages from heap profiles, objects per op of each side: 2.99 and 3.00 print as 2 and 3.
 * A profile counts a 16-byte block of several tiny objects once (runtime/malloc.go), so it decides only if it accounts
 * for everything that was printed. If the bytes exceed `threshold`, the verdict stays.
 */
export function correctTruncation(
  delta: Delta,
  exact: { base: number; head: number },
  threshold: BytesThreshold,
): Delta {
  const isWhole = Math.abs(exact.head - exact.base) >= TRUNCATION;
  if (!mayBeTruncation(delta) || isWhole || !accountsFor(exact, delta.allocsPerOp)) return delta;
  const { base, head } = delta.bytesPerOp;
  if (base !== null && head !== null && passesBytes(base, head, threshold)) return delta;
  return { ...delta, verdict: 'unchanged', reason: { kind: 'truncation', exact } };
}

/** The share of a difference that a profile must show. */
const EXPLAINED_SHARE = 0.5;

/** The objects and bytes per op that a heap profile shows on lines of the repository. */
export type Shown = { objects: number; bytes: number };

/**
 * Withdraws a verdict if heap profiles, from separate processes, show less than half of the difference: it depends on
 * the number of iterations or on the process. A profile counts blocks of the tiny allocator instead of objects, so
 * bytes can show a difference that objects do not, or no value does (`areObjectsHidden`). A verdict about bytes alone
 * needs its bytes.
 */
export function requireExplanation(delta: Delta, base: Shown, head: Shown): Delta {
  if (delta.verdict !== 'regression' && delta.verdict !== 'improvement') return delta;
  if (delta.reason?.kind === 'hidden-by-rounding') return delta;
  const share = (claimed: number | null, shown: number): number =>
    claimed === null || claimed === 0 ? 0 : shown / claimed;
  const shown = { objects: head.objects - base.objects, bytes: head.bytes - base.bytes };
  const shares = [share(delta.allocsPerOp.delta, shown.objects), share(delta.bytesPerOp.delta, shown.bytes)];
  if (shares.some((one) => one >= EXPLAINED_SHARE) || areObjectsHidden(delta, base, head)) return delta;
  return { ...delta, verdict: 'noisy', reason: { kind: 'unexplained', shown } };
}

/**
 * Whether objects that a profile does not show share blocks of the tiny allocator with others: all runs print the same
 * counts, and the profile shows all bytes of both sides. Bytes would be missing if these objects were not always made.
 */
function areObjectsHidden({ allocsPerOp, bytesPerOp, samples }: Delta, base: Shown, head: Shown): boolean {
  const areExact = [samples.base, samples.head].every((side) => new Set(side['allocs/op']).size === 1);
  const areBytesShown = ([printed, shown]: [number | null, Shown]): boolean =>
    printed !== null && Math.abs(printed - shown.bytes) < WHOLE_OBJECT;
  const sides: [number | null, Shown][] = [
    [bytesPerOp.base, base],
    [bytesPerOp.head, head],
  ];
  return (allocsPerOp.delta ?? 0) !== 0 && areExact && sides.every(areBytesShown);
}

function accountsFor(exact: { base: number; head: number }, printed: Amount): boolean {
  return exact.base >= (printed.base ?? 0) - ROUNDING && exact.head >= (printed.head ?? 0) - ROUNDING;
}

/** Whether a verdict claims no difference that counts. */
export const isUnclaimed = ({ verdict }: Delta): boolean =>
  verdict === 'unchanged' || verdict === 'below-threshold';

/**
 * Turns an allocation that the printed counts hide into a regression: head's count becomes the next whole number, as in
 * the profile. If the profile shows less, nothing changes.
 */
export function revealAllocation(delta: Delta, exact: { base: number; head: number }): Delta {
  const added = exact.head - exact.base;
  const { base } = delta.allocsPerOp;
  if (!isUnclaimed(delta) || added < HIDDEN_OBJECT || base === null) return delta;
  // One object fewer in the tiny allocator and one larger object more look like half an object more.
  if (!accountsFor(exact, delta.allocsPerOp)) return delta;
  const more = Math.max(Math.round(added), 1);
  return {
    ...delta,
    verdict: 'regression',
    allocsPerOp: { base, head: base + more, delta: more },
    reason: { kind: 'hidden-by-rounding', exact },
  };
}
