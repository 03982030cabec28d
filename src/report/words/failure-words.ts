import type { BenchmarkFailure } from '../../compare/types.ts';
import { limitVerbs } from '../../limits.ts';

/** How a benchmark ended, as the rest of a sentence about it. */
export const failureWords: Readonly<Record<BenchmarkFailure['kind'], string>> = {
  ...limitVerbs,
  failed: 'failed',
  skipped: 'was skipped',
  panicked: 'panicked',
  exited: 'ended the test binary',
  unreadable: 'printed a result that cannot be parsed',
};
