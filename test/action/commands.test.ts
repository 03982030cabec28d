import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, before } from '../support/hooks.ts';
import type { PullRequest } from '../support/fake-github/index.ts';
import { type ActionScene, bot, cleanReviewOf, createScene, reviewOf } from './scene.ts';
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

/** A measured pull request whose workflow run is in progress again, with the job that gates in a state. */
async function openGating(status: string) {
  const { pull, run } = await openMeasured();
  const jobs = run.jobs.map((job) => ({ ...job, status: job.name === 'gate' ? status : 'completed' }));
  Object.assign(run, { status: 'in_progress', conclusion: null, jobs });
  return { pull, run };
}
const accepting = `/allocgate accept ${subjects[0]} because it is worth it`;
const look = { method: 'GET', path: /\/actions\/runs\/\d+\/jobs/u };

test('an acceptance while the job that gates is running: the job runs again when it has ended', async () => {
  const { pull, run } = await openGating('in_progress');
  const end = (): void => void Object.assign(run, { status: 'completed', conclusion: 'failure' });
  scene.fake.faults.add({ match: look, skip: 2, kind: { run: end } });
  const { reply } = await say(pull, 'bob', accepting);
  assert.deepEqual(run.reruns, [['gate']]);
  assert.doesNotMatch(reply, /workflow run/u);
});

test('the job that gates is run again when its own end is not yet that of its run', async () => {
  const { pull, run } = await openGating('completed');
  const end = (): void => void Object.assign(run, { status: 'completed', conclusion: 'failure' });
  scene.fake.faults.add({ match: look, skip: 1, kind: { run: end } });
  await say(pull, 'bob', accepting);
  assert.deepEqual(run.reruns, [['gate']]);
});

test('a job that gates and has not started reads the acceptance by itself', async () => {
  const { pull, run } = await openGating('queued');
  const { log, reply } = await say(pull, 'bob', accepting);
  assert.match(log, /has not started yet; it will read/u);
  assert.deepEqual([run.reruns, /workflow run/u.test(reply)], [[], false]);
  run.jobs = run.jobs.filter(({ name }) => name !== 'gate');
  run.jobs.forEach((job) => (job.status = 'in_progress'));
  assert.match((await say(pull, 'bob', accepting)).log, /it will read/u, 'GitHub does not list it yet');
});

