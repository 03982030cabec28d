import type { FailureReason } from '../../errors.ts';
import { isExact, type ValueRange } from '../../compare/history-point.ts';
import { cleanLine, shortLine } from '../model/escape.ts';
import type { HistoryOutcome } from '../model/history.ts';
import { count } from '../model/prose.ts';
import { formatSigned } from './numbers.ts';

/** The first ten characters of a commit ID, which are unique in most repositories. */
export const shortId = (sha: string): string => sha.slice(0, 10);

/** `3`, or `3 to 5` if the runs disagree; a dash for no value. */
export const formatRange = (range: ValueRange | null): string =>
  range === null ? '–' : isExact(range) ? String(range.low) : `${range.low} to ${range.high}`;

/** `+1 allocs/op, +64 B/op`; what did not move is left out. */
export function describeMove({ allocs, bytes }: { allocs: number; bytes: number }): string {
  return [
    ...(allocs === 0 ? [] : [`${formatSigned(allocs)} allocs/op`]),
    ...(bytes === 0 ? [] : [`${formatSigned(bytes)} B/op`]),
  ].join(', ');
}

/** The texts about a history that do not depend on it, for the terminal and the page. */
export const historyWords = {
  title: 'Allocation history',
  empty: 'No commit has been measured yet.',
  noBenchmark: 'The measured commits have no benchmarks.',
  hint: 'allocgate history backfill measures the last commits.',
  other: 'Go, the machine or the number of iterations changed here, too',
  moved: 'Commits that moved this benchmark',
  movers: 'Benchmarks that moved',
  steady: 'Benchmarks that did not move',
  nothingMoved: 'No benchmark moved at these commits.',
  unmeasured: 'Commits that could not be measured',
  afterPush: 'The next push to the default branch is measured when no review waits.',
  legend:
    'The oldest commit is on the left. Circles are commits that moved a benchmark, each listed below the lines: red for more, green for less, and filled if it was accepted. A bar is the range of a commit whose runs disagree.',
  accepted: 'accepted',
  orders: {
    newest: 'newest change',
    allocs: 'largest change of allocs/op',
    bytes: 'largest change of B/op',
    name: 'name',
  },
} as const;

/** One line about the commit that is being measured. `step` is what allocgate does with it now. */
export function describeCommitStep(
  { done, total, sha }: { done: number; total: number; sha: string },
  step: string,
): string {
  return cleanLine(`Commit ${done + 1} of ${total} (${shortId(sha)}): ${step}`);
}

/** How many commits of a history are measured, and with which Go and on which machine the newest one was. */
export function describeCoverage(
  measured: number,
  total: number,
  newest: { go: string; machine: string },
): string {
  return cleanLine(
    `${measured} of ${count(total, 'commit')} measured, the newest with ${newest.go} on ${newest.machine}.`,
  );
}

/** Why a commit cannot be measured, if the reason is in the commit itself; null for any other failure. */
export function describeCommitProblem({ code, facts }: FailureReason): string | null {
  if (code === 'no-go-mod') return 'The folders to review contain no go.mod.';
  if (code === 'no-go-files') return 'It has no Go files.';
  if (code === 'tree-too-large') return 'Its files exceed the limits.';
  if (code === 'go-too-old')
    return shortLine(`It needs Go ${facts.needs}, and the installed Go is ${facts.has}.`);
  if (code === 'go-failed') return shortLine(`The go command failed: ${facts.output.at(-1) ?? ''}`);
  return null;
}

/** The last line of `allocgate history backfill`. */
export function describeBackfill(outcome: HistoryOutcome): string {
  const { commits, known, measured, benchmarks, left, isStopped } = outcome;
  const before =
    known === 0 ? '' : ` ${count(known, 'commit')} ${known === 1 ? 'was' : 'were'} measured before.`;
  const done =
    known === commits
      ? 'All commits were measured before. Nothing was left to measure.'
      : `Measured ${count(benchmarks, 'benchmark')} for ${measured} of ${count(commits, 'commit')}.${before}`;
  if (left === 0) return done;
  const why = isStopped ? 'It was stopped' : 'The time was used up';
  return `${done} ${why}: ${count(left, 'commit')} ${left === 1 ? 'is' : 'are'} left. The same command continues there.`;
}
