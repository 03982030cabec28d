/** How a program ended that exceeded one of the operator's limits. */
export type LimitEnding = 'timed-out' | 'memory-limit' | 'disk-limit' | 'output-limit' | 'process-limit';

/** The part of a review whose limits apply. */
export type LimitedStage = 'fetch' | 'build' | 'benchmark';

/** The key of `limits` in the settings that sets a limit; null: it is fixed. */
const settingOf: Record<LimitEnding, Record<LimitedStage, string | null>> = {
  'timed-out': { fetch: 'fetchSeconds', build: 'buildSeconds', benchmark: 'benchmarkSeconds' },
  'output-limit': { fetch: null, build: null, benchmark: 'outputMiB' },
  'memory-limit': { fetch: 'memoryMiB', build: 'memoryMiB', benchmark: 'memoryMiB' },
  'disk-limit': { fetch: 'diskMiB', build: 'diskMiB', benchmark: 'diskMiB' },
  'process-limit': { fetch: 'processes', build: 'processes', benchmark: 'processes' },
};

/** What the program did, without the setting. */
export const limitVerbs: Readonly<Record<LimitEnding, string>> = {
  'timed-out': 'ran out of time',
  'output-limit': 'printed too much',
  'memory-limit': 'used too much memory',
  'disk-limit': 'wrote too much',
  'process-limit': 'started too many processes or threads',
};

/** Whether a benchmark ended because of a limit. */
export const isLimit = (ended: string): ended is LimitEnding => Object.hasOwn(limitVerbs, ended);

/**
 * The predicate of a sentence about a limit, with the setting that raises it: `ran out of time (limits.buildSeconds)`.
 * It is here and not in report/, because src/go inserts it into the output of the go command.
 */
export function describeLimit(ended: LimitEnding, stage: LimitedStage): string {
  const setting = settingOf[ended][stage];
  return setting === null ? limitVerbs[ended] : `${limitVerbs[ended]} (limits.${setting})`;
}
