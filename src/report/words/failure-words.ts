import type { BenchmarkFailure } from '../../compare/types.ts';
import { limitVerbs } from '../../limits.ts';

/** How a benchmark ended, as the rest of a sentence about it. */
export const failureWords: Readonly<Record<BenchmarkFailure['kind'], string>> = {
  ...limitVerbs,
  failed: 'failed',
  skipped: 'was skipped',
  panicked: 'panicked',
  exited: 'ended the test binary',
  vanished: 'gave no result when run again by name',
  unreadable: 'printed a result that cannot be parsed',
};

/** The message of a panic, without the goroutines' stacks and the signal. */
export function cutStacks(detail: string): string {
  const end = /^(?:goroutine \d+ .*\[|\[signal )/mu.exec(detail)?.index ?? detail.length;
  return detail.slice(0, end).trim() || detail;
}
