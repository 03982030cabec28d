import { benchmarkNameOf } from '../../compare/benchmark-id.ts';
import { count, say, type Prose } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';
import { TAKE_BACK } from '../../rules/types.ts';
import { formatTried } from './numbers.ts';

type Suggestion = NonNullable<ReportFinding['suggestion']>;

/** The measured effect of an edit, and how many tests still pass with it. */
export function describeSuggestion({ remedy, benchmark, unit, before, after, tests }: Suggestion): Prose {
  const name = benchmarkNameOf(benchmark);
  const passing =
    tests === 0
      ? 'the package has no tests that pass'
      : `${count(tests, 'test')} passed before and still ${tests === 1 ? 'passes' : 'pass'}`;
  const effect = [`${formatTried(after)} ${unit} instead of ${formatTried(before)}; ${passing}`];
  return remedy === TAKE_BACK
    ? say`Last resort, tried: with these lines as before the change ${name} makes ${effect}. This takes a part of the change back: use it only if you can do without that part.`
    : say`Tried: with this fix ${name} makes ${effect}.`;
}

/** Which fixes were written to the work tree, which were refused, and which edits are never written by themselves. */
export function describeFixes(
  written: readonly string[],
  refused: readonly string[],
  takeBacks: readonly string[],
): string {
  const lines = written.length === 0 ? [] : [`Fixed in the work tree: ${written.join(', ')}.`];
  const left =
    refused.length === 0
      ? []
      : [
          `Not fixed, because the file in the work tree differs from the reviewed one: ${refused.join(', ')}.`,
        ];
  const none =
    written.length + refused.length === 0
      ? ['No fix was found that compiles, passes the tests and allocates less.']
      : [];
  const undone =
    takeBacks.length === 0
      ? []
      : [`Not written, because it takes a part of the change back: ${takeBacks.join(', ')}.`];
  return [...none, ...lines, ...left, ...undone].join('\n');
}
