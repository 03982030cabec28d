import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScene, pick, type Scene } from './scene.ts';

const path = '/repos/acme/shop/issues/1/comments';

async function createFaultScene(): Promise<Scene> {
  const scene = await createScene();
  await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'b.txt': 'b\n' } } },
  });
  return scene;
}

async function count(scene: Scene): Promise<number> {
  return (await scene.fake.snapshot(scene.repository, 1)).comments.length;
}

test('an answer is lost before or after its effect', async () => {
  await using scene = await createFaultScene();
  const match = { method: 'POST', path: /\/issues\/1\/comments$/ };
  const post = () => scene.ask('POST', path, { body: 'x' });
  scene.fake.faults.add({ match, kind: 'before-502' });
  assert.deepEqual([(await post()).status, await count(scene)], [502, 0]);
  scene.fake.faults.add({ match, kind: 'after-502' });
  assert.deepEqual([(await post()).status, await count(scene)], [502, 1]);
  scene.fake.faults.add({ match, kind: 'reset-before' });
  await assert.rejects(post());
  assert.equal(await count(scene), 1);
  scene.fake.faults.add({ match, kind: 'reset-after' });
  await assert.rejects(post());
  assert.equal(await count(scene), 2);
  assert.deepEqual([(await post()).status, await count(scene)], [201, 3]);
  const statuses = scene.fake.requests.filter((one) => one.path === path).map((one) => one.status);
  assert.deepEqual(statuses, [502, 502, null, null, 201]);
});

test('a fault strikes whom it is for, as often as it says, and after those it lets pass', async () => {
  await using scene = await createFaultScene();
  const fault = scene.fake.faults.add({
    match: { method: 'POST' },
    times: 2,
    skip: 1,
    kind: { status: 429, headers: { 'retry-after': '7' }, body: { message: 'slow' } },
  });
  assert.equal((await scene.ask('GET', path)).status, 200);
  const replies = [];
  for (let at = 0; at < 4; at += 1) replies.push(await scene.ask('POST', path, { body: 'x' }));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 429, 429, 201],
  );
  assert.deepEqual(
    [replies[1]?.headers.get('retry-after'), pick(replies[1]?.body, 'message')],
    ['7', 'slow'],
  );
  assert.equal(fault.hits, 2);
  assert.deepEqual(
    scene.fake.requests.filter((one) => one.method === 'POST' && one.token === 'installation').length,
    2,
  );
});

test('something happens just before a request is answered', async () => {
  await using scene = await createFaultScene();
  scene.fake.faults.add({
    match: { path: /comments/ },
    kind: { run: () => scene.fake.closePullRequest(scene.repository, 1) },
  });
  await scene.ask('GET', path);
  assert.equal(scene.fake.pullRequest(scene.repository, 1).state, 'closed');
  scene.fake.faults.add({ kind: { status: 500 }, times: 100 });
  scene.fake.faults.clear();
  assert.equal((await scene.ask('GET', path)).status, 200);
});

test('when nothing remains of the rate limit, requests are refused until it is reset', async () => {
  await using scene = await createFaultScene();
  const { fake } = scene;
  const first = await scene.ask('GET', path);
  const second = await scene.ask('GET', path);
  const remaining = [first, second].map((one) => Number(one.headers.get('x-ratelimit-remaining')));
  assert.equal((remaining[0] ?? 0) - (remaining[1] ?? 0), 1);
  const resetAt = new Date(Date.now() + 90_000);
  fake.setRateLimit(scene.installationId, { remaining: 0, resetAt });
  const refused = await scene.ask('GET', path);
  assert.equal(refused.status, 403);
  assert.match(String(pick(refused.body, 'message')), /^API rate limit exceeded for installation ID \d+\.$/);
  assert.equal(refused.headers.get('x-ratelimit-remaining'), '0');
  assert.equal(refused.headers.get('x-ratelimit-reset'), String(Math.ceil(resetAt.getTime() / 1000)));
  assert.equal((await scene.ask('GET', '/rate_limit')).status, 200);
  fake.advance(91_000);
  assert.equal((await scene.ask('GET', path)).status, 200);
});

test('too many comments in a minute are abuse, or meet the secondary limit', async () => {
  await using scene = await createFaultScene();
  const { limits } = scene.fake;
  limits.commentsPerMinute = 2;
  const post = () => scene.ask('POST', path, { body: 'x' });
  const replies = [await post(), await post(), await post()];
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 201, 422],
  );
  assert.equal(pick(replies[2]?.body, 'errors', 0, 'code'), 'abuse');
  limits.secondary = { perMinute: 1, retryAfter: 5 };
  const limited = await post();
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [403, '5']);
  scene.fake.advance(61_000);
  assert.equal((await post()).status, 201);
  assert.equal(await count(scene), 3);
});

test('what GitHub has no description of is a violation', async () => {
  await using scene = await createFaultScene();
  const { fake } = scene;
  const wrong = [
    await scene.ask('POST', path, { text: 'x' }),
    await scene.ask('GET', `${path}?page_size=3`),
    await scene.ask('GET', `${path}?page=x`),
    await scene.ask('GET', '/repos/acme/shop/pulls/one'),
    await scene.ask('POST', '/repos/acme/shop/check-runs', { name: 'x', head_sha: 'y', state: 'z' }),
    await scene.ask('DELETE', path),
    await scene.ask('GET', '/repos/acme/shop/nothing/such'),
    await scene.ask('GET', '/repos/acme/shop/labels'),
  ];
  assert.deepEqual(
    wrong.map(({ status }) => status),
    [400, 400, 400, 400, 400, 404, 404, 501],
  );
  assert.deepEqual(
    fake.violations.map(({ problems }) => problems.length > 0),
    wrong.map(() => true),
  );
  assert.match(fake.violations[0]?.problems.join() ?? '', /required property 'body'/);
  assert.equal(await count(scene), 0);
});

test('the API also answers under the prefix of an own server', async () => {
  await using scene = await createFaultScene();
  assert.equal((await scene.ask('GET', `/api/v3${path}`)).status, 200);
  assert.equal(scene.fake.requests.at(-1)?.path, path);
});
