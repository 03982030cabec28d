import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import type { PullRequest } from '../support/fake-github/index.ts';
import { type ActionScene, createScene, reviewOf } from './scene.ts';
import { commentPayload, pullRequestPayload, type Step } from './simulated-runner.ts';

// Slash commands of an `issue_comment` workflow, without a database.

let scene: ActionScene;
before(async () => {
  scene = await createScene();
});
after(async () => {
  await scene[Symbol.asyncDispose]();
  assert.deepEqual(scene.fake.violations, []);
});

/** A pull request that was measured: its workflow run has ended, and its artifact is there. */
async function openMeasured(review?: ReturnType<typeof reviewOf>) {
  const pull = await scene.open();
  const run = scene.fake.startWorkflow(scene.repository, { ...pull, conclusion: 'failure' });
  await scene.runner.handOver({ review: review ?? reviewOf(pull) });
  scene.fake.advance(5000);
  return { pull, run };
}

async function say(
  pull: PullRequest,
  by: string,
  body: string,
): Promise<Step & { reactions: string[]; reply: string }> {
  const before = await scene.fake.snapshot(scene.repository, pull.number);
  const comment = await scene.fake.comment(scene.repository, pull.number, { by, body });
  scene.fake.advance(2000);
  const step = await scene.runner.run('gate', { event: 'issue_comment', payload: commentPayload(comment) });
  assert.equal(step.status, 0, step.log);
  const { comments } = await scene.fake.snapshot(scene.repository, pull.number);
  const said = comments.find(({ id }) => id === comment.id);
  return {
    ...step,
    reactions: said?.reactions.map(({ content }) => content) ?? [],
    reply: comments
      .slice(before.comments.length + 1)
      .map((one) => one.body)
      .join('\n'),
  };
}

const gate = (pull: PullRequest): Promise<Step> =>
  scene.runner.run('gate', { event: 'pull_request', payload: pullRequestPayload(pull) });

const subjects = [
  'codec.BenchmarkDecode',
  'codec.BenchmarkRoundTrip/large-message-with-a-long-name',
  'log.BenchmarkInfo/short',
];

test('what is accepted turns the job that gates, and lasts until it is withdrawn', async () => {
  const { pull, run } = await openMeasured();
  assert.equal((await gate(pull)).status, 1);
  for (const subject of subjects) {
    run.status = 'completed';
    const answer = await say(pull, 'bob', `/allocgate accept ${subject} because it is worth it`);
    assert.deepEqual(answer.reactions, ['+1'], answer.log);
    assert.match(answer.reply, /Accepted by `bob` because `it is worth it`/u);
  }
  assert.deepEqual(run.reruns, [['gate'], ['gate'], ['gate']], 'that job alone runs again');
  const green = await gate(pull);
  assert.equal(green.status, 0, green.log);
  assert.match(green.summary, /Accepted regressions/u);

  run.status = 'completed';
  const withdrawn = await say(pull, 'ann', '/allocgate withdraw BenchmarkInfo/short');
  assert.match(
    withdrawn.reply,
    /The acceptance of `example\.com\/m\/log\.BenchmarkInfo\/short` is withdrawn/u,
  );
  assert.equal((await gate(pull)).status, 1);
});

test('in a called workflow the name of the calling job precedes that of the job that gates', async () => {
  const pull = await scene.open();
  const jobs = ['allocgate / measure', 'allocgate / gate'];
  const wanted = { ...pull, jobs, conclusion: 'failure' };
  const run = scene.fake.startWorkflow(scene.repository, wanted);
  // What a change of the title leaves.
  scene.fake.startWorkflow(scene.repository, { ...wanted, jobs: ['allocgate'], conclusion: 'skipped' });
  await scene.runner.handOver({ review: reviewOf(pull) });
  scene.fake.advance(5000);
  await say(pull, 'bob', `/allocgate accept ${subjects[0]} because it is worth it`);
  assert.deepEqual(run.reruns, [['allocgate / gate']]);
});

test('an acceptance is void when it grows, when its comment goes, or when its author may no longer write', async () => {
  const { pull, run } = await openMeasured();
  for (const subject of subjects) {
    run.status = 'completed';
    await say(pull, 'bob', `/allocgate accept ${subject} because`.concat(' so be it'));
  }
  assert.equal((await gate(pull)).status, 0);
  scene.fake.setPermission(scene.repository, 'bob', 'read');
  assert.equal((await gate(pull)).status, 1, 'live permissions');
  scene.fake.setPermission(scene.repository, 'bob', 'write');
  assert.equal((await gate(pull)).status, 0);
  const { comments } = await scene.fake.snapshot(scene.repository, pull.number);
  const first = comments.find(({ by, body }) => by === 'bob' && body.startsWith('/allocgate accept'));
  await scene.fake.deleteComment(scene.repository, first?.id ?? 0, { by: 'bob' });
  assert.equal((await gate(pull)).status, 1, 'the comment is gone');
});

