import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { reportSchema } from '../../src/report/model/schema.ts';
import { notMeasuredDraft } from '../../src/report/words/action.ts';
import { after, before } from '../support/hooks.ts';
import type { PullRequest } from '../support/fake-github/index.ts';
import { type ActionScene, bot, cleanReviewOf, createScene, reviewOf } from './scene.ts';
import { pullRequestPayload, type Step, workflowRunPayload } from './simulated-runner.ts';

// The gate job in a separate process with a runner's variables, against the fake GitHub.

let scene: ActionScene;
before(async () => {
  scene = await createScene();
});
after(async () => {
  await scene[Symbol.asyncDispose]();
  assert.deepEqual(scene.fake.violations, []);
});

const gatePullRequest = (pull: PullRequest, permissions?: Record<string, string>): Promise<Step> =>
  scene.runner.run('gate', {
    event: 'pull_request',
    payload: pullRequestPayload(pull),
    ...(permissions && { permissions }),
  });

const seenOn = (pull: PullRequest) => scene.fake.snapshot(scene.repository, pull.number);

test('a regression: the job fails, and the pull request gets check, comments and summary', async () => {
  const pull = await scene.open();
  await scene.runner.handOver({ review: reviewOf(pull) });
  const step = await gatePullRequest(pull);
  assert.equal(step.status, 1, step.log);
  assert.match(step.log, /\nFAIL: .* gate the merge\n/u);
  assert.equal(step.outputs['verdict'], 'fail');
  const report = reportSchema.parse(JSON.parse(await readFile(step.outputs['report'] ?? '', 'utf8')));
  assert.equal(report.head.sha, pull.headSha);
  assert.match(await readFile(step.outputs['sarif'] ?? '', 'utf8'), /"version": "2\.1\.0"/u);
  assert.match(step.summary, /^## allocgate: .*gate the merge\n[^]*### Findings/u);
  assert.doesNotMatch(step.summary, /presses \*\*Accept\*\*/u, 'nobody hears of a button');
  const seen = await seenOn(pull);
  assert.deepEqual(
    seen.checks.map(({ name, conclusion, actions }) => [name, conclusion, actions]),
    [['allocgate', 'failure', []]],
  );
  assert.deepEqual(
    seen.reviewComments.map(({ path, line, by }) => [path, line, by]),
    [['log/log.go', 42, bot(scene.fake)]],
  );
  assert.match(seen.comments[0]?.body ?? '', /### allocgate: fail/u);
  assert.doesNotMatch(step.log, /^::error/mu, 'the check has the annotations');
});

test('again, and a clean head: one check, one summary that tells of it, and the job passes', async () => {
  const pull = await scene.open();
  await scene.runner.handOver({ review: reviewOf(pull) });
  await gatePullRequest(pull);
  await gatePullRequest(pull);
  assert.equal((await seenOn(pull)).checks.length, 1);
  await scene.fake.pushHead(scene.repository, pull.number, { change: { 'new.txt': 'x' } });
  await scene.runner.handOver({ review: cleanReviewOf(pull) });
  const step = await gatePullRequest(pull);
  assert.equal(step.status, 0, step.log);
  const seen = await seenOn(pull);
  assert.deepEqual(
    seen.checks.map(({ conclusion }) => conclusion),
    ['success'],
  );
  assert.equal(seen.comments.length, 1);
  assert.match(seen.comments[0]?.body ?? '', /no longer any allocation regressions/u);
});

test('without permission to write: step summary, annotations, and the same verdict', async () => {
  const pull = await scene.open();
  await scene.runner.handOver({ review: reviewOf(pull) });
  const step = await gatePullRequest(pull, { contents: 'read', metadata: 'read', pull_requests: 'read' });
  assert.equal(step.status, 1, step.log);
  assert.match(step.log, /^::error file=log\/log\.go,line=42,/mu);
  assert.match(step.log, /token of this job may not write here/u);
  assert.match(step.summary, /### Findings/u);
  assert.deepEqual((await seenOn(pull)).checks, []);
});

test('what another commit measured, or nothing, is not a pass', async () => {
  const [pull, other] = [await scene.open(), await scene.open()];
  await scene.runner.handOver({ review: cleanReviewOf(other) });
  const wrong = await gatePullRequest(pull);
  assert.equal(wrong.status, 1);
  assert.match(wrong.summary, /The measuring job left no result/u);
  assert.equal(wrong.outputs['verdict'], 'error');
  assert.deepEqual((await seenOn(pull)).checks, []);
});

test('a run for another target branch does not pass, however clean it is', async () => {
  const pull = await scene.open();
  const payload = pullRequestPayload(pull);
  await scene.fake.git(scene.repository, 'branch', 'release', 'main');
  await scene.fake.editPullRequest(scene.repository, pull.number, { by: 'bob', base: 'release' });
  await scene.runner.handOver({ review: cleanReviewOf(pull) });
  const late = await scene.runner.run('gate', { event: 'pull_request', payload });
  assert.equal(late.status, 1, late.log);
  assert.equal(late.outputs['verdict'], 'error');
  assert.match(late.summary, /compares it with `main`, but it now targets `release`/u);
  assert.deepEqual((await seenOn(pull)).checks, []);
  const own = await gatePullRequest(pull);
  assert.equal(own.status, 0, own.log);
});

/** Two pull requests with the same head, the second to another branch. */
async function openTwice(fork: boolean): Promise<[PullRequest, PullRequest]> {
  const { fake, repository } = scene;
  const first = await scene.open();
  const branch = `release-of-${first.number}`;
  await fake.git(repository, 'branch', branch, 'main');
  const head = {
    branch: first.headRef,
    ...(fork && { fork: await fake.forkRepository(repository, `twin${first.number}`) }),
  };
  return [
    first,
    await fake.openPullRequest(repository, { author: fork ? 'eve' : 'bob', base: branch, head }),
  ];
}

test('a commit with two target branches does not pass for one of them alone', async () => {
  const [first, second] = await openTwice(false);
  for (const [pull, other] of [
    [first, second],
    [second, first],
  ] as const) {
    await scene.runner.handOver({ review: cleanReviewOf(pull) });
    const step = await gatePullRequest(pull);
    assert.equal(step.status, 1, step.log);
    assert.ok(step.summary.includes(`#${other.number} has the same head and another target branch`));
  }
  await scene.fake.closePullRequest(scene.repository, second.number, { by: 'bob' });
  await scene.runner.handOver({ review: cleanReviewOf(first) });
  assert.equal((await gatePullRequest(first)).status, 0);
});

test('a stranger cannot turn a commit green by another target branch, nor stop who can push', async () => {
  const [own, stranger] = await openTwice(true);
  assert.equal(own.headSha, stranger.headSha);
  await scene.runner.handOver({ review: cleanReviewOf(stranger) });
  assert.equal((await gatePullRequest(stranger)).status, 1);
  await scene.runner.handOver({ review: cleanReviewOf(own) });
  assert.equal((await gatePullRequest(own)).status, 0);
});

test('a draft that waits does not pass, unless nothing gates', async () => {
  const pull = await scene.open();
  const draft = { ...pull, draft: true };
  await scene.runner.handOver({ notMeasured: notMeasuredDraft });
  const step = await gatePullRequest(draft);
  assert.equal(step.status, 1, step.log);
  assert.equal((await seenOn(pull)).checks[0]?.conclusion, 'neutral');
  await using trying = await createScene('gate: neutral');
  const other = await trying.open();
  await trying.runner.handOver({ notMeasured: notMeasuredDraft });
  const payload = pullRequestPayload({ ...other, draft: true });
  assert.equal((await trying.runner.run('gate', { event: 'pull_request', payload })).status, 0);
});

test('a review that could not be made does not gate, and its check says why', async () => {
  const pull = await scene.open();
  const notMeasured = { title: 'Could not measure: no Go module', summary: 'There is no go.mod.', text: '' };
  await scene.runner.handOver({ notMeasured });
  const step = await gatePullRequest(pull);
  assert.equal(step.status, 0, step.log);
  assert.match(step.log, /^::warning .*::Could not measure: no Go module$/mu);
  const [check] = (await seenOn(pull)).checks;
  assert.deepEqual([check?.conclusion, check?.title], ['neutral', notMeasured.title]);
});

test('a merge group: its commit gets the check, and what was accepted for its pull request counts', async () => {
  const pull = await scene.open();
  const group = await scene.fake.mergeGroup(scene.repository, pull.number);
  await scene.runner.handOver({
    review: reviewOf(pull, { base: { sha: group.baseSha }, head: { sha: group.headSha } }),
  });
  const payload = {
    merge_group: { base_sha: group.baseSha, head_sha: group.headSha, head_ref: group.headRef },
  };
  const step = await scene.runner.run('gate', { event: 'merge_group', payload });
  assert.equal(step.status, 1, step.log);
  const [check] = scene.fake.checkRuns(scene.repository, group.headSha);
  assert.equal(check?.conclusion, 'failure');
  assert.deepEqual((await seenOn(pull)).comments, []);
});

test('a fork: its own run writes nothing, and the second workflow its comments, but never a check', async () => {
  const pull = await scene.open({ fork: true });
  await scene.runner.handOver({ review: reviewOf(pull) });
  const own = await gatePullRequest(pull, { contents: 'read', metadata: 'read', pull_requests: 'read' });
  assert.equal(own.status, 1, own.log);
  assert.match(own.log, /^::error file=log\/log\.go,line=42,/mu);
  assert.deepEqual((await seenOn(pull)).comments, []);
  const step = await scene.runner.run('gate', {
    event: 'workflow_run',
    payload: workflowRunPayload(pull, 7),
    permissions: {
      contents: 'read',
      metadata: 'read',
      actions: 'read',
      pull_requests: 'write',
      issues: 'write',
    },
  });
  assert.equal(step.status, 0, step.log);
  const seen = await seenOn(pull);
  assert.deepEqual(seen.checks, []);
  assert.equal(seen.reviewComments.length, 1);
  assert.match(
    seen.comments[0]?.body ?? '',
    /### allocgate: fail\n\nThis report comes from a workflow run of the fork/u,
  );
});

test('a fork that claims to be clean is not believed, nor one that speaks of another commit', async () => {
  const [clean, other] = [await scene.open({ fork: true }), await scene.open({ fork: true })];
  for (const [pull, review] of [
    [clean, cleanReviewOf(clean)],
    [clean, reviewOf(other)],
  ] as const) {
    await scene.runner.handOver({ review });
    const step = await scene.runner.run('gate', {
      event: 'workflow_run',
      payload: workflowRunPayload(pull, 7),
    });
    assert.equal(step.status, 0, step.log);
    assert.match(step.log, /nothing was written/u);
  }
  for (const pull of [clean, other]) {
    const { comments, checks, reviewComments } = await seenOn(pull);
    assert.deepEqual([comments, checks, reviewComments], [[], [], []]);
  }
});

test('pull_request_target is refused', async () => {
  const pull = await scene.open();
  const payload = pullRequestPayload(pull);
  for (const name of ['measure', 'gate'] as const) {
    const step = await scene.runner.run(name, { event: 'pull_request_target', payload });
    assert.equal(step.status, 1);
    assert.match(step.log, /so allocgate does not run for it\. Use pull_request\./u);
  }
});