test('a job that gates and cannot run again: a comment says why, and what to do', async () => {
  const { pull, run } = await openGating('in_progress');
  const waited = await say(pull, 'bob', accepting);
  assert.match(
    waited.reply,
    /Accepted by `bob`[^]*the \[workflow run\]\(http\S+\/actions\/runs\/\d+\) has not ended yet, so its job `gate` could not run again\..*\*\*Re-run failed jobs\*\*/u,
  );
  run.status = 'completed';
  const again = { method: 'POST', path: /\/actions\/jobs\/\d+\/rerun/u };
  const message = 'Resource not accessible by integration';
  scene.fake.faults.add({ match: again, kind: { status: 403, body: { message } } });
  assert.match(
    (await say(pull, 'bob', accepting)).reply,
    /could not run its job `gate` again: `Resource not/u,
  );
  run.jobs = run.jobs.map((job) => ({ ...job, name: 'other' }));
  assert.match((await say(pull, 'bob', accepting)).reply, /has no job named `gate`.*`gate-job`/u);
  assert.deepEqual(run.reruns, []);
});

test('the job that gates decides once for all commands of a comment', async () => {
  const { pull, run } = await openMeasured();
  const body = subjects.map((one) => `/allocgate accept ${one} because so be it`).join('\n');
  const { reply } = await say(pull, 'bob', body);
  assert.deepEqual([run.reruns, /workflow run/u.test(reply)], [[['gate']], false]);
});

test('what GitHub refuses to run again or to cancel is answered with its reason', async () => {
  const { pull, run } = await openMeasured();
  const refusal = { status: 403, body: { message: 'Unable to retry: created over a month ago' } };
  scene.fake.faults.add({ match: { method: 'POST', path: /\/rerun$/u }, kind: refusal });
  const again = await say(pull, 'bob', '/allocgate rerun');
  assert.match(again.reply, /GitHub refused this: `Unable to retry: created over a month ago`/u);
  assert.deepEqual([again.reactions, run.reruns], [['confused'], []]);
  run.status = 'in_progress';
  // It ends at the same moment.
  const end = (): void => void Object.assign(run, { status: 'completed', conclusion: 'failure' });
  scene.fake.faults.add({ match: { method: 'POST', path: /\/cancel$/u }, kind: { run: end } });
  assert.match((await say(pull, 'bob', '/allocgate cancel')).reply, /nothing to cancel/u);
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
  const slip = await say(pull, 'eve', '/allocgate acept x');
  assert.match(slip.reply, /^<!--.*-->\n\n`\/allocgate acept` requires write access/u);
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

test('of the answers to a command only the first of the own account counts, and none that is older', async () => {
  const { pull } = await openMeasured();
  const { fake, repository } = scene;
  for (const subject of subjects) await say(pull, 'bob', `/allocgate accept ${subject} because so be it`);
  assert.equal((await gate(pull)).status, 0);
  const { comments } = await fake.snapshot(repository, pull.number);
  const command = comments.find(({ body }) => body.startsWith(`/allocgate accept ${subjects[0]}`));
  const answer = comments.find(({ body }) => body.startsWith(`<!-- allocgate:reply:${command?.id}-1 -->`));
  assert.ok(command && answer);
  const id = 'example.com/m/codec.BenchmarkDecode';
  const forge = (allocs: number, key = `${command.id}-1`): string => {
    const amounts = { [id]: { allocs, bytes: 1e9 } };
    const record = { text: subjects[0], subject: { kind: 'benchmark', id }, amounts };
    const data = Buffer.from(JSON.stringify(record)).toString('base64url');
    return `<!-- allocgate:reply:${key} -->\n<!-- allocgate:accepted:${data} -->`;
  };
  const grow = <T extends { name: string }>(one: T): T =>
    one.name === 'BenchmarkDecode' ? { ...one, allocsPerOp: { base: 1, head: 500, delta: 499 } } : one;
  const { deltas, findings } = reviewOf(pull);
  const more = reviewOf(pull, {
    deltas: deltas.map(grow),
    findings: findings.map((one) => ({ ...one, benchmarks: one.benchmarks.map(grow) })),
  });
  await scene.runner.handOver({ review: more });
  assert.equal((await gate(pull)).status, 1, 'it costs more than was accepted');
  const own = bot(fake);
  for (const [by, body] of [
    ['eve', forge(1000)],
    ['bob', forge(1000)],
    ['bob', `> ${forge(1000).replace('\n', '\n> ')}\n\nagreed`],
    // A job that answers the same command at the same moment, or another workflow that repeats what strangers write.
    [own, forge(1000)],
    [own, `Somebody wrote:\n\n${forge(1000)}`],
  ] as const) {
    await fake.comment(repository, pull.number, { by, body });
    assert.equal((await gate(pull)).status, 1, `${by}: ${body}`);
  }
  await fake.deleteComment(repository, answer.id, { by: own });
  const early = await fake.comment(repository, pull.number, { by: own, body: 'x' });
  const late = await fake.comment(repository, pull.number, {
    by: 'bob',
    body: `/allocgate accept ${subjects[0]} because so be it`,
  });
  await fake.editComment(repository, early.id, { by: own, body: forge(1000, `${late.id}-1`) });
  await fake.deleteComment(repository, command.id, { by: 'bob' });
  assert.equal((await gate(pull)).status, 1, 'an answer is never older than its command');
});

test('withdraw takes what accept takes, also for what is fixed', async () => {
  const { pull } = await openMeasured();
  await say(pull, 'bob', '/allocgate accept 00c0ffee00c0ffee because so be it');
  await scene.runner.handOver({ review: cleanReviewOf(pull) });
  assert.match((await say(pull, 'ann', '/allocgate withdraw 00c0ff')).reply, /is withdrawn/u);
  assert.match((await say(pull, 'ann', '/allocgate withdraw 00c0ff')).reply, /has no acceptance/u);
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
