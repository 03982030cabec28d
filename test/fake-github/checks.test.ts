import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScene, pick, type Scene } from './scene.ts';

const at = '/repos/acme/shop';

async function createCheckScene(): Promise<Scene & { sha: string }> {
  const scene = await createScene();
  const pull = await scene.fake.openPullRequest(scene.repository, {
    author: 'ann',
    head: { branch: 'change', contents: { change: { 'b.txt': 'b\n' } } },
  });
  return Object.assign(scene, { sha: pull.headSha });
}

function annotate(count: number): object[] {
  const one = { path: 'b.txt', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'look' };
  return Array.from({ length: count }, () => one);
}

test('a check run goes from queued to completed and keeps what was said', async () => {
  await using scene = await createCheckScene();
  const made = await scene.ask('POST', `${at}/check-runs`, {
    name: 'allocgate',
    head_sha: scene.sha,
    external_id: 'run-1',
    output: { title: 'waiting', summary: 'soon', text: 'all' },
  });
  assert.deepEqual(
    [made.status, pick(made.body, 'status'), pick(made.body, 'conclusion')],
    [201, 'queued', null],
  );
  assert.equal(pick(made.body, 'pull_requests', 0, 'number'), 1);
  const path = `${at}/check-runs/${String(pick(made.body, 'id'))}`;
  await scene.ask('PATCH', path, { status: 'in_progress', output: { summary: 'half' } });
  const done = await scene.ask('PATCH', path, { conclusion: 'failure' });
  assert.deepEqual([pick(done.body, 'status'), pick(done.body, 'conclusion')], ['completed', 'failure']);
  const { checks } = await scene.fake.snapshot(scene.repository, 1);
  assert.deepEqual(
    checks.map(({ id: _id, ...seen }) => seen),
    [
      {
        name: 'allocgate',
        status: 'completed',
        conclusion: 'failure',
        title: 'waiting',
        summary: 'half',
        text: 'all',
        annotations: 0,
        actions: [],
        externalId: 'run-1',
      },
    ],
  );
  const reopened = await scene.ask('PATCH', path, { status: 'in_progress' });
  assert.deepEqual([pick(reopened.body, 'conclusion'), pick(reopened.body, 'completed_at')], [null, null]);
  assert.deepEqual(scene.fake.violations, []);
});

test('annotations are added up, fifty a request', async () => {
  await using scene = await createCheckScene();
  const output = { title: 't', summary: 's' };
  const post = (count: number) =>
    scene.ask('POST', `${at}/check-runs`, {
      name: 'allocgate',
      head_sha: scene.sha,
      output: { ...output, annotations: annotate(count) },
    });
  const made = await post(50);
  const path = `${at}/check-runs/${String(pick(made.body, 'id'))}`;
  const more = await scene.ask('PATCH', path, { output: { ...output, annotations: annotate(7) } });
  assert.equal(pick(more.body, 'output', 'annotations_count'), 57);
  const page = await scene.ask('GET', `${path}/annotations?per_page=50&page=2`);
  assert.ok(Array.isArray(page.body));
  assert.equal(page.body.length, 7);
  assert.equal(scene.fake.violations.length, 0);
  assert.equal((await post(51)).status, 422);
  assert.match(scene.fake.violations[0]?.problems[0] ?? '', /more than 50 items/);
});

test("texts and buttons that are too long are refused, and a commit that isn't there", async () => {
  await using scene = await createCheckScene();
  const post = (more: object) =>
    scene.ask('POST', `${at}/check-runs`, { name: 'allocgate', head_sha: scene.sha, ...more });
  const output = { title: 't', summary: 'x'.repeat(65_535) };
  assert.equal((await post({ output })).status, 201);
  assert.equal((await post({ output: { ...output, text: 'x'.repeat(65_536) } })).status, 422);
  const button = { label: 'Accept', description: 'what it does', identifier: 'accept' };
  assert.equal((await post({ actions: [button, button, button] })).status, 201);
  assert.equal((await post({ actions: [button, button, button, button] })).status, 422);
  assert.equal((await post({ actions: [{ ...button, label: 'x'.repeat(21) }] })).status, 422);
  assert.equal((await post({ actions: [{ ...button, identifier: 'x'.repeat(21) }] })).status, 422);
  assert.equal((await post({ actions: [{ ...button, description: 'x'.repeat(41) }] })).status, 422);
  assert.equal(scene.fake.violations.length, 5);
  assert.equal((await post({ head_sha: '1'.repeat(40) })).status, 422);
  assert.equal(scene.fake.violations.length, 5);
});

test('runs of a commit are found by name and App, the newest of each', async () => {
  await using scene = await createCheckScene();
  for (const name of ['allocgate', 'other', 'allocgate']) {
    await scene.ask('POST', `${at}/check-runs`, { name, head_sha: scene.sha, external_id: name });
  }
  const count = async (query: string): Promise<unknown> =>
    pick((await scene.ask('GET', `${at}/commits/${scene.sha}/check-runs${query}`)).body, 'total_count');
  const { id } = scene.fake.app;
  assert.equal(await count(''), 2);
  assert.equal(await count('?filter=all'), 3);
  assert.equal(await count(`?check_name=allocgate&filter=all&app_id=${id}`), 2);
  assert.equal(await count('?app_id=1'), 0);
  assert.equal(await count('?status=completed'), 0);
  assert.equal((await scene.fake.snapshot(scene.repository, 1)).checks.length, 2);
});
