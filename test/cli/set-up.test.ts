import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { after, before } from '../support/hooks.ts';
import { until } from '../support/app-process.ts';
import { findPort } from '../support/ports.ts';
import { createFakeGitHub, type FakeGitHub } from '../support/fake-github/index.ts';
import { finish, type Result, start } from './support.ts';

/** From nothing to a running App, as a new user does it. */
let fake: FakeGitHub;
let dir: string;
let url: string;
let child: ChildProcess;
let ended: Promise<Result>;
let printed: string;

const manifestSchema = z.looseObject({
  hook_attributes: z.object({ url: z.string() }),
  redirect_url: z.string(),
});

/** The variables of the person who runs the tests must not count; an empty variable counts as unset. */
const without: Record<string, string> = {
  APP_ID: '',
  PRIVATE_KEY: '',
  PRIVATE_KEY_PATH: '',
  WEBHOOK_SECRET: '',
  WEBHOOK_PROXY_URL: '',
  DATABASE_URL: '',
  NODE_ENV: '',
  GH_ORG: '',
  PUBLIC_URL: '',
};

async function startServing(env: Record<string, string> = {}): Promise<void> {
  const port = await findPort();
  url = `http://127.0.0.1:${port}`;
  child = start(['serve'], {
    cwd: dir,
    env: {
      ...without,
      LOG_LEVEL: 'info',
      GHE_HOST: new URL(fake.url).host,
      GHE_PROTOCOL: 'http',
      HOST: '127.0.0.1',
      PORT: String(port),
      ALLOCGATE_DATA: path.join(dir, 'data'),
      ...env,
    },
  });
  ended = finish(child);
  printed = '';
  child.stdout?.on('data', (data: Buffer) => (printed += data.toString()));
}

function credentials(): Record<string, string> {
  const { id, privateKey, webhookSecret } = fake.app;
  return { APP_ID: String(id), PRIVATE_KEY: privateKey, WEBHOOK_SECRET: webhookSecret };
}

/** What the server answers as soon as there is one whose answer fits. */
function ask(address: string, fits: (response: Response) => boolean = (it) => it.ok): Promise<Response> {
  return until(
    async () => {
      const response = await fetch(`${url}${address}`, { redirect: 'manual' }).catch(() => null);
      return response !== null && fits(response) && response;
    },
    () => `no answer to ${address}`,
  );
}

/** The address of the set-up page, which is only in the log. */
async function findPage(): Promise<URL> {
  const address = await until(
    () => /"url":"([^"]*\/set-up\?key=[^"]+)"/u.exec(printed)?.[1],
    () => `no address of the page:\n${printed}`,
  );
  return new URL(address);
}

function submit(page: URL, action: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${url}/set-up/${action}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url },
    body: new URLSearchParams({ key: page.searchParams.get('key') ?? '', ...fields }),
  });
}

const unescape = (text: string): string =>
  text.replaceAll(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)));

async function readManifest(page: URL) {
  const text = await (await fetch(page)).text();
  const [, action = '', value = ''] =
    /<form method="post" action="([^"]*\/settings\/apps\/new[^"]*)">[^]*?name="manifest"\s+value="([^"]*)"/u.exec(
      text,
    ) ?? [];
  return { action, manifest: manifestSchema.parse(JSON.parse(unescape(value))) };
}

before(async () => {
  fake = await createFakeGitHub();
  dir = await mkdtemp(path.join(tmpdir(), 'allocgate-set-up-'));
});

afterEach(async () => {
  child.kill('SIGKILL');
  await ended;
});

after(async () => {
  await fake.close();
  await rm(dir, { recursive: true, force: true });
});

test('the page asks for what app.yml says, from any folder, and points webhooks at this server', async () => {
  await startServing();
  const page = await findPage();
  const { action, manifest } = await readManifest(page);
  assert.equal(action, `${fake.url}/settings/apps/new?state=${page.searchParams.get('key')}`);
  const file = fileURLToPath(new URL('../../app.yml', import.meta.url));
  const wanted = z.record(z.string(), z.unknown()).parse(parse(await readFile(file, 'utf8')));
  const { hook_attributes: hook, redirect_url: redirect, callback_urls: callbacks, ...said } = manifest;
  assert.deepEqual(said, wanted);
  assert.deepEqual(callbacks, [`${url}/signed-in`]);
  assert.deepEqual([hook, redirect], [{ url: `${url}/api/github/webhooks` }, `${url}/set-up/created`]);
  child.kill('SIGTERM');
  assert.doesNotMatch((await ended).stdout, /smee/iu);
  await assert.rejects(stat(path.join(dir, '.env')), { code: 'ENOENT' });
});

