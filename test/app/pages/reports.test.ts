import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { test } from 'node:test';
import { createPagesHandler, type PagesTiming } from '../../../src/app/pages/handler.ts';
import { serveAlone } from '../../../src/app/operate/server.ts';
import { after, before } from '../../support/hooks.ts';
import { createInProcessApp, type InProcessApp } from '../../support/in-process-app.ts';
import { buildConfig, buildReview } from '../../support/review-data.ts';

const SHA = 'a'.repeat(40);
const REPORT = '/acme/log/pull/7';

let parts: InProcessApp;
const servers: Server[] = [];

before(async () => {
  parts = await createInProcessApp();
  const { fake, app, stored, repository } = parts;
  repository.private = true;
  fake.addUser('stranger');
  const { run } = await app.store.requestRun({
    repositoryId: stored.id,
    subject: { kind: 'pull-request', number: 7 },
    headSha: SHA,
    baseRef: 'main',
    bench: null,
    again: null,
  });
  await app.store.enqueueRun(run.id);
  const claim = await app.store.claimRun(run.id, 'test', 60_000);
  assert.ok(claim);
  await app.store.saveMeasured(claim, { review: buildReview(), config: buildConfig() });
  await app.store.finishRun(claim, 'fail');
});
after(async () => {
  for (const server of servers) server.close();
  await parts.close();
});

/** A browser: it keeps cookies, follows redirects, and returns the final address. */
class Browser {
  readonly #cookies = new Map<string, string>();
  setCookies: string[] = [];

  async get(
    url: string,
    init: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line);
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
      if (line.includes('Max-Age=0')) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects to the end; `steps`: where it was sent. */
  async follow(url: string): Promise<{ response: Response; steps: string[] }> {
    const steps: string[] = [];
    let response = await this.get(url);
    for (let at = url; response.headers.get('location') !== null && steps.length < 8;) {
      at = new URL(response.headers.get('location') ?? '', at).href;
      steps.push(at);
      response = await this.get(at);
    }
    return { response, steps };
  }
}

/** Serves the pages, with a browser in which `login` is signed in to GitHub. */
async function serve({
  login = null,
  open = false,
  timing = {},
}: { login?: string | null; open?: boolean; timing?: Partial<PagesTiming> } = {}): Promise<{
  url: string;
  browser: Browser;
}> {
  const { app, fake } = parts;
  let handle: ReturnType<typeof createPagesHandler> = () => Promise.resolve(false);
  const server = await serveAlone((...args) => handle(...args), { host: '127.0.0.1', port: 0 });
  servers.push(server);
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const url = `http://127.0.0.1:${address.port}`;
  handle = createPagesHandler(
    { ...app, apiUrl: `${fake.url}/api/v3` },
    {
      publicUrl: new URL(url),
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      arePublicOpen: open,
    },
    { sessionMs: 60_000, keepMs: 0, refusalMs: 0, accessMs: 60_000, ...timing },
  );
  fake.oauth.callbacks = [`${url}/signed-in`];
  fake.oauth.browser = login;
  return { url, browser: new Browser() };
}

test('who may read the repository signs in with GitHub, reads the report, and signs out', async () => {
  const { url, browser } = await serve({ login: 'gopher' });
  const { response, steps } = await browser.follow(`${url}${REPORT}`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /codec\/codec\.go:210/u);
  assert.match(response.headers.get('cache-control') ?? '', /private, no-store/u);
  assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/u);
  assert.match(steps[0] ?? '', /code_challenge=[\w-]{43}&code_challenge_method=S256/u);
  assert.equal(steps.at(-1), `${url}${REPORT}`);
  for (const cookie of browser.setCookies) assert.match(cookie, /HttpOnly; SameSite=Lax/u);
  assert.equal((await browser.get(`${url}/acme/log/commit/${SHA}`)).status, 200);
  const report = await (await browser.get(`${url}${REPORT}`)).text();
  assert.match(report, /href="\/acme\/log\/history"/u);
  const history = await browser.get(`${url}/acme/log/history`);
  assert.deepEqual([history.status, history.headers.get('cache-control')], [200, 'private, no-store']);
  assert.match(await history.text(), /Allocation history: acme\/log/u);

  const foreign = { method: 'POST', headers: { origin: 'https://evil.example' } };
  assert.equal((await browser.get(`${url}/sign-out`, foreign)).status, 403);
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 200);
  assert.match(await (await browser.get(`${url}/sign-out`)).text(), /signed in as <code>gopher<\/code>/u);
  await browser.get(`${url}/sign-out`, { method: 'POST', headers: { origin: url } });
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 303);
});

test('nobody learns whether a repository exists: not without a sign-in, and not as a stranger', async () => {
  const { url, browser } = await serve({ login: 'stranger' });
  const paths = [
    REPORT,
    '/acme/log/pull/8',
    '/acme/none/pull/7',
    '/acme/none/history',
    `/acme/log/commit/${'b'.repeat(40)}`,
  ];
  const ask = async (path: string): Promise<string> => {
    const response = await browser.get(`${url}${path}`);
    const location = (response.headers.get('location') ?? '').replaceAll(
      /(?:state|code_challenge)=[^&]*/gu,
      '',
    );
    const headers = [...response.headers.keys()].toSorted().join(' ');
    return `${response.status} ${location} ${headers} ${await response.text()}`;
  };
  const before = new Set(await Promise.all(paths.map(ask)));
  assert.equal(before.size, 1);
  assert.match([...before][0] ?? '', /^303 /u);
  await browser.follow(`${url}/sign-in`);
  const answers = new Set(await Promise.all(paths.map(ask)));
  assert.equal(answers.size, 1);
  assert.match([...answers][0] ?? '', /^404 /u);
});

