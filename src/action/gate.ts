import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resolveGate } from '../config/gate.ts';
import type { Config } from '../config/schema.ts';
import { Failure } from '../errors.ts';
import { ensureCheckRun, updateCheckRun } from '../github/checks.ts';
import { isGone, StalePlan, statusOf } from '../github/errors.ts';
import { executePlan } from '../github/execute.ts';
import { readQueuedNumber } from '../github/merge-queue.ts';
import type { Writer } from '../github/types.ts';
import { readWriter } from '../github/writer.ts';
import { planReview } from '../report/data/report.ts';
import type { PlannedReview } from '../report/decide/planned.ts';
import { readPageAssets } from '../page-files.ts';
import { formats } from '../report/formats.ts';
import type { CheckOutput, PullRequestPlan } from '../report/model/pull-request.ts';
import type { Review } from '../report/model/review.ts';
import { describeNotMeasured } from '../report/pull-request/check.ts';
import { planPullRequest } from '../report/pull-request/plan.ts';
import { actionLogs, brokenHandover, writeStepSummary } from '../report/words/action.ts';
import { readConfigAt } from './config-at.ts';
import { postForFork } from './fork.ts';
import { readHandover } from './handover.ts';
import { planWithConsent } from './inheritance.ts';
import { journal } from './journal.ts';
import { findRetargeting, findSharedHead } from './other-targets.ts';
import { type EventOf, type Job, repositoryUrlOf } from './types.ts';

/** The commits to decide about. `number`: their pull request; null: that of a merge group is unknown. */
type Target = { number: number | null; baseSha: string; headSha: string; isMergeGroup: boolean };

/**
 * The job that decides, with a token that may write. It runs no code under review, but reads the result of the measuring
 * job. Resolves to whether the job passes.
 */
export async function gate(job: Job): Promise<boolean> {
  const { event, runner } = job;
  switch (event.kind) {
    case 'pull-request': {
      const { number, base, headSha } = event;
      const retargeted = await findRetargeting(job, event);
      if (retargeted !== null) return refuse(job, retargeted);
      const target = { number, baseSha: base.sha, headSha, isMergeGroup: false };
      return (await gateReview(job, target)) && mayPass(job, event);
    }
    case 'merge-group': {
      const { baseSha, headSha, headRef } = event;
      return gateReview(job, { number: readQueuedNumber(headRef), baseSha, headSha, isMergeGroup: true });
    }
    case 'workflow-run':
      await postForFork(job, event);
      return true;
    case 'push':
    case 'comment':
    case 'other':
      runner.log(actionLogs.nothingToGate);
      return true;
  }
}

/** Reports why this run cannot decide, and returns false: the job fails. */
function refuse(job: Job, output: CheckOutput): false {
  show(job, output, 'failure');
  job.runner.setOutput('verdict', 'error');
  return false;
}

/** Base's config; null: it is invalid. */
async function readUsableConfig(job: Job, baseSha: string): Promise<Config | null> {
  try {
    return await readConfigAt(job, baseSha);
  } catch (error) {
    if (error instanceof Failure && error.code === 'bad-config') return null;
    throw error;
  }
}

/**
 * Whether a pull request without a regression may pass. If a regression would fail the job, two kinds may not: a draft
 * that is not measured, because its green would still be there when it is marked ready; and one whose head another pull
 * request with another target branch has, too.
 */
async function mayPass(job: Job, event: EventOf<'pull-request'>): Promise<boolean> {
  const shared = await findSharedHead(job, event);
  if (shared === null && !event.isDraft) return true;
  const config = await readUsableConfig(job, event.base.sha);
  if (config === null || !Object.values(resolveGate(config.gate)).includes('fail')) return true;
  if (event.isDraft && config.drafts === 'skip') return false;
  return shared === null || refuse(job, shared);
}

async function gateReview(job: Job, target: Target): Promise<boolean> {
  const handover = await readHandover(job.dir, job.rules);
  // A measurement of another head is not a result for this one.
  if (handover === null || ('review' in handover && handover.review.head.sha !== target.headSha)) {
    return refuse(job, brokenHandover);
  }
  if ('notMeasured' in handover) return passUnmeasured(job, target, handover.notMeasured);
  let planned: PlannedReview;
  try {
    planned = await decide(job, target, handover.review);
  } catch (error) {
    // All other errors fail the job, because they must not look like a decision.
    if (!(error instanceof Failure) || error.code !== 'bad-config') throw error;
    return passUnmeasured(job, target, describeNotMeasured(error.reason));
  }
  await writeReports(job, planned);
  const plan = planPullRequest(planned, target.headSha, {
    hasButtons: false,
    repositoryUrl: repositoryUrlOf(job),
  });
  job.runner.summarize(writeStepSummary(plan.check));
  if (!(await tryToWrite(job, target, plan))) job.runner.annotate(plan.check.annotations);
  const { verdict } = planned.report;
  job.runner.setOutput('verdict', verdict);
  job.runner.log(`${verdict.toUpperCase()}: ${plan.check.title}`);
  return verdict !== 'fail';
}

