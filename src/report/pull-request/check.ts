import type { FailureReason } from '../../errors.ts';
import { BODY_LIMIT, fitBody, joinMarkdown, takeEntries } from '../model/body-limits.ts';
import { toMarkdownFence } from '../model/escape.ts';
import { describeFailureOnGitHub } from '../words/github-failures.ts';
import { describeProgress, type Progress } from '../words/progress.ts';
import { command, count, say, toMarkdown } from '../model/prose.ts';
import type { CheckOutput } from '../model/pull-request.ts';

/** The output of a check run without a report. Its title contains no text from the reviewed code. */
const output = (title: string, ...paragraphs: readonly string[]): CheckOutput => ({
  title,
  summary: joinMarkdown(paragraphs),
  text: '',
});

const HOW_TO_RERUN = 'Press **Re-run**, or comment `/allocgate rerun`, to measure again.';

const NOTHING_LEFT = 'There is nothing left to review here.';

/** The output while a review waits for a machine. */
export const describeQueued = (): CheckOutput =>
  output('Waiting for a machine', 'The review starts as soon as a machine is free.');

/**
 * The output while other pull requests with the same head have no result yet: a commit has one check for all of them.
 * @param numbers the numbers of those pull requests
 */
export const describeSharedWaiting = (numbers: readonly number[]): CheckOutput =>
  output(
    'Waiting for another pull request',
    `This commit is also the head of ${numbers.map((number) => `#${number}`).join(', ')}, which is still being measured. A commit has one check, so it completes when all of them have a result.`,
  );

/** The output for a run that ended without a result and without a known reason. */
export const describeNoResult = (): CheckOutput =>
  output('Not measured', `This review ended without a result. ${HOW_TO_RERUN}`);

const phaseTitles: Record<Exclude<Progress['phase'], 'measure'>, string> = {
  source: 'Reading both commits',
  fetch: 'Downloading modules',
  plan: 'Finding what the change can reach',
  compile: 'Compiling',
  link: 'Linking',
  discover: 'Finding the benchmarks',
  cover: 'Finding which benchmarks run the change',
  profile: 'Locating allocations',
  match: 'Matching rules',
  prove: 'Trying the causes',
};

/** The title is plain text beside the check's name. It contains counts, but no name from the reviewed code. */
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

/** The output that shows how far a review is; null: it has just started. */
export const describeProgressOutput = (progress: Progress | null): CheckOutput =>
  progress === null
    ? output('Starting', 'Base and head will now be compiled and measured.')
    : output(titleOf(progress), summaryOf(progress));

/**
 * Why a review ended without a result. `closed`: its pull request is closed. `dissolved`: its merge group ended.
 * `unheld`: several pull requests had the commit, and none has it now. `gone`: GitHub gave no access.
 */
type Cancellation = 'superseded' | 'cancelled' | 'closed' | 'dissolved' | 'unheld' | 'gone';

/** The output for a review that ended without a result, because it is no longer needed or no longer possible. */
export function describeCancelled(why: Cancellation): CheckOutput {
  switch (why) {
    case 'superseded':
      return output('Superseded', 'There is a newer commit, or a newer request.');
    case 'cancelled':
      return output('Cancelled', `Somebody cancelled this review. ${HOW_TO_RERUN}`);
    case 'closed':
      return output('Cancelled: the pull request is closed', NOTHING_LEFT);
    case 'dissolved':
      return output('Cancelled: the merge group ended', NOTHING_LEFT);
    case 'unheld':
      return output('Cancelled: no open pull request has this head now', NOTHING_LEFT);
    case 'gone':
      return output(
        'Cancelled: GitHub gave no access',
        `GitHub did not let allocgate read the pull request, or not write to it: the repository was archived, transferred or deleted, or the App was suspended or removed. With access again, allocgate reviews open pull requests by itself. ${HOW_TO_RERUN}`,
      );
  }
}

/** The output for a review that is not retried, because the worker crashed during it `crashes` times. */
export const describeCrashes = (crashes: number): CheckOutput =>
  output(
    'Could not measure: the review crashed',
    `The worker crashed ${count(crashes, 'time')} during this review, so it will not be retried automatically. This does not gate the merge.`,
    'The usual reasons are benchmarks that use all memory of the machine, and a restart of the machine. The server log has the details.',
    HOW_TO_RERUN,
  );

/** The output for a commit of a fork that a maintainer must approve before its code runs. */
export const describeForkWaiting = (): CheckOutput =>
  output(
    'A maintainer must approve this commit',
    'This pull request comes from a fork, and measuring it runs its code. None of its code has run yet.',
    'A person with write access must review the change and comment `/allocgate approve`. The approval covers only this commit: each push needs a new one.',
  );

/** The output for a pull request from a fork under `forks: never`. */
export const describeForkRefused = (): CheckOutput =>
  output(
    'Not measured: this repository does not measure forks',
    'Measuring runs the code of the pull request, and `forks: never` in `.github/allocgate.yml` forbids that for forks.',
  );

const FORBIDDEN =
  'GitHub did not allow allocgate to comment on this pull request. An administrator of the installation must grant the permission **Pull requests: read and write**; the server log has GitHub’s response.';

/** Puts a sentence before a text. If both are too long for one body, only the sentence remains. */
function prepend(sentence: string, text: string): string {
  const joined = joinMarkdown([sentence, text]);
  return joined.length <= BODY_LIMIT ? joined : sentence;
}

/** The text of a check that begins with the reason why GitHub did not accept its comments. */
export const explainForbidden = (text: string): string => prepend(FORBIDDEN, text);

function reasonOf(status: number | null): string {
  if (status === null) return 'The server could not post the complete review';
  if (status >= 500) return 'GitHub failed repeatedly to accept the complete review';
  return `GitHub refused a part of this review (status ${status})`;
}

/**
 * The output for a review whose comments could not all be written. Its result counts nevertheless.
 * @param status the HTTP status of GitHub's response; null: there was another reason
 */
export const describeUnwritten = (
  { title, summary, text }: CheckOutput,
  status: number | null,
): CheckOutput => ({
  title,
  summary: prepend(
    `${reasonOf(status)}, so comments on this pull request may be missing or out of date. ${HOW_TO_RERUN}`,
    summary,
  ),
  text,
});

/**
 * The output for a review of some benchmarks, which has a check of its own.
 * @param bench the regular expression that selects them
 */
export const describePartial = (bench: string, { title, summary, text }: CheckOutput): CheckOutput => ({
  title,
  summary: prepend(
    toMarkdown(
      say`As requested, only the benchmarks that match ${command(bench)} were measured. This check never gates; ${'allocgate'} does.`,
    ),
    summary,
  ),
  text,
});

/** The output for a review that failed: why, and what to do about it. */
export function describeNotMeasured(failure: FailureReason): CheckOutput {
  const { title, message, hint, lines } = describeFailureOnGitHub(failure);
  const writeMore = (dropped: number): string => `… and ${count(dropped, 'more line')}`;
  const write = (limit: number): string =>
    joinMarkdown([
      message,
      lines.length === 0
        ? ''
        : toMarkdownFence(takeEntries(lines, limit, (line) => line.slice(0, 500), writeMore)),
      hint,
      `This does not gate the merge. ${HOW_TO_RERUN}`,
    ]);
  return { title: `Could not measure: ${title}`, summary: fitBody(write), text: '' };
}
