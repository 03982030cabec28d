import { isRefused, statusOf } from '../github/errors.ts';
import type { PullRequestFacts } from '../github/pull-requests.ts';
import type { GitHub, RepositoryName } from '../github/types.ts';
import type { Job } from './types.ts';

/** A run of this workflow for the head of a pull request. Times are ISO 8601. `url`: its page. */
export type WorkflowRun = {
  id: number;
  url: string;
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
      url: run.html_url,
      isCompleted: run.status === 'completed',
      isWaiting: run.status === 'action_required' || run.conclusion === 'action_required',
      createdAt: run.created_at,
    }))
    .sort((a, b) => b.id - a.id);
  return runs[0] ?? null;
}

/**
 * What became of a request about a workflow run. `in-progress`, `completed`: it is, so the request has no effect. `refused`:
 * GitHub's reason, such as a missing permission or a run that is too old.
 */
export type RunAnswer = 'done' | 'in-progress' | 'completed' | { refused: string };

/** Sends a request about a workflow run, and reads why GitHub refuses it. Throws other errors. */
async function askFor(request: Promise<unknown>): Promise<RunAnswer> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (!isRefused(error) && statusOf(error) !== 409) throw error;
    const reason = error instanceof Error ? error.message : '';
    if (/\bcompleted\b/iu.test(reason)) return 'completed';
    if (statusOf(error) === 409 || /already running|in progress/iu.test(reason)) return 'in-progress';
    return { refused: reason };
  }
}

type Place = { github: GitHub; repository: RepositoryName };

/** Runs all jobs of a workflow run again. */
export const rerunWorkflow = (
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<RunAnswer> => askFor(github.rest.actions.reRunWorkflow({ owner, repo, run_id: runId }));

/** Runs one job of a workflow run again, with the results of the other jobs. */
export const rerunJob = ({ github, repository: { owner, repo } }: Place, jobId: number): Promise<RunAnswer> =>
  askFor(github.rest.actions.reRunJobForWorkflowRun({ owner, repo, job_id: jobId }));

/** Cancels a run that is in progress. */
export const cancelWorkflow = (
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<RunAnswer> => askFor(github.rest.actions.cancelWorkflowRun({ owner, repo, run_id: runId }));

/** Approves a run of a fork's commit that waits for approval. */
export const approveWorkflow = (
  { github, repository: { owner, repo } }: Place,
  runId: number,
): Promise<RunAnswer> => askFor(github.rest.actions.approveWorkflowRun({ owner, repo, run_id: runId }));

/**
 * A job of the newest attempt of a workflow run. `completed`: its ID. `missing`: no job has the name, and
 * none can get it later.
 */
type JobState = 'waiting' | 'running' | 'missing' | { completed: number };

/**
 * Finds a job of a workflow run by its name, which GitHub extends by that of the calling job in a reusable workflow.
 * GitHub lists a job only when those that it needs have ended, so a job that is not listed can still be waiting.
 */
export async function findJob(
  { github, repository: { owner, repo } }: Place,
  runId: number,
  name: string,
): Promise<JobState> {
  const { data } = await github.rest.actions.listJobsForWorkflowRun({
    owner,
    repo,
    run_id: runId,
    per_page: 100,
  });
  const job = data.jobs.find((one) => one.name === name || one.name.endsWith(` / ${name}`));
  if (job === undefined) {
    return data.jobs.some(({ status }) => status !== 'completed') ? 'waiting' : 'missing';
  }
  if (job.status === 'completed') return { completed: job.id };
  return job.status === 'in_progress' ? 'running' : 'waiting';
}
