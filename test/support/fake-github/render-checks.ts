import { nodeId, renderAppById, renderTime, type Json } from './render-accounts.ts';
import type { CheckAnnotation, CheckRun, PullRequest } from './state-types.ts';
import type { World } from './world.ts';

/** The open pull requests with that head; GitHub names none that come from forks. */
export function pullsOfHead(world: World, run: { repository: object; headSha: string }): PullRequest[] {
  const { repository, headSha } = run;
  return world.pullRequests.filter(
    (pull) =>
      pull.repository === repository &&
      pull.headRepository === repository &&
      pull.headSha === headSha &&
      pull.state === 'open',
  );
}

/** A pull request as check runs name it. */
export function renderPullMinimal(world: World, pull: PullRequest): Json {
  const repository = {
    id: pull.repository.id,
    url: `${world.url}/repos/${pull.repository.fullName}`,
    name: pull.repository.name,
  };
  return {
    id: pull.id,
    number: pull.number,
    url: `${repository.url}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo: repository },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: repository },
  };
}

export function renderCheckRun(world: World, run: CheckRun): Json {
  const { id, repository } = run;
  const url = `${world.url}/repos/${repository.fullName}/check-runs/${id}`;
  const html = `${world.url}/${repository.fullName}/runs/${id}`;
  return {
    id,
    node_id: nodeId('CR', id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl === '' ? html : run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt && renderTime(run.startedAt),
    completed_at: run.completedAt && renderTime(run.completedAt),
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    check_suite: { id: run.suiteId },
    app: renderAppById(world, run.appId),
    pull_requests: pullsOfHead(world, run).map((pull) => renderPullMinimal(world, pull)),
  };
}

export function renderAnnotation(world: World, run: CheckRun, annotation: CheckAnnotation): Json {
  return {
    ...annotation,
    blob_href: `${world.url}/${run.repository.fullName}/blob/${run.headSha}/${annotation.path}`,
  };
}
