import type { BenchmarkFailure } from '../../compare/types.ts';

/** How a benchmark ended, as the rest of a sentence about it. */
export const failureWords: Readonly<Record<BenchmarkFailure['kind'], string>> = {
  failed: 'failed',
  skipped: 'was skipped',
  panicked: 'panicked',
  'timed-out': 'ran out of time',
  exited: 'ended the test binary',
  'output-limit': 'printed too much',
  'memory-limit': 'used too much memory',
  'process-limit': 'started too many processes or threads',
  'disk-limit': 'wrote too much',
  unreadable: 'printed a result that cannot be read',
};
