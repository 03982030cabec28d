import type { BenchmarkFailure } from '../../compare/types.ts';
import { limitVerbs } from '../../limits.ts';
import { shortLine } from '../model/escape.ts';

/** What happened, and what to do about it. `hint` is empty if there is nothing to do. */
export type FailureSentences = { message: string; hint: string };

/** The end of a sentence: a colon and the message of another program, or a full stop if there is no message. */
export const endWithReason = (reason: string): string =>
  reason === '' ? '.' : `: ${shortLine(reason).replace(/\.$/u, '')}.`;

/** How a benchmark ended, as the end of a sentence that begins with its name. */
export const failureWords: Readonly<Record<BenchmarkFailure['kind'], string>> = {
  ...limitVerbs,
  failed: 'failed',
  skipped: 'was skipped',
  panicked: 'panicked',
  exited: 'ended the test binary',
  vanished: 'gave no result when run again by name',
  'too-slow': 'takes more than 30 s for a single run',
  'not-run': 'did not run because too many others had ended the test binary',
  unreadable: 'printed a result that cannot be parsed',
};

/** The output of a benchmark that failed, up to the stacks of a panic. */
export function cutStacks(detail: string): string {
  const end = /^(?:goroutine \d+ .*\[|\[signal )/mu.exec(detail)?.index ?? detail.length;
  return detail.slice(0, end).trim() || detail;
}
