import { nodeId, renderRepository, renderTime, type Json } from './render-accounts.ts';
import {
  forbidden,
  notFound,
  ok,
  parameter,
  Refusal,
  repositoryOfCall,
  type Answer,
  type Call,
  type Need,
  type Routes,
} from './routing.ts';
import type { WorkflowRun } from './state-types.ts';
import { nextId, now, repositoryOf, type World } from './world.ts';
import type { People } from './types.ts';

const WORKFLOW = { id: 5, file: 'allocgate.yml', name: 'allocgate' };

function renderRun(world: World, run: WorkflowRun): Json {
  const { repository, headRepository } = run;
  const api = `${world.url}/repos/${repository.fullName}/actions`;
  const url = `${api}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId('WFR', run.id),
    name: WORKFLOW.name,
    head_branch: run.headBranch,
    run_number: 1,
    run_attempt: run.attempt,
    display_title: WORKFLOW.name,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    head_sha: run.headSha,
    path: `.github/workflows/${WORKFLOW.file}`,
    workflow_id: WORKFLOW.id,
    url,
    html_url: `${world.url}/${repository.fullName}/actions/runs/${run.id}`,
    created_at: renderTime(run.createdAt),
    updated_at: renderTime(run.createdAt),
    run_started_at: renderTime(run.createdAt),
    head_commit: null,
    head_repository: renderRepository(world, headRepository),
    repository: renderRepository(world, repository),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${world.url}/repos/${repository.fullName}/check-suites/1`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    artifacts_url: `${url}/artifacts`,
    workflow_url: `${api}/workflows/${WORKFLOW.id}`,
    // GitHub names none for a fork's run.
    pull_requests: [],
  };
}

function renderJob(
  world: World,
  run: WorkflowRun,
  { id, name, status = 'in_progress' }: WorkflowRun['jobs'][number],
): Json {
  const api = `${world.url}/repos/${run.repository.fullName}`;
  return {
    id,
    run_id: run.id,
    run_url: `${api}/actions/runs/${run.id}`,
    node_id: nodeId('CR', id),
    head_sha: run.headSha,
    url: `${api}/actions/jobs/${id}`,
    html_url: `${world.url}/${run.repository.fullName}/actions/runs/${run.id}/job/${id}`,
    status: run.status === 'completed' ? 'completed' : status,
    conclusion: run.status === 'completed' || status === 'completed' ? (run.conclusion ?? 'success') : null,
    created_at: renderTime(run.createdAt),
    started_at: renderTime(run.createdAt),
    completed_at: renderTime(run.createdAt),
    name,
    steps: [],
    check_run_url: `${api}/check-runs/${id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'GitHub Actions 1',
    runner_group_id: 0,
    runner_group_name: 'GitHub Actions',
    workflow_name: WORKFLOW.name,
    head_branch: run.headBranch,
    run_attempt: run.attempt,
  };
}

function runsOf(call: Call): WorkflowRun[] {
  const repository = repositoryOfCall(call);
  return call.world.workflowRuns.filter((run) => run.repository === repository);
}

function runOf(call: Call): WorkflowRun {
  const found = runsOf(call).find(({ id }) => String(id) === parameter(call, 'run_id'));
  if (!found) throw notFound();
  return found;
}

function listRuns(call: Call): Answer {
  if (![WORKFLOW.file, String(WORKFLOW.id)].includes(parameter(call, 'workflow_id'))) throw notFound();
  const isAsked = (key: string, value: string): boolean => [null, value].includes(call.query.get(key));
  const runs = runsOf(call).filter(
    ({ event, headSha }) => isAsked('event', event) && isAsked('head_sha', headSha),
  );
  return ok({ total_count: runs.length, workflow_runs: runs.map((run) => renderRun(call.world, run)) });
}

function listJobs(call: Call): Answer {
  const run = runOf(call);
  return ok({ total_count: run.jobs.length, jobs: run.jobs.map((job) => renderJob(call.world, run, job)) });
}

/** A run in progress cannot be re-run. */
function startAgain(run: WorkflowRun, names: readonly string[]): Answer {
  if (run.status !== 'completed') throw new Refusal(403, { message: 'This workflow is already running' });
  run.status = 'in_progress';
  run.conclusion = null;
  run.attempt += 1;
  run.reruns.push([...names]);
  return ok({}, 201);
}

function rerun(call: Call): Answer {
  const run = runOf(call);
  return startAgain(
    run,
    run.jobs.map(({ name }) => name),
  );
}

function rerunJob(call: Call): Answer {
  const id = Number(parameter(call, 'job_id'));
  const run = runsOf(call).find(({ jobs }) => jobs.some((job) => job.id === id));
  const job = run?.jobs.find((one) => one.id === id);
  if (!run || !job) throw notFound();
  return startAgain(run, [job.name]);
}

function cancel(call: Call): Answer {
  const run = runOf(call);
  if (run.status === 'completed')
    throw new Refusal(409, { message: 'Cannot cancel a workflow run that is completed.' });
  Object.assign(run, { status: 'completed', conclusion: 'cancelled' });
  return ok({}, 202);
}

function approve(call: Call): Answer {
  const run = runOf(call);
  if (run.conclusion !== 'action_required') throw forbidden();
  Object.assign(run, { status: 'in_progress', conclusion: null });
  return ok({}, 201);
}

const [read, write]: readonly Need[][] = [[['actions', 'read']], [['actions', 'write']]];
const repo = '/repos/{owner}/{repo}/actions';

/** Runs of one workflow, `allocgate.yml` (https://docs.github.com/rest/actions/workflow-runs). */
export const actionRoutes: Routes = {
  [`GET ${repo}/workflows/{workflow_id}/runs`]: { by: 'token', needs: read ?? [], run: listRuns },
  [`GET ${repo}/runs/{run_id}/jobs`]: { by: 'token', needs: read ?? [], run: listJobs },
  [`POST ${repo}/runs/{run_id}/rerun`]: { by: 'token', needs: write ?? [], run: rerun },
  [`POST ${repo}/runs/{run_id}/cancel`]: { by: 'token', needs: write ?? [], run: cancel },
  [`POST ${repo}/runs/{run_id}/approve`]: { by: 'token', needs: write ?? [], run: approve },
  [`POST ${repo}/jobs/{job_id}/rerun`]: { by: 'token', needs: write ?? [], run: rerunJob },
};

/** What GitHub does by itself when an event starts a workflow. */
export function createWorkflows(world: World): Pick<People, 'startWorkflow'> {
  return {
    startWorkflow: (ref, { jobs = ['measure', 'gate'], ...wanted }) => {
      const repository = repositoryOf(world, ref);
      const run: WorkflowRun = {
        id: nextId(world),
        repository,
        headRepository: wanted.headRepository ?? repository,
        headBranch: wanted.headRef,
        headSha: wanted.headSha,
        event: 'pull_request',
        status: wanted.status ?? 'completed',
        conclusion: wanted.conclusion ?? null,
        attempt: 1,
        jobs: jobs.map((name) => ({ id: nextId(world), name })),
        reruns: [],
        createdAt: now(world),
      };
      world.workflowRuns.push(run);
      return run;
    },
  };
}
