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
  output('Waiting for a machine', 'The review starts as soon as a machine is free.');

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
  link: 'Linking',
  discover: 'Finding the benchmarks',
  profile: 'Locating allocations',
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
  if (progress.phase === 'profile') return toMarkdown(say`Locating the allocations of ${progress.name}.`);
  return describeProgress(progress);
}

/** How far a review is; null: it just began. */
export const describeProgressOutput = (progress: Progress | null): CheckOutput =>
  progress === null
    ? output('Starting', 'Base and head will now be compiled and measured.')
    : output(titleOf(progress), summaryOf(progress));

/** A review that was given up because nobody wants it any more. `gone`: its pull request or repository is closed. */
export function describeCancelled(why: 'superseded' | 'cancelled' | 'gone'): CheckOutput {
  switch (why) {
    case 'superseded':
      return output('Superseded', 'There is a newer commit, or a newer request.');
    case 'cancelled':
      return output('Cancelled', `Somebody cancelled this review. ${rerun}`);
    case 'gone':
      return output('Cancelled: the pull request is closed', 'There is nothing left to review here.');
  }
}

/** A review that took its machine with it so often that nobody tries again. */
export const describeCrashes = (crashes: number): CheckOutput =>
  output(
    'Could not measure: the review crashed',
    `The worker crashed ${count(crashes, 'time')} during this review, so it will not be retried automatically. This does not gate the merge.`,
    'The usual reasons are benchmarks that use all memory of the machine, and a restart of the machine. The server log has the details.',
    rerun,
  );

/** A pull request from a fork runs strangers' code: somebody has to say yes. */
export const describeForkWaiting = (): CheckOutput =>
  output(
    'A maintainer must approve this commit',
    'This pull request comes from a fork, and measuring it runs its code. None of its code has run yet.',
    'A person with write access must review the change and comment `/allocgate approve`. The approval covers only this commit: each push needs a new one.',
  );

/** The repository's config says `forks: never`. */
export const describeForkRefused = (): CheckOutput =>
  output(
    'Not measured: this repository does not measure forks',
    'Measuring runs the code of the pull request, and `forks: never` in `.github/allocgate.yml` forbids that for forks.',
  );

const forbidden =
  'GitHub did not allow allocgate to comment on this pull request. An administrator of the installation must grant the permission **Pull requests: read and write**; the server log has GitHub’s response.';

/** A sentence that must be read, before a text that gives way where there is no room for both. */
function prepend(sentence: string, text: string): string {
  const whole = joinBlocks([sentence, text]);
  return whole.length <= bodyLimit ? whole : sentence;
}

/** The text of a check that stands alone because its comments may not be written. */
export const tellForbidden = (text: string): string => prepend(forbidden, text);

function reasonOf(status: number | null): string {
  if (status === null) return 'The server could not post the complete review';
  if (status >= 500) return 'GitHub failed repeatedly to accept the complete review';
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
      say`Only the benchmarks that ${bench} matches were measured, as requested. Other benchmarks were not measured. This check never gates; ${'allocgate'} does.`,
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