test('behind a proxy webhooks go to its channel', async () => {
  await startServing({ WEBHOOK_PROXY_URL: 'https://smee.example/channel' });
  const { manifest } = await readManifest(await findPage());
  assert.equal(manifest.hook_attributes.url, 'https://smee.example/channel');
});

test('an address is tried out: a message to it has to come here', async () => {
  await startServing();
  const page = await findPage();
  assert.equal((await submit(page, 'address', { address: url })).status, 303);
  assert.match(await (await fetch(page)).text(), /✓ A test message to this address arrived here/u);
  const { manifest } = await readManifest(page);
  assert.equal(manifest.hook_attributes.url, `${url}/api/github/webhooks`);
  await submit(page, 'address', { address: `http://127.0.0.1:${await findPort()}/hooks` });
  assert.match(await (await fetch(page)).text(), /✗ The address cannot be reached: [^<]*ECONNREFUSED/u);
});

test('credentials of an App that exists are kept only if GitHub knows them', async () => {
  await startServing();
  const page = await findPage();
  const envFile = path.join(dir, '.env');
  const { id, privateKey, webhookSecret } = fake.app;
  const fields = { appId: String(id), privateKey, webhookSecret };
  for (const [changes, reason] of [
    [{ privateKey: 'no key' }, /The private key is not a complete RSA key/u],
    [{ appId: 'x' }, /The App ID must be a number/u],
    [{ webhookSecret: ' ' }, /The webhook secret is empty/u],
    [{ appId: '424242' }, /GitHub does not accept this App ID with this private key/u],
  ] as const) {
    assert.equal((await submit(page, 'import', { ...fields, ...changes })).status, 303);
    assert.match(await (await fetch(page)).text(), reason);
    await assert.rejects(stat(envFile), { code: 'ENOENT' });
  }
  await submit(page, 'import', fields);
  const kept = parseEnv(await readFile(envFile, 'utf8'));
  assert.deepEqual(kept, { APP_ID: String(id), PRIVATE_KEY: privateKey, WEBHOOK_SECRET: webhookSecret });
  await rm(envFile);
});

test('a return from GitHub that fails says so, and what to do', async () => {
  await startServing({ GHE_HOST: '127.0.0.1:1' });
  const page = await findPage();
  const state = page.searchParams.get('key') ?? '';
  const response = await fetch(`${url}/set-up/created?code=abc&state=${state}`);
  assert.match(
    await response.text(),
    /GitHub did not complete the request: [^]*Nothing was saved. Try again/u,
  );
});

