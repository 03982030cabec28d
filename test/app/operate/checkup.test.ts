import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { checkApp } from '../../../src/app/operate/checkup.ts';
import { isHealthy, renderDoctor } from '../../../src/report/terminal/doctor.ts';
import { after, before } from '../../support/hooks.ts';
import { appEnvironment, startAppProcess } from '../../support/app-process.ts';
import { createFakeGitHub, type FakeGitHub } from '../../support/fake-github/index.ts';

let fake: FakeGitHub;
let dir: string;
before(async () => {
  fake = await createFakeGitHub();
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-checkup-'));
  await fake.addRepository({ owner: 'acme', name: 'log' });
  await fake.install('acme');
});
after(async () => {
  await fake.close();
  await rm(dir, { recursive: true, force: true });
});

async function check(changes: Record<string, string> = {}): Promise<{ text: string; healthy: boolean }> {
  const checkups = await checkApp({
    ...appEnvironment(fake),
    ALLOCGATE_DATA: path.join(dir, 'data'),
    ...changes,
  });
  return { text: renderDoctor(checkups, 'bubblewrap'), healthy: isHealthy(checkups, 'bubblewrap') };
}

test('an App that has all it needs', async () => {
  const { text, healthy } = await check();
  assert.match(text, /✓ database: embedded, in /u);
  assert.match(text, /✓ GitHub App \S+, installed by acme/u);
  assert.ok(healthy);
});

test('the address of the reports, by what answers there', async () => {
  const pages = { GITHUB_CLIENT_ID: fake.app.clientId, GITHUB_CLIENT_SECRET: fake.app.clientSecret };
  assert.match((await check()).text, /– reports are not served as pages\n.*PUBLIC_URL, GITHUB_CLIENT_ID/u);
  const other = await check({ ...pages, PUBLIC_URL: fake.url });
  assert.match(other.text, /✗ reports at http:\/\/127\.0\.0\.1:\d+\n\s+something else answers there/u);
  assert.equal(other.healthy, false);
  const ours = createServer((request, response) => {
    response.end(request.url === '/exercises/MA-01' ? 'allocgate: exercise MA-01' : '');
  }).listen(0, '127.0.0.1');
  await once(ours, 'listening');
  const address = ours.address();
  assert.ok(address !== null && typeof address === 'object');
  const PUBLIC_URL = `http://127.0.0.1:${address.port}`;
  const right = await check({ ...pages, PUBLIC_URL });
  ours.close();
  assert.ok(right.text.includes(`✓ reports at ${PUBLIC_URL}`), right.text);
  const open = await check({ ...pages, PUBLIC_URL: 'http://allocgate.example' });
  assert.match(open.text, /✗ reports at .*\n.*unencrypted/u);
  const wrong = await check({ ...pages, PUBLIC_URL: 'ftp://x.example' });
  assert.match(wrong.text, /✗ pages: .*PUBLIC_URL/u);
});

test('what the App may not do, and is not told of', async () => {
  const { permissions, events } = fake.app;
  fake.app.permissions = { ...permissions, checks: 'read' };
  fake.app.events = events.filter((event) => event !== 'merge_group');
  const { text, healthy } = await check();
  Object.assign(fake.app, { permissions, events });
  assert.match(text, /permission checks: write is missing \(it has read\)/u);
  assert.match(text, /event merge_group is missing/u);
  assert.equal(healthy, false);
});

test('what an account has not accepted yet, and what therefore does not work', async () => {
  const { merge_queues: queues, ...permissions } = fake.app.permissions;
  assert.equal(queues, 'read');
  await fake.addRepository({ owner: 'umbrella', name: 'log' });
  const { id } = await fake.install('umbrella', { permissions });
  const { text } = await check();
  await fake.uninstall(id);
  assert.match(
    text,
    /umbrella has not accepted the permission merge_queues: read: merge queues are not reviewed\n.*Review request/u,
  );
});

test('credentials that do not belong together', async () => {
  const { text, healthy } = await check({ APP_ID: '424242' });
  assert.match(text, /✗ github: .*refuses the App's credentials/u);
  assert.equal(healthy, false);
});

test('a database that is not there, without its password', async () => {
  const { text, healthy } = await check({ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' });
  assert.match(text, /✗ database: Cannot use the database 127\.0\.0\.1:1\/x/u);
  assert.doesNotMatch(text, /secret/u);
  assert.equal(healthy, false);
});

test('an embedded database that the running App has is as it should be', async () => {
  const app = await startAppProcess({
    fake,
    engine: 'stub',
    env: { ALLOCGATE_DATA: path.join(dir, 'served') },
  });
  try {
    const { text, healthy } = await check({ ALLOCGATE_DATA: path.join(dir, 'served') });
    const line = `✓ database: embedded, in ${dir}/served\n    in use by allocgate process ${app.pid}\n`;
    assert.ok(text.includes(line), text);
    assert.match(text, /✓ GitHub App \S+, installed by acme/u);
    assert.ok(healthy);
  } finally {
    await app.stop();
  }
});

test('without an App nothing is wrong', async () => {
  const checkups = await checkApp({});
  assert.deepEqual(checkups, [{ thing: 'no-app' }]);
  assert.ok(isHealthy(checkups, 'bubblewrap'));
});
