import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FakeGitHub } from '../support/fake-github/index.ts';
import { createScene, pick, type Scene } from './scene.ts';

type Arrived = { event: string; guid: string; signature: string; body: string };

type Receiver = AsyncDisposable & { url: string; arrived: Arrived[]; answer: (status: number) => void };

/** A server that takes webhooks. */
async function createReceiver(): Promise<Receiver> {
  const arrived: Arrived[] = [];
  let status = 202;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const header = (name: string): string => String(request.headers[name] ?? '');
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [event, guid] = [header('x-github-event'), header('x-github-delivery')];
      const body = Buffer.concat(chunks).toString('utf8');
      arrived.push({ event, guid, signature: header('x-hub-signature-256'), body });
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    arrived,
    answer: (wanted) => {
      status = wanted;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function createValidator(): (event: string, payload: unknown) => string[] {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-schemas');
  // The schemas are older than some properties (`user_view_type`, `client_id`), so unnamed properties are not errors.
  const isOpen = (key: string, value: unknown): unknown =>
    key === 'additionalProperties' && value === false ? undefined : value;
  const schema: unknown = JSON.parse(readFileSync(file, 'utf8'), isOpen);
  assert.ok(typeof schema === 'object' && schema !== null);
  const ajv = new Ajv({ strict: false, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema(schema, 'webhooks');
  const compiled = new Map<string, ValidateFunction>();
  return (event, payload) => {
    const action = pick(payload, 'action');
    const name = typeof action === 'string' ? `${event}$${action}` : `${event}$event`;
    const validate = compiled.get(name) ?? ajv.compile({ $ref: `webhooks#/definitions/${name}` });
    compiled.set(name, validate);
    if (validate(payload)) return [];
    return (validate.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message}`);
  };
}

function name({ event, action }: { event: string; action: string | null }): string {
  return action === null ? event : `${event}.${action}`;
}

async function openPull(fake: FakeGitHub): Promise<void> {
  await fake.openPullRequest('acme/shop', {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'b.txt': 'b\n' } } },
  });
}

/** Everything that people and the App do on GitHub. */
async function liveThrough({ fake, repository, ask, installationId }: Scene): Promise<void> {
  const at = '/repos/acme/shop';
  await openPull(fake);
  await fake.pushHead(repository, 1, { change: { 'c.txt': 'c\n' } });
  const sha = fake.pullRequest(repository, 1).headSha;
  const actions = [{ label: 'Accept', description: 'all of it', identifier: 'accept' }];
  const run = await ask('POST', `${at}/check-runs`, { name: 'allocgate', head_sha: sha, actions });
  const id = Number(pick(run.body, 'id'));
  await ask('PATCH', `${at}/check-runs/${id}`, { conclusion: 'success' });
  const comment = await fake.comment(repository, 1, { by: 'bob', body: '/allocgate rerun' });
  await fake.editComment(repository, comment.id, { by: 'bob', body: 'no' });
  await fake.deleteComment(repository, comment.id, { by: 'bob' });
  await fake.rerequestCheck(repository, id, { by: 'bob' });
  await fake.requestAction(repository, id, 'accept', { by: 'bob' });
  await fake.rerequestSuite(repository, sha, { by: 'bob' });
  await fake.mergeGroup(repository, 1);
  await fake.convertToDraft(repository, 1);
  await fake.markReady(repository, 1);
  await fake.push(repository, 'release', { change: { 'r.txt': 'r\n' } });
  await fake.editPullRequest(repository, 1, { base: 'release' });
  await fake.closePullRequest(repository, 1);
  await fake.reopenPullRequest(repository, 1);
  await fake.pushDefaultBranch(repository, { change: { 'm.txt': 'm\n' } });
  await fake.renameRepository(repository, 'store');
  await fake.removeFromInstallation(installationId, repository);
  await fake.addToInstallation(installationId, repository);
  await fake.suspend(installationId);
  await fake.unsuspend(installationId);
  await fake.uninstall(installationId);
  await fake.install('acme');
  await fake.settled();
}

test('actions of people and of the App are sent as events, in the form that GitHub gives them', async () => {
  await using receiver = await createReceiver();
  await using scene = await createScene();
  scene.fake.webhookUrl = receiver.url;
  await liveThrough(scene);
  const { deliveries } = scene.fake;
  assert.deepEqual(deliveries.map(name), [
    'push',
    'pull_request.opened',
    'push',
    'pull_request.synchronize',
    'check_run.created',
    'check_run.completed',
    'issue_comment.created',
    'issue_comment.edited',
    'issue_comment.deleted',
    'check_run.rerequested',
    'check_run.requested_action',
    'check_suite.rerequested',
    'merge_group.checks_requested',
    'pull_request.converted_to_draft',
    'pull_request.ready_for_review',
    'push',
    'pull_request.edited',
    'pull_request.closed',
    'pull_request.reopened',
    'push',
    'repository.renamed',
    'installation_repositories.removed',
    'installation_repositories.added',
    'installation.suspend',
    'installation.unsuspend',
    'installation.deleted',
    'installation.created',
  ]);
  const validate = createValidator();
  assert.deepEqual(
    deliveries.flatMap((one) => validate(one.event, one.payload)),
    [],
  );
  const foreign = deliveries.filter((one) =>
    /Codertocat|electron|octokit/i.test(JSON.stringify(one.payload)),
  );
  assert.deepEqual(foreign.map(name), []);
  assert.deepEqual(scene.fake.violations, []);
});

test('payloads name what they are about', async () => {
  await using receiver = await createReceiver();
  await using scene = await createScene();
  const { fake, repository } = scene;
  fake.webhookUrl = receiver.url;
  await openPull(fake);
  const before = fake.pullRequest(repository, 1).headSha;
  const after = await fake.pushHead(repository, 1, { change: { 'c.txt': 'c\n' } }, { force: true });
  const payload = fake.deliveries.findLast((one) => one.action === 'synchronize')?.payload;
  assert.deepEqual([pick(payload, 'before'), pick(payload, 'after')], [before, after]);
  assert.equal(pick(payload, 'pull_request', 'head', 'sha'), after);
  assert.equal(pick(payload, 'repository', 'id'), repository.id);
  assert.equal(pick(payload, 'installation', 'id'), scene.installationId);
  assert.equal(pick(payload, 'sender', 'login'), 'ann');
  const push = fake.deliveries.findLast((one) => one.event === 'push')?.payload;
  assert.deepEqual([pick(push, 'ref'), pick(push, 'forced')], ['refs/heads/change', true]);
});

test('a delivery is signed, and its answer is written down', async () => {
  await using receiver = await createReceiver();
  await using scene = await createScene();
  const { fake } = scene;
  fake.webhookUrl = receiver.url;
  receiver.answer(503);
  const sent = await fake.deliver('ping', { zen: 'ü' });
  const [arrived] = receiver.arrived;
  assert.ok(arrived);
  const expected = createHmac('sha256', fake.app.webhookSecret).update(arrived.body).digest('hex');
  assert.deepEqual([arrived.event, arrived.guid], ['ping', sent.guid]);
  assert.equal(arrived.signature, `sha256=${expected}`);
  assert.deepEqual(
    sent.attempts.map(({ status }) => status),
    [503],
  );
  fake.webhookUrl = 'http://127.0.0.1:1/';
  assert.deepEqual(await fake.send(sent), [null]);
});

test('deliveries can be held back, reordered, doubled and lost', async () => {
  await using receiver = await createReceiver();
  await using scene = await createScene();
  const { fake } = scene;
  fake.webhookUrl = receiver.url;
  fake.autoDeliver = false;
  for (const body of ['one', 'two', 'three']) await openComment(fake, body);
  assert.deepEqual([receiver.arrived.length, fake.pendingDeliveries.length], [0, 5]);
  const comments = fake.pendingDeliveries.filter((one) => one.event === 'issue_comment');
  await fake.sendPending(() => comments.toReversed().slice(0, 2));
  const bodies = receiver.arrived.map(({ body }) => pick(JSON.parse(body), 'comment', 'body'));
  assert.deepEqual(bodies, ['three', 'two']);
  assert.deepEqual(fake.pendingDeliveries, []);
  const [first] = comments;
  assert.ok(first);
  assert.deepEqual(await fake.send(first, 5), [202, 202, 202, 202, 202]);
  assert.equal(receiver.arrived.filter(({ guid }) => guid === first.guid).length, 5);
});

/** Comments on the only pull request; the first comment opens it. */
async function openComment(fake: FakeGitHub, body: string): Promise<void> {
  if (body === 'one') await openPull(fake);
  await fake.comment('acme/shop', 1, { by: 'ann', body });
}

test('the App is not told of repositories that it is not installed on, nor of events it did not ask for', async () => {
  await using receiver = await createReceiver();
  await using scene = await createScene();
  const { fake } = scene;
  fake.webhookUrl = receiver.url;
  await fake.addRepository({ owner: 'else', name: 'thing' });
  await fake.pushDefaultBranch('else/thing', { change: { 'x.txt': 'x\n' } });
  fake.app.events = fake.app.events.filter((event) => event !== 'push');
  await fake.pushDefaultBranch('acme/shop', { change: { 'x.txt': 'x\n' } });
  fake.ownEvents = false;
  await openPull(fake);
  await scene.ask('POST', '/repos/acme/shop/issues/1/comments', { body: 'x' });
  await fake.settled();
  assert.deepEqual(fake.deliveries.map(name), ['pull_request.opened']);
});

test('the App lists deliveries and asks for one again', async () => {
  await using receiver = await createReceiver();
  await using scene = await createScene();
  const { fake } = scene;
  fake.webhookUrl = receiver.url;
  receiver.answer(500);
  for (const zen of ['one', 'two', 'three']) await fake.deliver('ping', { zen });
  const ask = scene.askWith(scene.jwt);
  const page = await ask('GET', '/app/hook/deliveries?per_page=2');
  assert.deepEqual(
    [pick(page.body, 0, 'status_code'), pick(page.body, 0, 'guid')],
    [500, fake.deliveries[2]?.guid],
  );
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  const rest = await ask('GET', next.slice(fake.url.length));
  assert.equal(pick(rest.body, 0, 'guid'), fake.deliveries[0]?.guid);
  assert.equal(pick(rest.body, 1), undefined);
  receiver.answer(202);
  const again = await ask('POST', `/app/hook/deliveries/${String(pick(rest.body, 0, 'id'))}/attempts`);
  assert.equal(again.status, 202);
  await fake.settled();
  assert.deepEqual(
    fake.deliveries[0]?.attempts.map(({ status }) => status),
    [500, 202],
  );
  const after = await ask('GET', '/app/hook/deliveries?per_page=4');
  const entries = [0, 1, 2, 3].map((at) =>
    ['guid', 'redelivery', 'status_code'].map((key) => pick(after.body, at, key)),
  );
  const [first, second, third] = fake.deliveries.map(({ guid }) => guid);
  assert.deepEqual(entries, [
    [first, true, 202],
    [third, false, 500],
    [second, false, 500],
    [first, false, 500],
  ]);
  assert.notEqual(pick(after.body, 0, 'id'), pick(after.body, 3, 'id'));
  assert.deepEqual(fake.violations, []);
});
