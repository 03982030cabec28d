import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../support/fake-github/answering.ts';
import { openApi } from '../support/fake-github/openapi.ts';
import { countTo, createScene, pick, type Scene } from './scene.ts';

type Step = { operation: string; path: string; body?: unknown; by?: 'jwt' | 'none' | 'user' };

const repo = '/repos/{owner}/{repo}';

/** Does every operation once; each step may use the ids that earlier ones answered with. */
async function* walk(scene: Scene, last: () => unknown): AsyncGenerator<Step> {
  const { fake, repository, installationId } = scene;
  const head = { branch: 'change', contents: { change: { 'a.txt': countTo(40, { 20: 'other' }) } } };
  const pull = await fake.openPullRequest(repository, { author: 'ann', head });
  const [base, sha] = [pull.baseSha, pull.headSha];
  const at = '/repos/acme/shop';
  const id = (): number => Number(pick(last(), 'id'));
  const own = (path: string, body?: unknown) => (operation: string) => ({
    operation,
    path: `${at}${path}`,
    body,
  });

  yield {
    operation: 'POST /app-manifests/{code}/conversions',
    path: `/app-manifests/${fake.manifestCode}/conversions`,
    by: 'none',
  };
  yield { operation: 'GET /app', path: '/app', by: 'jwt' };
  yield { operation: 'GET /app/installations', path: '/app/installations', by: 'jwt' };
  yield {
    operation: 'GET /app/installations/{installation_id}',
    path: `/app/installations/${installationId}`,
    by: 'jwt',
  };
  yield {
    operation: 'POST /app/installations/{installation_id}/access_tokens',
    path: `/app/installations/${installationId}/access_tokens`,
    body: { repository_ids: [repository.id], permissions: { checks: 'write' } },
    by: 'jwt',
  };
  yield { operation: `GET ${repo}/installation`, path: `${at}/installation`, by: 'jwt' };
  const { attempts } = await fake.deliver('ping', { zen: 'be quick', repository: { id: 1 } });
  const attemptId = attempts[0]?.id;
  yield { operation: 'GET /app/hook/deliveries', path: '/app/hook/deliveries', by: 'jwt' };
  yield {
    operation: 'GET /app/hook/deliveries/{delivery_id}',
    path: `/app/hook/deliveries/${attemptId}`,
    by: 'jwt',
  };
  yield {
    operation: 'POST /app/hook/deliveries/{delivery_id}/attempts',
    path: `/app/hook/deliveries/${attemptId}/attempts`,
    by: 'jwt',
  };
  yield { operation: 'GET /installation/repositories', path: '/installation/repositories' };
  yield { operation: 'GET /rate_limit', path: '/rate_limit' };
  yield { operation: 'GET /user', path: '/user', by: 'user' };
  yield { operation: 'GET /users/{username}', path: '/users/ann' };
  yield own('')(`GET ${repo}`);
  yield own(`/commits/${sha}`)(`GET ${repo}/commits/{ref}`);
  yield own(`/commits/${sha}/pulls`)(`GET ${repo}/commits/{commit_sha}/pulls`);
  yield own(`/compare/${base}...${sha}`)(`GET ${repo}/compare/{basehead}`);
  yield own('/collaborators/bob/permission')(`GET ${repo}/collaborators/{username}/permission`);
  yield own('/contents/a.txt')(`GET ${repo}/contents/{path}`);
  yield own('/pulls')(`GET ${repo}/pulls`);
  yield own('/pulls/1')(`GET ${repo}/pulls/{pull_number}`);
  yield own('/pulls/1/files')(`GET ${repo}/pulls/{pull_number}/files`);
  yield own('/pulls/1/commits')(`GET ${repo}/pulls/{pull_number}/commits`);

  const output = {
    title: 'title',
    summary: 'summary',
    annotations: [{ path: 'a.txt', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'look' }],
  };
  yield own('/check-runs', { name: 'allocgate', head_sha: sha, output })(`POST ${repo}/check-runs`);
  const [run, suite] = [id(), Number(pick(last(), 'check_suite', 'id'))];
  yield own(`/check-runs/${run}`, { conclusion: 'success' })(`PATCH ${repo}/check-runs/{check_run_id}`);
  yield own(`/check-runs/${run}`)(`GET ${repo}/check-runs/{check_run_id}`);
  yield own(`/check-runs/${run}/annotations`)(`GET ${repo}/check-runs/{check_run_id}/annotations`);
  yield own(`/commits/${sha}/check-runs`)(`GET ${repo}/commits/{ref}/check-runs`);
  yield own(`/check-suites/${suite}/check-runs`)(`GET ${repo}/check-suites/{check_suite_id}/check-runs`);

  // The App does not ask for this permission; a workflow's token has it.
  const asBob = (path: string, operation: string): Step => ({ ...own(path)(operation), by: 'user' });
  const workflow = fake.startWorkflow(repository, { headSha: sha, headRef: 'change' });
  const actions = `${repo}/actions`;
  yield asBob('/actions/workflows/allocgate.yml/runs', `GET ${actions}/workflows/{workflow_id}/runs`);
  yield asBob(`/actions/runs/${workflow.id}/jobs`, `GET ${actions}/runs/{run_id}/jobs`);
  yield asBob(`/actions/runs/${workflow.id}/rerun`, `POST ${actions}/runs/{run_id}/rerun`);
  yield asBob(`/actions/runs/${workflow.id}/cancel`, `POST ${actions}/runs/{run_id}/cancel`);
  yield asBob(`/actions/jobs/${workflow.jobs[0]?.id}/rerun`, `POST ${actions}/jobs/{job_id}/rerun`);
  const waiting = fake.startWorkflow(repository, {
    headSha: sha,
    headRef: 'change',
    conclusion: 'action_required',
  });
  yield asBob(`/actions/runs/${waiting.id}/approve`, `POST ${actions}/runs/{run_id}/approve`);

  const issueComment = `${repo}/issues/comments/{comment_id}`;
  yield own('/issues/1/comments', { body: 'hello' })(`POST ${repo}/issues/{issue_number}/comments`);
  const comment = id();
  yield own('/issues/1/comments')(`GET ${repo}/issues/{issue_number}/comments`);
  yield own(`/issues/comments/${comment}`)(`GET ${issueComment}`);
  yield own(`/issues/comments/${comment}`, { body: 'bye' })(`PATCH ${issueComment}`);
  yield own(`/issues/comments/${comment}/reactions`, { content: 'eyes' })(`POST ${issueComment}/reactions`);
  const eyes = id();
  yield own(`/issues/comments/${comment}/reactions`)(`GET ${issueComment}/reactions`);
  yield own(`/issues/comments/${comment}/reactions/${eyes}`)(
    `DELETE ${issueComment}/reactions/{reaction_id}`,
  );
  yield own(`/issues/comments/${comment}`)(`DELETE ${issueComment}`);

  const inline = { path: 'a.txt', line: 20, side: 'RIGHT', body: 'here' };
  const ofPull = `${repo}/pulls/{pull_number}`;
  const reviewComment = `${repo}/pulls/comments/{comment_id}`;
  yield own('/pulls/1/comments', { ...inline, commit_id: sha })(`POST ${ofPull}/comments`);
  const first = id();
  yield own(`/pulls/1/comments/${first}/replies`, { body: 'why' })(
    `POST ${ofPull}/comments/{comment_id}/replies`,
  );
  yield own('/pulls/1/comments')(`GET ${ofPull}/comments`);
  yield own(`/pulls/comments/${first}`)(`GET ${reviewComment}`);
  yield own(`/pulls/comments/${first}`, { body: 'there' })(`PATCH ${reviewComment}`);
  yield own(`/pulls/comments/${first}/reactions`, { content: '+1' })(`POST ${reviewComment}/reactions`);
  const up = id();
  yield own(`/pulls/comments/${first}/reactions`)(`GET ${reviewComment}/reactions`);
  yield own(`/pulls/comments/${first}/reactions/${up}`)(`DELETE ${reviewComment}/reactions/{reaction_id}`);
  yield own(`/pulls/comments/${first}`)(`DELETE ${reviewComment}`);

  yield own('/pulls/1/reviews', { comments: [inline] })(`POST ${ofPull}/reviews`);
  const review = id();
  yield own('/pulls/1/reviews')(`GET ${ofPull}/reviews`);
  yield own(`/pulls/1/reviews/${review}`)(`GET ${ofPull}/reviews/{review_id}`);
  yield own(`/pulls/1/reviews/${review}`, { body: 'all' })(`PUT ${ofPull}/reviews/{review_id}`);
  yield own(`/pulls/1/reviews/${review}/comments`)(`GET ${ofPull}/reviews/{review_id}/comments`);
  yield own(`/pulls/1/reviews/${review}/events`, { event: 'COMMENT' })(
    `POST ${ofPull}/reviews/{review_id}/events`,
  );
  yield own('/pulls/1/reviews', { comments: [inline] })(`POST ${ofPull}/reviews`);
  yield own(`/pulls/1/reviews/${id()}`)(`DELETE ${ofPull}/reviews/{review_id}`);
}

