import { checkGoRegexp } from '../config/go-regexp.ts';
import { BUILD_TAG, type Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { describeRegexpFault } from '../report/words/config.ts';

/** Options of the command line that choose benchmarks, in place of the config's. */
export type BenchmarkOptions = {
  bench?: string | undefined;
  packages?: readonly string[] | undefined;
  /** Build tags, separated by commas. */
  tags?: string | undefined;
};

/** The minimum in minutes, which is the same in the config. */
const MIN_BUDGET = 0.1;

/** An empty text gives no tags, and so disables those of the config. */
const splitTags = (tags: string): string[] => (tags === '' ? [] : tags.split(','));

/** Throws `bad-option` if Go does not accept a text as a regular expression. `option`: where it was given. */
export function requireRegexp(bench: string, option: '--bench' | '--benchmark' = '--bench'): void {
  const fault = checkGoRegexp(bench);
  if (fault === null) return;
  const problem = { kind: 'not-a-regexp', reason: describeRegexpFault(fault) } as const;
  throw new Failure('bad-option', { option, value: bench, problem });
}

/** The minutes of `--budget`. Throws `bad-option` if the value is not a number or too small. */
export function readMinutes(budget: string): number {
  const minutes = Number(budget);
  if (minutes >= MIN_BUDGET) return minutes;
  throw new Failure('bad-option', { option: '--budget', value: budget, problem: { kind: 'not-minutes' } });
}

/** Throws `bad-option` for the first option that is wrong in any repository. */
export function checkBenchmarkOptions({ bench, tags }: BenchmarkOptions): void {
  if (bench !== undefined) requireRegexp(bench);
  if (tags !== undefined && !splitTags(tags).every((tag) => BUILD_TAG.test(tag))) {
    throw new Failure('bad-option', { option: '--tags', value: tags, problem: { kind: 'not-tags' } });
  }
}

/** The config's selection of benchmarks, with the options of the command line in place of its own. */
export function chooseBenchmarks(
  benchmarks: Config['benchmarks'],
  { bench, packages, tags }: BenchmarkOptions,
): Config['benchmarks'] {
  return {
    ...benchmarks,
    run: bench ?? benchmarks.run,
    tags: tags === undefined ? benchmarks.tags : splitTags(tags),
    packages: packages ? [...packages] : benchmarks.packages,
  };
}