test('from the page to the App: credentials for its owner alone, and it serves by itself, also the next time', async () => {
  const envFile = path.join(dir, '.env');
  await writeFile(envFile, '# mine\nLOG_LEVEL=info', { mode: 0o644 });
  await startServing();
  const page = await findPage();
  const { manifest } = await readManifest(page);
  const state = page.searchParams.get('key') ?? '';
  const returned = await fetch(`${url}/set-up/created?code=${fake.manifestCode}&state=${state}`);
  assert.match(await returned.text(), /The App exists[^]*This server is starting/u);

  const text = await readFile(envFile, 'utf8');
  assert.equal((await stat(envFile)).mode & 0o777, 0o600);
  assert.ok(text.startsWith('# mine\nLOG_LEVEL=info\n'));
  assert.deepEqual(parseEnv(text), {
    LOG_LEVEL: 'info',
    APP_ID: String(fake.app.id),
    PRIVATE_KEY: fake.app.privateKey,
    WEBHOOK_SECRET: fake.app.webhookSecret,
    GITHUB_CLIENT_ID: fake.app.clientId,
    GITHUB_CLIENT_SECRET: fake.app.clientSecret,
  });

  assert.equal(await (await ask('/readyz')).text(), 'ready\n');
  assert.match(await (await fetch(page)).text(), /Install the App: [^]*No event yet/u);
  // The webhook address that GitHub got is that of our intake.
  fake.webhookUrl = manifest.hook_attributes.url;
  await fake.addRepository({ owner: 'acme', name: 'shop', files: { 'a.txt': 'a' } });
  await fake.install('acme');
  await fake.settled();
  assert.deepEqual(
    fake.deliveries.flatMap(({ event, attempts }) => attempts.map(({ status }) => [event, status])),
    [['installation', 202]],
  );
  const ready = await until(
    async () => {
      const seen = await (await fetch(page)).text();
      return seen.includes('allocgate is ready') && seen;
    },
    () => 'the page does not see the installation',
  );
  assert.match(ready, /Installed by acme[^]*Events arrive; the first was <code>installation<\/code>/u);
  assert.equal((await fetch(`${url}/set-up`)).status, 403);
  assert.deepEqual(fake.violations, []);
  child.kill('SIGTERM');
  const { status, stdout } = await ended;
  assert.equal(status, 0);
  assert.match(stdout, /"credentials stored in \.env, starting the App"/u);
  assert.doesNotMatch(stdout, /restart|PRIVATE KEY/u);
  assert.ok(!stdout.includes(fake.app.webhookSecret));

  await startServing();
  assert.equal(await (await ask('/readyz')).text(), 'ready\n');
});

test('programs that it starts inherit no secret', async () => {
  const bin = path.join(dir, 'bin');
  await mkdir(bin);
  const seen = path.join(dir, 'environment-of-git');
  // Moved into place when it is whole.
  const script = `#!/bin/sh\nenv > '${seen}'.$$ && mv '${seen}'.$$ '${seen}'\nexit 1\n`;
  await writeFile(path.join(bin, 'git'), script, { mode: 0o755 });
  const repository = await fake.addRepository({ owner: 'umbrella', name: 'secret', files: { 'a.txt': 'a' } });
  await fake.install('umbrella');
  const search = `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`;
  await startServing({ ...credentials(), PATH: search, FROM_OUTSIDE: 'yes' });
  await ask('/readyz');
  fake.webhookUrl = `${url}/api/github/webhooks`;
  fake.addUser('gopher');
  fake.setPermission(repository, 'gopher', 'write');
  const head = { branch: 'change', contents: { change: { 'a.txt': 'b' } } };
  await fake.openPullRequest(repository, { author: 'gopher', head });
  const environment = await until(
    () => readFile(seen, 'utf8').catch(() => null),
    () => 'git was not started',
  );
  assert.match(environment, /^GIT_TERMINAL_PROMPT=0$/mu);
  assert.doesNotMatch(environment, /FROM_OUTSIDE/u);
  assert.doesNotMatch(environment, /PRIVATE KEY/u);
  assert.ok(!environment.includes(fake.app.webhookSecret));
});

test('in production what is missing is named, and no page is served', async () => {
  await rm(path.join(dir, '.env'), { force: true });
  await startServing({ NODE_ENV: 'production' });
  const { status, stderr } = await ended;
  assert.equal(status, 2);
  assert.match(stderr, /Invalid APP_ID/u);
});

test('settings that the page cannot be served with are named', async () => {
  for (const [variable, value] of Object.entries({ WEBHOOK_PROXY_URL: 'foo', LOG_LEVEL: 'loud' })) {
    await startServing({ [variable]: value });
    const { status, stderr } = await ended;
    assert.equal(status, 2);
    assert.match(stderr, new RegExp(`Invalid ${variable}`, 'u'));
  }
});

test('a port that another program has is named', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  const taken = String(typeof address === 'object' && address !== null ? address.port : 0);
  for (const env of [{}, credentials()]) {
    await startServing({ ...env, PORT: taken });
    const { status, stdout, stderr } = await ended;
    assert.equal(status, 2);
    assert.ok(stderr.includes(`Invalid PORT: another program listens on port ${taken};`), stderr);
    assert.doesNotMatch(stdout, /EADDRINUSE/u);
  }
});
