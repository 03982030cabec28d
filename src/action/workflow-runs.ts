import { statusOf } from '../github/errors.ts';
import type { GitHub, RepositoryName } from '../github/types.ts';
import type { Job } from './types.ts';

/** A run of this workflow for a pull request's head. Times are ISO 8601. */
export type WorkflowRun = {
  id: number;
  isCompleted: boolean;
  /** It is a fork's and waits until somebody allows it to run. */
  isWaiting: boolean;
  /** When its first attempt was made: as soon as the head was pushed. */
  createdAt: string;
};

/** `OWNER/REPO/.github/workflows/FILE@REF` → `FILE`. */
function workflowFile({ environment }: Pick<Job, 'environment'>): string {
  const { GITHUB_WORKFLOW_REF: ref = '' } = environment;
  return /\/\.github\/workflows\/([^/@]+)@/u.exec(ref)?.[1] ?? '';
}

/** The newest run of this workflow that a pull request's head got; null: none. */
export async function findRun(
  job: Pick<Job, 'github' | 'repository' | 'environment'>,
  headSha: string,
): Promise<WorkflowRun | null> {
  const { owner, repo } = job.repository;
  const { data } = await job.github.rest.actions.listWorkflowRuns({
    owner,
    repo,
    workflow_id: workflowFile(job),
    event: 'pull_request',
    head_sha: headSha,
    per_page: 20,
  });
  const runs = data.workflow_runs
    .filter((run) => run.head_sha === headSha)
    .map((run) => ({
      id: run.id,
      isCompleted: run.status === 'completed',
      isWaiting: run.status === 'action_required' || run.conclusion === 'action_required',
      createdAt: run.created_at,
    }))
    .sort((a, b) => b.id - a.id);
  return runs[0] ?? null;
}

/** GitHub refuses to run what is running. */
async function unlessRunning(ask: Promise<unknown>): Promise<boolean> {
  try {
    await ask;
    return true;
  } catch (error) {
    if (statusOf(error) === 403 || statusOf(error) === 409) return false;
    throw error;
  }
}

type Place = { github: GitHub; repository: RepositoryName };

/** Runs the whole workflow again; false: it is running. */
export function rerunWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<boolean> {
  return unlessRunning(github.rest.actions.reRunWorkflow({ owner, repo, run_id: runId }));
}

/**
 * Runs one job again: with what the others handed over, it decides anew. `name`: the job's; in a reusable workflow it stands
 * behind the name of the calling job. False: it is running, or there is no such job.
 */
export async function rerunJob(
  { github, repository: { owner, repo } }: Place,
  runId: number,
  name: string,
): Promise<boolean> {
  const query = { owner, repo, run_id: runId, per_page: 100 };
  const { data } = await github.rest.actions.listJobsForWorkflowRun(query);
  const job = data.jobs.find((one) => one.name === name || one.name.endsWith(` / ${name}`));
  if (job === undefined) return false;
  return unlessRunning(github.rest.actions.reRunJobForWorkflowRun({ owner, repo, job_id: job.id }));
}

/** Stops a run. */
export async function cancelWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<void> {
  await github.rest.actions.cancelWorkflowRun({ owner, repo, run_id: runId });
}

/** Allows the run of a fork that waits for it. */
export async function approveWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<void> {
  await github.rest.actions.approveWorkflowRun({ owner, repo, run_id: runId });
}
