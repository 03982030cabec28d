import { benchmarkNameOf } from '../../compare/benchmark-id.ts';
import { count, say, type Prose } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';
import { formatTried } from './numbers.ts';

type Suggestion = NonNullable<ReportFinding['suggestion']>;

/** The measured effect of a fix, and how many tests still pass with it. */
export function describeSuggestion({ benchmark, unit, before, after, tests }: Suggestion): Prose {
  const name = benchmarkNameOf(benchmark);
  const passing =
    tests === 0
      ? 'the package has no tests that pass'
      : `${count(tests, 'test')} passed before and still ${tests === 1 ? 'passes' : 'pass'}`;
  return say`Tried: with this fix ${name} makes ${[`${formatTried(after)} ${unit} instead of ${formatTried(before)}; ${passing}`]}.`;
}

/** Which fixes were written to the work tree, and which were not. */
export function describeFixes(written: readonly string[], refused: readonly string[]): string {
  if (written.length + refused.length === 0)
    return 'No fix was found that compiles, passes the tests and allocates less.';
  const lines = written.length === 0 ? [] : [`Fixed in the work tree: ${written.join(', ')}.`];
  const left =
    refused.length === 0
      ? []
      : [
          `Not fixed, because the file in the work tree differs from the reviewed one: ${refused.join(', ')}.`,
        ];
  return [...lines, ...left].join('\n');
}
