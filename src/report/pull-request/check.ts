import type { FailureReason } from '../../errors.ts';
import { bodyLimit, fitBody, joinBlocks, takeEntries } from '../model/body-limits.ts';
import { toMarkdownFence } from '../model/escape.ts';
import { describeFailureOnGitHub } from '../words/github-failures.ts';
import { describeProgress } from '../words/progress.ts';
import type { Progress } from '../words/progress.ts';
import { count, say, toMarkdown } from '../model/prose.ts';
import type { CheckOutput } from '../model/pull-request.ts';

/** What a check run says while there is no report, or when there will be none. Titles hold allocgate's own words only. */
const output = (title: string, ...paragraphs: readonly string[]): CheckOutput => ({
  title,
  summary: joinBlocks(paragraphs),
  text: '',
});

const rerun = 'Press **Re-run**, or comment `/allocgate rerun`, to measure again.';

/** A review waits for a machine. */
export const describeQueued = (): CheckOutput =>
  output('Waiting for a machine', 'This commit is measured as soon as a machine is free.');

/** A commit has one check; other pull requests that have it as their head are not measured yet. */
export const describeSharedWaiting = (numbers: readonly number[]): CheckOutput =>
  output(
    'Waiting for another pull request',
    `This commit is also the head of ${numbers.map((number) => `#${number}`).join(', ')}, which is still being measured. A commit has one check, so it completes when all of them have a result.`,
  );

/** A run that ended without a result, and left no word of why. */
export const describeNoResult = (): CheckOutput =>
  output('Not measured', `This review ended without a result. ${rerun}`);

const phaseTitles: Record<Exclude<Progress['phase'], 'measure'>, string> = {
  source: 'Reading both commits',
  fetch: 'Downloading modules',
  plan: 'Finding what the change can reach',
  compile: 'Compiling',
  profile: 'Finding where it is allocated',
  match: 'Matching rules',
};

/** The title is plain text beside the check's name: counts, and no name out of the reviewed code. */
function titleOf(progress: Progress): string {
  if (progress.phase !== 'measure') return phaseTitles[progress.phase];
  return `Measuring: ${progress.done} of ${count(progress.total, 'benchmark')} in package ${progress.index + 1} of ${progress.packages}`;
}

function summaryOf(progress: Progress): string {
  if (progress.phase === 'measure') {
    return toMarkdown(say`Measuring ${progress.name} in ${progress.package}.`);
  }
  if (progress.phase === 'profile') return toMarkdown(say`Finding where ${progress.name} allocates.`);
  return describeProgress(progress);
}

/** How far a review is; null: it just began. */
export const describeProgressOutput = (progress: Progress | null): CheckOutput =>
  progress === null
    ? output('Starting', 'Base and head are about to be compiled and measured.')
    : output(titleOf(progress), summaryOf(progress));

/** A review that was given up because nobody wants it any more. `gone`: its pull request or repository is closed. */
export function describeCancelled(why: 'superseded' | 'cancelled' | 'gone'): CheckOutput {
  switch (why) {
    case 'superseded':
      return output('Superseded', 'There is a newer commit, or a newer request.');
    case 'cancelled':
      return output('Cancelled', `Somebody asked to stop this review. ${rerun}`);
    case 'gone':
      return output('Cancelled: the pull request is closed', 'There is nothing left to review here.');
  }
}

/** A review that took its machine with it so often that nobody tries again. */
export const describeCrashes = (crashes: number): CheckOutput =>
  output(
    'Could not measure: the review crashed',
    `This review ended its worker ${count(crashes, 'time')} without a result, so it is not tried again by itself. It does not gate the merge.`,
    'The usual reasons are benchmarks that use up the memory of the machine, and a machine that was restarted. The log of the server has more.',
    rerun,
  );

/** A pull request from a fork runs strangers' code: somebody has to say yes. */
export const describeForkWaiting = (): CheckOutput =>
  output(
    'A maintainer has to approve this commit',
    'This pull request comes from a fork, and measuring it runs its code. Nothing of it was run yet.',
    'Somebody with write access looks at the change and comments `/allocgate approve`. That holds for this one commit: each push has to be approved again.',
  );

/** The repository's config says `forks: never`. */
export const describeForkRefused = (): CheckOutput =>
  output(
    'Not measured: pull requests from forks are not',
    'Measuring runs the code of the pull request, and `forks: never` in `.github/allocgate.yml` forbids that for forks.',
  );

const forbidden =
  'GitHub did not let allocgate write comments on this pull request. Whoever looks after the installation grants it the permission **Pull requests: read and write**; its log has GitHub’s words.';

/** A sentence that must be read, before a text that gives way where there is no room for both. */
function prepend(sentence: string, text: string): string {
  const whole = joinBlocks([sentence, text]);
  return whole.length <= bodyLimit ? whole : sentence;
}

/** The text of a check that stands alone because its comments may not be written. */
export const tellForbidden = (text: string): string => prepend(forbidden, text);

function reasonOf(status: number | null): string {
  if (status === null) return 'The server could not write all of this review';
  if (status >= 500) return 'GitHub did not take all of this review in many tries';
  return `GitHub refused a part of this review (status ${status})`;
}

/**
 * What was measured counts also where not all of it could be written. `status`: of GitHub's answer; null: it was not
 * GitHub that kept it from being written.
 */
export const describeUnwritten = (
  { title, summary, text }: CheckOutput,
  status: number | null,
): CheckOutput => ({
  title,
  summary: prepend(
    `${reasonOf(status)}, so comments on this pull request may be missing or out of date. ${rerun}`,
    summary,
  ),
  text,
});

/** What a review of some benchmarks alone says, beside the check of all. `bench`: the regular expression that they match. */
export const describePartial = (bench: string, { title, summary, text }: CheckOutput): CheckOutput => ({
  title,
  summary: prepend(
    toMarkdown(
      say`Only the benchmarks that ${bench} matches were measured, as somebody asked. This says nothing of the others and gates nothing: that is what the check ${'allocgate'} is for.`,
    ),
    summary,
  ),
  text,
});

/** What kept a review from being made, and what to do about it. */
export function describeNotMeasured(failure: FailureReason): CheckOutput {
  const { title, message, hint, lines } = describeFailureOnGitHub(failure);
  const tell = (dropped: number): string => `… and ${count(dropped, 'more line')}`;
  const write = (limit: number): string =>
    joinBlocks([
      message,
      lines.length === 0
        ? ''
        : toMarkdownFence(takeEntries(lines, limit, (line) => line.slice(0, 500), tell)),
      hint,
      `This does not gate the merge. ${rerun}`,
    ]);
  return { title: `Could not measure: ${title}`, summary: fitBody(write), text: '' };
}
