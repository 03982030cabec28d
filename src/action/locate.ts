import { readPullRequest } from '../github/pull-requests.ts';
import type { Job } from './types.ts';
import { findRun } from './workflow-runs.ts';

/**
 * Says which workflow run holds what was measured, where it is not this one: the output `run-id`, empty where there is
 * none. A step downloads its artifact.
 */
export async function locate(job: Job): Promise<void> {
  const { event, runner } = job;
  runner.setOutput('run-id', String((await locateRun(job, event)) ?? ''));
}

async function locateRun(job: Job, event: Job['event']): Promise<number | string | null> {
  if (event.kind === 'workflow-run') return event.runId;
  if (event.kind !== 'comment') return job.environment['GITHUB_RUN_ID'] ?? null;
  const facts = await readPullRequest(job.github, { ...job.repository, number: event.number });
  return (facts && (await findRun(job, facts.head.sha)))?.id ?? null;
}
