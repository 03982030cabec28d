import { readPullRequest } from '../github/pull-requests.ts';
import type { Job } from './types.ts';
import { findRun } from './workflow-runs.ts';

/**
 * Sets the output `run-id` to the ID of the workflow run with the measurement, which can be this one; empty if there is
 * none. A later step downloads the run's artifact.
 */
export async function locate(job: Job): Promise<void> {
  const { event, runner } = job;
  runner.setOutput('run-id', String((await locateRun(job, event)) ?? ''));
}

async function locateRun(job: Job, event: Job['event']): Promise<number | string | null> {
  if (event.kind === 'workflow-run') return event.runId;
  if (event.kind !== 'comment') return job.environment['GITHUB_RUN_ID'] ?? null;
  const facts = await readPullRequest(job.github, { ...job.repository, number: event.number });
  return (facts && (await findRun(job, facts.head)))?.id ?? null;
}