test('nobody learns it from a GitHub that fails or does not answer, or from the time of a refusal', async () => {
  const { fake } = parts;
  const wait = 300;
  const { url, browser } = await serve({ login: 'stranger', timing: { refusalMs: wait } });
  await browser.follow(`${url}/sign-in`);
  const ask = async (path: string): Promise<string> => {
    const began = performance.now();
    const response = await browser.get(`${url}${path}`);
    const text = await response.text();
    // Timers can be a millisecond early.
    return `${response.status} ${performance.now() - began >= wait - 2} ${text}`;
  };
  const none = await ask('/acme/none/pull/7');
  assert.match(none, /^404 true /u);
  assert.equal(await ask(REPORT), none, 'with a GitHub that answers');
  const failing = fake.faults.add({ match: { path: /\/repos\//u }, kind: { status: 403 }, times: 100 });
  assert.equal(await ask(REPORT), none, 'with a GitHub that refuses the App');
  fake.faults.remove(failing);
  let answer = (): void => {};
  const hanging = new Promise<void>((resolve) => (answer = resolve));
  const stuck = fake.faults.add({ match: { path: /\/repos\//u }, kind: { run: () => hanging }, times: 100 });
  const slow = await serve({ login: 'stranger', timing: { refusalMs: wait, accessMs: wait } });
  await slow.browser.follow(`${slow.url}/sign-in`);
  const response = await slow.browser.get(`${slow.url}${REPORT}`);
  assert.equal(
    `${response.status} true ${await response.text()}`,
    none,
    'with a GitHub that does not answer',
  );
  fake.faults.remove(stuck);
  answer();
});

test('a report of a public repository needs no sign-in only if the operator says so', async () => {
  const { repository } = parts;
  repository.private = false;
  try {
    const open = await serve({ open: true });
    assert.equal((await open.browser.get(`${open.url}${REPORT}`)).status, 200);
    const closed = await serve();
    assert.equal((await closed.browser.get(`${closed.url}${REPORT}`)).status, 303);
    repository.private = true;
    assert.equal((await open.browser.get(`${open.url}${REPORT}`)).status, 303);
  } finally {
    repository.private = true;
  }
});

test('a session ends after its time, and access that is taken away ends at once where nothing is kept', async () => {
  const short = await serve({ login: 'gopher', timing: { sessionMs: 1 } });
  await short.browser.follow(`${short.url}/sign-in`);
  assert.equal((await short.browser.get(`${short.url}${REPORT}`)).status, 303);
  const { url, browser } = await serve({ login: 'gopher' });
  await browser.follow(`${url}/sign-in`);
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 200);
  parts.fake.setPermission(parts.repository, 'gopher', 'none');
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 404);
  parts.fake.setPermission(parts.repository, 'gopher', 'write');
});

test('a sign-in that this browser did not begin, or that GitHub does not confirm, is refused', async () => {
  const { url, browser } = await serve({ login: 'gopher' });
  const begun = await browser.get(`${url}${REPORT}`);
  const callback = (await browser.get(begun.headers.get('location') ?? '')).headers.get('location') ?? '';
  // The same link in another person's browser.
  assert.equal((await new Browser().get(callback)).status, 400);
  const forged = new URL(callback);
  forged.searchParams.set('state', 'x'.repeat(43));
  assert.equal((await browser.get(forged.href)).status, 400);
  const wrong = new URL(callback);
  wrong.searchParams.set('code', 'f'.repeat(20));
  assert.equal((await browser.get(wrong.href)).status, 400);
  assert.equal((await browser.get(callback)).status, 303);
  assert.equal((await browser.get(callback)).status, 400, 'a second time');
  const denied = await serve();
  assert.equal((await denied.browser.follow(`${denied.url}${REPORT}`)).response.status, 400);
});

test('nobody is sent to another site', async () => {
  for (const to of [
    '//evil.example/',
    '/\\evil.example',
    'https://evil.example',
    '/a?b=%0d%0aset-cookie:x',
  ]) {
    const { url, browser } = await serve({ login: 'gopher' });
    const { steps } = await browser.follow(`${url}/sign-in?to=${encodeURIComponent(to)}`);
    assert.equal(steps.at(-1), `${url}/`, to);
  }
});

test('exercises are for everybody', async () => {
  const { url, browser } = await serve();
  const response = await browser.get(`${url}/exercises/MA-01`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /<h1>fmt\.Sprintf in a hot path<\/h1>/u);
  assert.equal((await browser.get(`${url}/exercises/benchmark-broken`)).status, 200);
  assert.equal((await browser.get(`${url}/exercises/ZZ-99`)).status, 404);
  assert.equal((await browser.get(`${url}/exercises/README`)).status, 404);
});

test('what was measured is deleted as soon as the App loses the repository', async () => {
  const { app, stored } = parts;
  const { url, browser } = await serve({ login: 'gopher' });
  await browser.follow(`${url}/sign-in`);
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 200);
  await app.store.removeInstallation(stored.installationId);
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 404);
  await app.store.saveRepositories([stored]);
  assert.equal((await browser.get(`${url}${REPORT}`)).status, 404);
  assert.deepEqual(parts.fake.violations, []);
});
