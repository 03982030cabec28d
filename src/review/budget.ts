import type { StageLimits } from '../go/stage-limits.ts';
import type { StopSwitch } from './types.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_SECOND = 1000;

/**
 * Why measuring ended: a limit of the operator's settings, the budget of the config, or a request to stop. `value`: the
 * limit, in seconds, benchmarks or minutes; 0 for a request to stop.
 */
export type BudgetEnd = { limit: 'measureSeconds' | 'benchmarks' | 'budget' | 'stopped'; value: number };

/**
 * The time and the number of benchmarks that all modules of a review together may measure. Only time in which something
 * is measured counts.
 */
export type Budget = {
  /** Runs work and counts its time. */
  spend: <T>(work: () => Promise<T>) => Promise<T>;
  /** Counts benchmarks that were measured. */
  take: (benchmarks: number) => void;
  /** The number of benchmarks that may still be measured. */
  left: () => number;
  /** Milliseconds of the time that are left; negative when it is used up. */
  leftMs: () => number;
  /** The limit on the time: the shorter one of the budget and `measureSeconds`. */
  time: BudgetEnd;
  /** The limit that is used up; null if none is. */
  end: () => BudgetEnd | null;
  /** Whether the review was stopped. Running programs were then ended at once. */
  isStopped: () => boolean;
};

/**
 * Creates the budget of a review. `minutes`: the budget of the config; the operator's `measureSeconds` is its maximum.
 */
export function createBudget(limits: StageLimits, minutes: number, stop?: StopSwitch): Budget {
  const isStopped = (): boolean => stop?.signal.aborted ?? false;
  const configured = minutes * MS_PER_MINUTE;
  const time: BudgetEnd =
    configured < limits.measureMs
      ? { limit: 'budget', value: minutes }
      : { limit: 'measureSeconds', value: limits.measureMs / MS_PER_SECOND };
  const maxMs = Math.min(configured, limits.measureMs);
  let left = limits.benchmarks;
  let spentMs = 0;
  let since: number | null = null;
  const elapsed = (): number => spentMs + (since === null ? 0 : performance.now() - since);
  return {
    spend: async (work) => {
      since = performance.now();
      try {
        return await work();
      } finally {
        spentMs = elapsed();
        since = null;
      }
    },
    take: (benchmarks) => {
      left -= benchmarks;
    },
    left: () => left,
    leftMs: () => maxMs - elapsed(),
    time,
    isStopped,
    end: () => {
      if (isStopped()) return { limit: 'stopped', value: 0 };
      if (elapsed() > maxMs) return time;
      return left <= 0 ? { limit: 'benchmarks', value: limits.benchmarks } : null;
    },
  };
}
