import { joinMarkdown } from '../model/body-limits.ts';
import { shortLine, toMarkdownCode, toMarkdownUrl } from '../model/escape.ts';
import type { CheckOutput } from '../model/pull-request.ts';
import { count } from '../model/prose.ts';

/** Lines of the GitHub Action's log. */
export const actionLogs = {
  measured: (benchmarks: number, findings: number): string =>
    `Measured: ${count(benchmarks, 'benchmark')}, ${count(findings, 'finding')}. The gate job decides.`,
  warmed: 'Compiled the default branch for later reviews.',
  otherBranch: 'Only pushes to the default branch are compiled for later reviews; there is nothing to do.',
  nothingToMeasure: 'Nothing is measured for this event.',
  nothingToGate: 'Nothing gates for this event.',
  noPullRequest: 'No open pull request has this commit as its head; nothing was written.',
  notFailing:
    'The run reports no regression that gates. The author of a fork can forge such a result, so nothing was written.',
  readOnly: 'The token of this job may not write here; the summary of this job has the full report.',
  moved: 'The pull request has a newer head, is closed, or cannot be read; nothing was written.',
  wrote: (created: number, updated: number, deleted: number): string =>
    `Wrote to the pull request. Comments: ${created} created, ${updated} updated, ${deleted} deleted.`,
  noCommand: 'The comment has no command for allocgate.',
  answered: (command: string, author: string): string => `Answered /allocgate ${command} of ${author}.`,
  notAnswered: (command: string, author: string): string =>
    `GitHub refused the answer to /allocgate ${command} of ${author}: the conversation is locked, or the job lacks the permission pull-requests: write.` +
    (command === 'accept' ? ' Nothing was accepted, because the answer would record it.' : ''),
  gateWillRead: 'The job that gates has not started yet; it will read the conversation by itself.',
  refusedTarget:
    'pull_request_target gives the code of a pull request a token with write access, so allocgate does not run for it. Use pull_request.',
} as const;

const output = (title: string, summary: string): CheckOutput => ({ title, summary, text: '' });

/** The result for a draft under `drafts: skip`, the default. */
export const notMeasuredDraft = output(
  'Not measured: this pull request is a draft',
  'It will be measured when it is marked ready for review. `drafts: review` in `.github/allocgate.yml` measures drafts, too.',
);

/** The result for a pull request from a fork under `forks: never`. */
export const notMeasuredFork = output(
  'Not measured: this repository does not measure forks',
  '`forks: never` in `.github/allocgate.yml` forbids measuring pull requests from forks.',
);

/** The result if the measuring job ended before it wrote one, or if what it wrote is damaged. */
export const brokenHandover = output(
  'The measuring job left no result',
  'The job that measures ended early, or its artifact `allocgate` is missing or damaged. Its log has the reason; re-run the workflow to measure again.',
);

/** The result if the pull request got another target branch after the run began: first `from`, now `to`. */
export const describeRetargeted = (from: string, to: string): CheckOutput =>
  output(
    'The pull request has another target branch now',
    `This run compares it with ${toMarkdownCode(from)}, but it now targets ${toMarkdownCode(to)}. The run that the change of the target started decides. If there is none, push, or close and reopen the pull request.`,
  );

/** The result if another open pull request, which targets `branch`, has the same head. */
export const describeSharedHead = (number: number, branch: string): CheckOutput =>
  output(
    `#${number} has the same head and another target branch`,
    `A required check belongs to a commit, so this run would also decide for #${number}, which targets ${toMarkdownCode(branch)}. Push a commit to one of them, or close it and comment \`/allocgate rerun\` on the other.`,
  );

/** The report in Markdown, for the page of a workflow run. */
export const writeStepSummary = ({ title, summary, text }: CheckOutput): string =>
  joinMarkdown([`## allocgate: ${title}`, summary, text]);

/** The first paragraph of a summary that is based on a fork's run. */
export const FORK_NOTICE =
  'This report comes from a workflow run of the fork, which the author of the pull request controls. It does not gate by itself.';

/** The reply to `/allocgate run REGEXP`. GitHub can only run a workflow again as it was, without a new argument. */
export const NO_PARTIAL_RUNS =
  'The GitHub Action always measures all benchmarks. `/allocgate run` without a regular expression measures again; for single benchmarks, use `allocgate review --bench` on your machine.';

/** Why the job `name` of a workflow run cannot run again. `refused`: GitHub's reason. */
type NotDecided = 'missing' | 'in-progress' | { refused: string };

function describeObstacle(name: string, why: NotDecided): string {
  const job = toMarkdownCode(name);
  if (why === 'missing') {
    return `has no job named ${job}. If it has another name, the input \`gate-job\` must name it`;
  }
  if (why === 'in-progress') return `has not ended yet, so its job ${job} could not run again`;
  return `could not run its job ${job} again: ${toMarkdownCode(why.refused)}`;
}

/**
 * The comment if an acceptance, or its withdrawal, is recorded, but the job that gates could not run again. `url`: the
 * page of the workflow run.
 */
export const describeNotDecided = (url: string, name: string, why: NotDecided): string =>
  `This is recorded, but the check may not show it yet: the [workflow run](${toMarkdownUrl(url) ?? ''}) ${describeObstacle(name, why)}. When the run has ended, press **Re-run failed jobs** on its page; if that is not possible, comment \`/allocgate rerun\` or push.`;

/** The reply if GitHub refuses what a command asks of the workflow run. */
export const describeRunRefused = (reason: string): string =>
  `GitHub refused this: ${toMarkdownCode(reason)}. The job needs the permission \`actions: write\`, and GitHub runs nothing again that is older than 30 days.`;

/** The error for an input `job` of action.yml that is neither `measure` nor `gate`. */
export const describeWrongJob = (name: string): string =>
  `The input "job" must be measure or gate, not "${shortLine(name)}".`;