test('in a locked conversation nothing can be accepted, and the log says why', async () => {
  const { pull } = await openMeasured();
  scene.fake.lock(scene.repository, pull.number);
  const answer = await say(pull, 'bob', `/allocgate accept ${subjects[0]} because it is worth it`);
  assert.deepEqual([answer.reactions, answer.reply], [[], '']);
  assert.match(answer.log, /refused the answer to \/allocgate accept of bob: the conversation is locked/u);
  assert.match(answer.log, /Nothing was accepted/u);
  assert.doesNotMatch(answer.log, /Answered/u);
  assert.equal((await gate(pull)).status, 1);
});

test('strangers and machines accept nothing, whatever they quote', async () => {
  const { pull, run } = await openMeasured();
  const body = '/allocgate accept log.BenchmarkInfo/short because I say so';
  const answer = await say(pull, 'eve', body);
  assert.deepEqual(answer.reactions, ['-1']);
  assert.match(answer.reply, /requires write access/u);
  assert.deepEqual(run.reruns, []);
  // A record that a person writes does not count, even below a command of somebody with write access.
  const record = Buffer.from(
    JSON.stringify({ text: 'log.BenchmarkInfo/short', subject: { kind: 'benchmark', id: 'x' }, amounts: {} }),
  ).toString('base64url');
  await scene.fake.comment(scene.repository, pull.number, {
    by: 'eve',
    body: `<!-- allocgate:reply:1-1 -->\n<!-- allocgate:accepted:${record} -->`,
  });
  assert.equal((await gate(pull)).status, 1);
});

test('nothing is accepted of a head that was pushed after the comment', async () => {
  const { pull } = await openMeasured();
  const comment = await scene.fake.comment(scene.repository, pull.number, {
    by: 'bob',
    body: '/allocgate accept log.BenchmarkInfo/short because fine',
  });
  scene.fake.advance(5000);
  await scene.fake.pushHead(scene.repository, pull.number, { change: { 'more.txt': 'x' } });
  scene.fake.startWorkflow(scene.repository, pull);
  await scene.runner.handOver({ review: reviewOf(pull) });
  await scene.runner.run('gate', { event: 'issue_comment', payload: commentPayload(comment) });
  const { comments } = await scene.fake.snapshot(scene.repository, pull.number);
  assert.match(comments.at(-1)?.body ?? '', /may have been pushed after your comment/u);
});

test('rerun and cancel act on the workflow run of the head, run takes no expression', async () => {
  const { pull, run } = await openMeasured();
  const again = await say(pull, 'bob', '/allocgate rerun');
  assert.match(again.reply, /will be measured/u);
  assert.deepEqual(run.reruns, [['measure', 'gate']]);
  await say(pull, 'bob', '/allocgate cancel');
  assert.equal(run.conclusion, 'cancelled');
  const partial = await say(pull, 'bob', '/allocgate run Decode');
  assert.match(partial.reply, /always measures all benchmarks/u);
  assert.deepEqual(partial.reactions, ['confused']);
});

test('a newer run for the same commit in a stranger’s fork is not the one that commands are about', async () => {
  const { pull, run } = await openMeasured();
  const foreign = await scene.open({ fork: true });
  const { headRef, headRepository } = foreign;
  const other = scene.fake.startWorkflow(scene.repository, {
    headSha: pull.headSha,
    headRef,
    headRepository,
  });
  const sameName = { headSha: pull.headSha, headRef: pull.headRef, headRepository };
  const namesake = scene.fake.startWorkflow(scene.repository, sameName);
  await say(pull, 'bob', '/allocgate rerun');
  assert.deepEqual([run.reruns, other.reruns, namesake.reruns], [[['measure', 'gate']], [], []]);
});

test('approve lets the run of a fork start that GitHub holds back', async () => {
  const pull = await scene.open({ fork: true });
  const run = scene.fake.startWorkflow(scene.repository, {
    ...pull,
    status: 'completed',
    conclusion: 'action_required',
  });
  scene.fake.advance(5000);
  const answer = await say(pull, 'bob', '/allocgate approve');
  assert.match(answer.reply, /may run/u);
  assert.equal(run.status, 'in_progress');
});

test('words that name nothing are answered, and help and explain need no run', async () => {
  const pull = await scene.open();
  assert.match((await say(pull, 'bob', '/allocgate help')).reply, /\/allocgate rerun/u);
  assert.match((await say(pull, 'bob', '/allocgate explain MA-01')).reply, /Sprintf/u);
  assert.match((await say(pull, 'bob', '/allocgate acept x')).reply, /Did you mean/u);
  assert.match((await say(pull, 'bob', '/allocgate rerun')).reply, /There is no result yet/u);
  assert.equal((await say(pull, 'bob', 'Nice work')).reply, '');
});

test('the step before finds the run whose artifact holds the measurement', async () => {
  const { pull, run } = await openMeasured();
  const comment = await scene.fake.comment(scene.repository, pull.number, {
    by: 'bob',
    body: '/allocgate help',
  });
  const located = await scene.runner.run('locate', {
    event: 'issue_comment',
    payload: commentPayload(comment),
  });
  assert.equal(located.outputs['run-id'], String(run.id));
  const own = await scene.runner.run('locate', { event: 'pull_request', payload: pullRequestPayload(pull) });
  assert.equal(own.outputs['run-id'], '42');
});
