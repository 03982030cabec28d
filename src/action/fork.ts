import { executePlan } from '../github/execute.ts';
import { listHeadPullRequests } from '../github/pull-requests.ts';
import { readWriter } from '../github/writer.ts';
import { planPullRequest } from '../report/pull-request/plan.ts';
import { actionLogs, FORK_NOTICE } from '../report/words/action.ts';
import { readConfigAt } from './config-at.ts';
import { readHandover } from './handover.ts';
import { planWithConsent } from './inheritance.ts';
import { journal } from './journal.ts';
import { type EventOf, type Job, repositoryUrlOf } from './types.ts';

/**
 * Writes the comments that a fork's run could not write, in a workflow of the repository itself. The author of the pull
 * request may have forged the artifact, so only its form is trusted, and the pull request is looked up on GitHub. A
 * regression is reported in comments, never by a check. If there is none, nothing is written, because a forged artifact
 * could claim that.
 */
export async function postForFork(job: Job, event: EventOf<'workflow-run'>): Promise<void> {
  const { github, repository, runner } = job;
  if (event.of !== 'pull_request' || !event.isFork) return runner.log(actionLogs.nothingToGate);
  const [pull] = await listHeadPullRequests(github, repository, { ...event.head, sha: event.headSha });
  if (!pull?.isFork) return runner.log(actionLogs.noPullRequest);
  const handover = await readHandover(job.dir, job.rules);
  const isUsable = handover !== null && 'review' in handover && handover.review.head.sha === event.headSha;
  if (!isUsable) return runner.log(actionLogs.notFailing);
  const config = await readConfigAt(job, pull.base.sha);
  const planned = await planWithConsent(job, pull.number, { review: handover.review, config });
  if (planned.report.verdict !== 'fail') return runner.log(actionLogs.notFailing);
  const plan = planPullRequest(planned, event.headSha, {
    hasButtons: false,
    notice: FORK_NOTICE,
    repositoryUrl: repositoryUrlOf(job),
  });
  const { created, updated, deleted } = await executePlan({
    github,
    target: { ...repository, number: pull.number },
    writer: await readWriter(github),
    runId: '',
    plan,
    leavesCheck: true,
    journal,
    signal: job.signal,
    ...job.settle,
  });
  runner.log(actionLogs.wrote(created, updated, deleted));
}