/** Errors of the description itself: it requires this account to be a user and an enterprise (`allOf`). */
const mistakes: Readonly<Record<string, RegExp>> = { 'GET /app/installations': /^answer\/\d+\/account: / };

test('every operation answers as the description of GitHub says', async () => {
  await using scene = await createScene();
  const tokens = { jwt: scene.jwt, none: null, user: scene.fake.createUserToken('bob') };
  const visited = new Set<string>();
  const wrong: Record<string, string[]> = {};
  let last: unknown = null;
  for await (const { operation, path, body, by } of walk(scene, () => last)) {
    const ask = by === undefined ? scene.ask : scene.askWith(tokens[by]);
    const [method = '', template = ''] = operation.split(' ');
    const reply = await ask(method, path, body);
    assert.ok(reply.status < 300, `${operation}: ${reply.status} ${JSON.stringify(reply.body)}`);
    const problems = openApi().checkResponse(method, template, reply.status, reply.body);
    const real = problems.filter((problem) => mistakes[operation]?.test(problem) !== true);
    if (real.length > 0) wrong[operation] = real;
    visited.add(operation);
    last = reply.body;
  }
  assert.deepEqual(wrong, {});
  assert.deepEqual([...visited].sort(), [...operations].sort());
  assert.deepEqual(scene.fake.violations, []);
});
