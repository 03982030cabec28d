import type { Measurement } from './types.ts';

/** The values of one unit over all runs that counted. `low` and `high` are equal if every run gave the same value. */
export type ValueRange = { low: number; middle: number; high: number };

/** What one benchmark of one test binary allocates, measured once. */
export type HistoryPoint = {
  /** With sub-benchmarks: `BenchmarkX/small`. */
  name: string;
  /** The N of every run: `-benchtime=Nx`. */
  iterations: number;
  /** Per operation; null: the benchmark does not report it. */
  allocs: ValueRange | null;
  bytes: ValueRange | null;
};

/** Null for no values. The middle of an even number of values is the lower one, so it is a value that was measured. */
export function summarizeRange(values: readonly number[]): ValueRange | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return low === undefined || high === undefined || middle === undefined ? null : { low, middle, high };
}

export const isExact = ({ low, high }: ValueRange): boolean => low === high;

/** Whether all runs agreed. */
export const isSure = ({ allocs, bytes }: HistoryPoint): boolean =>
  (allocs === null || isExact(allocs)) && (bytes === null || isExact(bytes));

/** The point of a measurement; null if no run gave a result. */
export function toPoint({ name, rounds }: Measurement): HistoryPoint | null {
  const units = rounds.at(-1);
  const iterations = Object.values(units ?? {})[0]?.iterations;
  if (units === undefined || iterations === undefined) return null;
  return {
    name,
    iterations,
    allocs: summarizeRange(units['allocs/op']?.values ?? []),
    bytes: summarizeRange(units['B/op']?.values ?? []),
  };
}

const MIN_BYTES = 8;
const MIN_SHARE = 0.01;

/** Whether two points certainly differ in allocs/op: their ranges are apart. */
const isApart = (before: ValueRange, after: ValueRange): boolean =>
  before.high < after.low || after.high < before.low;

/**
 * Whether something moved between two points: their ranges are apart. Bytes must also differ by 8 and by one per cent,
 * because map buckets and buffers that grow make a few bytes of difference, and at one N, because set-up work is divided
 * by N.
 */
export function hasMoved(before: HistoryPoint, after: HistoryPoint): boolean {
  const [allocs, bytes] = [differ(before.allocs, after.allocs), differ(before.bytes, after.bytes)];
  if (allocs !== 0) return true;
  if (before.iterations !== after.iterations) return false;
  const size = Math.abs(bytes);
  return size >= MIN_BYTES && size >= (before.bytes?.middle ?? 0) * MIN_SHARE;
}

/** The difference of the middles if the ranges are apart, otherwise 0. */
export function differ(before: ValueRange | null, after: ValueRange | null): number {
  return before && after && isApart(before, after) ? after.middle - before.middle : 0;
}
