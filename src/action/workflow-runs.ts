import { statusOf } from '../github/errors.ts';
import type { GitHub, RepositoryName } from '../github/types.ts';
import type { Job } from './types.ts';

/** A run of this workflow for a pull request's head. Times are ISO 8601. */
export type WorkflowRun = {
  id: number;
  isCompleted: boolean;
  /** Whether it is a fork's run that waits for approval. */
  isWaiting: boolean;
  /** The time of its first attempt, which starts when the head is pushed. */
  createdAt: string;
};

/** `OWNER/REPO/.github/workflows/FILE@REF` → `FILE`. */
function workflowFile({ environment }: Pick<Job, 'environment'>): string {
  const { GITHUB_WORKFLOW_REF: ref = '' } = environment;
  return /\/\.github\/workflows\/([^/@]+)@/u.exec(ref)?.[1] ?? '';
}

/**
 * The newest run of this workflow for a pull request's head; null: none. One whose jobs were all skipped, because only
 * the title changed, has measured nothing.
 */
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
    .filter((run) => run.head_sha === headSha && run.conclusion !== 'skipped')
    .map((run) => ({
      id: run.id,
      isCompleted: run.status === 'completed',
      isWaiting: run.status === 'action_required' || run.conclusion === 'action_required',
      createdAt: run.created_at,
    }))
    .sort((a, b) => b.id - a.id);
  return runs[0] ?? null;
}

/** GitHub refuses to re-run a run that is in progress. */
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

/** Runs the whole workflow again; false: it is in progress. */
export function rerunWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<boolean> {
  return unlessRunning(github.rest.actions.reRunWorkflow({ owner, repo, run_id: runId }));
}

/**
 * Runs one job again, with the results of the other jobs. `name`: the job's name; in a reusable workflow the name of
 * the calling job precedes it. False: it is in progress, or there is no such job.
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

/** Approves a fork's run that waits for approval. */
export async function approveWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<void> {
  await github.rest.actions.approveWorkflowRun({ owner, repo, run_id: runId });
}