/** Plans the report with base's config and all current acceptances. */
async function decide(job: Job, { number, baseSha }: Target, review: Review): Promise<PlannedReview> {
  const config = await readConfigAt(job, baseSha);
  return number === null ? planReview(review, config) : planWithConsent(job, number, { review, config });
}

/** Passes, as in the App, because a review that was not possible does not gate. Its check is neutral. */
async function passUnmeasured(job: Job, target: Target, output: CheckOutput): Promise<boolean> {
  show(job, output, 'warning');
  job.runner.setOutput('verdict', 'neutral');
  await unlessRefused(job, () =>
    writeCheck(job, target, { ...output, conclusion: 'neutral', annotations: [] }),
  );
  return true;
}

/** Shows a check's text on the page of the workflow run, and its title as an annotation. */
function show(job: Job, output: CheckOutput, level: 'failure' | 'warning'): void {
  job.runner.summarize(writeStepSummary(output));
  const place = { path: '.github', start_line: 1, end_line: 1, annotation_level: level, title: 'allocgate' };
  job.runner.annotate([{ ...place, message: output.title }]);
}

/** Writes the report in the formats that other steps and tools read, and sets the outputs with their paths. */
async function writeReports({ dir, runner }: Job, planned: PlannedReview): Promise<void> {
  const page = { colour: false, width: 100, readAssets: readPageAssets };
  const files = {
    json: 'report.json',
    sarif: 'report.sarif',
    text: 'report.txt',
    html: 'report.html',
  } as const;
  for (const format of ['json', 'sarif', 'text', 'html'] as const) {
    await writeFile(path.join(dir, files[format]), formats[format].render(planned, page));
  }
  runner.setOutput('report', path.join(dir, files.json));
  runner.setOutput('sarif', path.join(dir, files.sarif));
  runner.setOutput('page', path.join(dir, files.html));
  runner.log(formats.text.render(planned, page).trimEnd());
}

/** Writes the plan. Resolves to whether all was written; false: the token lacks permission, as a fork's always does. */
async function tryToWrite(job: Job, target: Target, plan: PullRequestPlan): Promise<boolean> {
  if (job.event.kind === 'pull-request' && job.event.isFork) {
    job.runner.log(actionLogs.readOnly);
    return false;
  }
  return unlessRefused(job, async () => {
    if (target.isMergeGroup || target.number === null) return writeCheck(job, target, plan.check);
    const writer: Writer = await readWriter(job.github);
    const { created, updated, deleted } = await executePlan({
      github: job.github,
      target: { ...job.repository, number: target.number },
      writer,
      runId: checkId(job),
      generation: job.environment['GITHUB_RUN_ATTEMPT'] ?? '1',
      plan,
      journal,
      signal: job.signal,
      ...job.settle,
    });
    job.runner.log(actionLogs.wrote(created, updated, deleted));
  });
}

/** The external ID of the check. It is the same for every attempt of a workflow run, so they all write one check. */
const checkId = ({ environment }: Job): string => `workflow-run:${environment['GITHUB_RUN_ID'] ?? ''}`;

/** Writes the check of a commit, without comments; nothing for a fork, whose token may not write. */
async function writeCheck(
  job: Job,
  { headSha }: Target,
  { conclusion, annotations, title, summary, text }: Omit<PullRequestPlan['check'], 'actions'>,
): Promise<void> {
  if (job.event.kind === 'pull-request' && job.event.isFork) return;
  const { github, repository } = job;
  const output = { title, summary, text };
  const checked = { runId: checkId(job), headSha, bench: null };
  const id = await ensureCheckRun(github, repository, checked, { status: 'in_progress', output }, job.settle);
  const generation = job.environment['GITHUB_RUN_ATTEMPT'] ?? '1';
  await updateCheckRun(
    github,
    repository,
    id,
    { conclusion, output, annotations, actions: [], generation },
    job.settle,
  );
}

/** Resolves to whether `write` succeeded. A missing permission or an outdated head is not an error of the job. */
async function unlessRefused({ runner }: Job, write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    const isStale = error instanceof StalePlan;
    if (!isStale && statusOf(error) !== 403 && !isGone(error)) throw error;
    runner.log(isStale ? actionLogs.moved : actionLogs.readOnly);
    return false;
  }
}
