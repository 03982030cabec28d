import { statusOf } from '../github/errors.ts';
import type { PullRequestFacts } from '../github/pull-requests.ts';
import type { GitHub, RepositoryName } from '../github/types.ts';
import type { Job } from './types.ts';

/** A run of this workflow for the head of a pull request. Times are ISO 8601. */
export type WorkflowRun = {
  id: number;
  isCompleted: boolean;
  /** Whether it is a fork's run that waits for approval. */
  isWaiting: boolean;
  /** The time of its first attempt, which starts when the head is pushed. */
  createdAt: string;
};

/** The file of this workflow. GITHUB_WORKFLOW_REF has the form `OWNER/REPO/.github/workflows/FILE@REF`. */
function workflowFile({ environment }: Pick<Job, 'environment'>): string {
  const { GITHUB_WORKFLOW_REF: ref = '' } = environment;
  return /\/\.github\/workflows\/([^/@]+)@/u.exec(ref)?.[1] ?? '';
}

/**
 * Finds the newest run of this workflow for the head of a pull request; null: there is none. Runs whose jobs were all
 * skipped do not count, because they measured nothing: an edited title causes such runs. Nor do runs of another pull
 * request that has the same commit as its head, such as a stranger's fork.
 */
export async function findRun(
  job: Pick<Job, 'github' | 'repository' | 'environment'>,
  { ref, sha, repositoryId }: PullRequestFacts['head'],
): Promise<WorkflowRun | null> {
  const { owner, repo } = job.repository;
  const { data } = await job.github.rest.actions.listWorkflowRuns({
    owner,
    repo,
    workflow_id: workflowFile(job),
    event: 'pull_request',
    head_sha: sha,
    per_page: 20,
  });
  const runs = data.workflow_runs
    .filter((run) => run.head_sha === sha && run.head_branch === ref && run.conclusion !== 'skipped')
    // GitHub knows neither repository of a fork that was deleted.
    .filter(
      ({ head_repository: from }: { head_repository: { id: number } | null }) =>
        repositoryId === null || from?.id === repositoryId,
    )
    .map((run) => ({
      id: run.id,
      isCompleted: run.status === 'completed',
      isWaiting: run.status === 'action_required' || run.conclusion === 'action_required',
      createdAt: run.created_at,
    }))
    .sort((a, b) => b.id - a.id);
  return runs[0] ?? null;
}

/** Resolves to whether GitHub accepted a re-run. It refuses to re-run what is in progress. */
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

/** Runs all jobs of a workflow run again. Resolves to false if it is in progress. */
export function rerunWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<boolean> {
  return unlessRunning(github.rest.actions.reRunWorkflow({ owner, repo, run_id: runId }));
}

/**
 * Runs one job of a workflow run again, with the results of the other jobs. `name`: the job's name, which GitHub extends
 * by that of the calling job in a reusable workflow. Resolves to false if it is in progress, or if there is no such job.
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

/** Cancels a run that is in progress. */
export async function cancelWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<void> {
  await github.rest.actions.cancelWorkflowRun({ owner, repo, run_id: runId });
}

/** Approves a run of a fork's commit that waits for approval. */
export async function approveWorkflow(
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<void> {
  await github.rest.actions.approveWorkflowRun({ owner, repo, run_id: runId });
}
