import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import nock from 'nock';
import { pino } from 'pino';
import { createGitHubApp, createTokenClient, type GitHubAppOptions } from '../../src/github/client.ts';
import { RateLimited, statusOf } from '../../src/github/errors.ts';
import type { RequestReport } from '../../src/github/transport.ts';
import { BASE_URL, createTestClient, isolateNetwork } from './support.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const INSTALLATION = 42;
const PULL = { owner: 'acme', repo: 'shop', pull_number: 7 };
const NOTE = { owner: 'acme', repo: 'shop', issue_number: 7, body: 'hello' };

/** An App whose pauses are kept in `pauses`, and whose log and reports can be read. */
function createApp(rest: Partial<GitHubAppOptions> = {}) {
  const pauses = new Map<number, Date>();
  const reports: RequestReport[] = [];
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) });
  const app = createGitHubApp({
    appId: 1,
    privateKey,
    baseUrl: BASE_URL,
    pauses: {
      find: async (id) => pauses.get(id) ?? null,
      save: async (id, until) => void pauses.set(id, until),
    },
    maxWaitMs: 0,
    onRequest: (call) => void reports.push(call),
    log,
    writeSpacingMs: 0,
    retryDelayMs: 0,
    ...rest,
  });
  return { app, pauses, reports, lines };
}

function answerTokens(...tokens: string[]): nock.Body[] {
  const asked: nock.Body[] = [];
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  for (const token of tokens) {
    nock(BASE_URL)
      .post('/app/installations/42/access_tokens', (body: nock.Body) => asked.push(body) > 0)
      .reply(201, { token, expires_at: inAnHour });
  }
  return asked;
}

const pulls = () => nock(BASE_URL).get('/repos/acme/shop/pulls/7');
const notes = () => nock(BASE_URL).post('/repos/acme/shop/issues/7/comments');
const hasStatus = (status: number) => (error: unknown) => statusOf(error) === status;

void describe('requests', () => {
  isolateNetwork();

  void test('a read that fails is sent again', async () => {
    pulls().reply(502);
    pulls().replyWithError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    pulls().reply(200, { number: 7 });
    const { data } = await createTestClient().rest.pulls.get(PULL);
    assert.equal(data.number, 7);
  });

  void test('a read that goes on failing ends with its error', async () => {
    let count = 0;
    nock(BASE_URL)
      .persist()
      .get('/repos/acme/shop/pulls/7')
      .reply(() => [503, String((count += 1))]);
    await assert.rejects(createTestClient().rest.pulls.get(PULL), hasStatus(503));
    assert.equal(count, 4);
  });

  void test('a write that fails is never sent again by itself', async () => {
    notes().reply(502);
    const second = notes().reply(201, { id: 1 });
    await assert.rejects(createTestClient().rest.issues.createComment(NOTE), hasStatus(502));
    assert.equal(second.isDone(), false);
  });

  void test('an answer that does not come in time is given up', async (t) => {
    nock.enableNetConnect('127.0.0.1');
    let asked = 0;
    const server = createServer(() => (asked += 1));
    t.after(() => {
      server.closeAllConnections();
      server.close();
      nock.disableNetConnect();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const client = createTokenClient('t', `http://127.0.0.1:${address.port}`, { timeoutMs: 1500 });
    await assert.rejects(client.rest.issues.createComment(NOTE), hasStatus(500));
    assert.equal(asked, 1);
  });

  void test('an answer that breaks off is not an empty success', async () => {
    notes().reply(201, '{"id": 1', { 'content-type': 'application/json' });
    await assert.rejects(createTestClient().rest.issues.createComment(NOTE), hasStatus(502));
  });

  void test('a renamed repository is followed with the same method and body', async () => {
    const location = `${BASE_URL}/repositories/9/issues/7/comments`;
    notes().reply(301, { message: 'Moved Permanently', url: location }, { location });
    const sent: unknown[] = [];
    nock(BASE_URL)
      .post('/repositories/9/issues/7/comments', (body: unknown) => sent.push(body) > 0)
      .matchHeader('authorization', 'token user-token')
      .reply(201, { id: 3 });
    const { data } = await createTestClient().rest.issues.createComment(NOTE);
    assert.equal(data.id, 3);
    assert.deepEqual(sent, [{ body: 'hello' }]);
  });

  void test('a read that is followed keeps its query once', async () => {
    const location = `${BASE_URL}/repositories/9/pulls`;
    nock(BASE_URL).get('/repos/acme/shop/pulls?state=open&per_page=5').reply(301, {}, { location });
    nock(BASE_URL)
      .get('/repositories/9/pulls?state=open&per_page=5')
      .reply(200, [{ number: 1 }]);
    const { data } = await createTestClient().rest.pulls.list({
      owner: 'acme',
      repo: 'shop',
      state: 'open',
      per_page: 5,
    });
    assert.equal(data.length, 1);
  });

  void test('the token goes to no other host', async () => {
    notes().reply(307, {}, { location: 'https://elsewhere.example/repos' });
    const elsewhere = nock('https://elsewhere.example').post('/repos').reply(201, { id: 1 });
    await assert.rejects(createTestClient().rest.issues.createComment(NOTE), /another host/u);
    assert.equal(elsewhere.isDone(), false);
  });

  void test('nothing is printed, whatever GitHub answers', async ({ mock }) => {
    const print = mock.method(process.stderr, 'write', () => true);
    pulls().reply(200, {}, { deprecation: 'yes', sunset: 'tomorrow' });
    notes().reply(500);
    const client = createTestClient();
    await client.rest.pulls.get(PULL);
    await assert.rejects(client.rest.issues.createComment(NOTE));
    assert.equal(print.mock.callCount(), 0);
  });

  void test('writes begin at a distance, reads do not wait', async () => {
    nock(BASE_URL).persist().post('/repos/acme/shop/issues/7/comments').reply(201, { id: 1 });
    nock(BASE_URL).persist().get('/repos/acme/shop/pulls/7').reply(200, {});
    const client = createTokenClient('t', BASE_URL, { writeSpacingMs: 120 });
    const started = performance.now();
    await Promise.all([client.rest.issues.createComment(NOTE), client.rest.issues.createComment(NOTE)]);
    const written = performance.now() - started;
    assert.ok(written >= 110, `${written} ms`);
  });
});

void describe('limits', () => {
  isolateNetwork();

  void test('a pause is saved, and nothing is sent while it lasts', async () => {
    answerTokens('one');
    const { app, pauses } = createApp();
    pulls().reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '30' });
    const github = await app.forInstallation(INSTALLATION);
    await assert.rejects(github.rest.pulls.get(PULL), RateLimited);
    const until = pauses.get(INSTALLATION);
    assert.ok(until && until.getTime() > Date.now() + 25_000);
    const next = pulls().reply(200, {});
    await assert.rejects(
      github.rest.pulls.get(PULL),
      (error) => error instanceof RateLimited && error.until.getTime() === until.getTime(),
    );
    assert.equal(next.isDone(), false);
  });

  void test('a write that a limit refused is sent again after a short pause', async () => {
    answerTokens('one');
    const { app } = createApp({ maxWaitMs: 5000 });
    notes().reply(429, { message: 'too many' }, { 'retry-after': '0' });
    notes().reply(201, { id: 3 });
    const github = await app.forInstallation(INSTALLATION);
    assert.equal((await github.rest.issues.createComment(NOTE)).data.id, 3);
  });

  void test('the last request of the hour is answered, and the next waits for the reset', async () => {
    answerTokens('one');
    const { app, pauses } = createApp();
    const reset = Math.floor(Date.now() / 1000) + 600;
    pulls().reply(200, { number: 7 }, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) });
    const github = await app.forInstallation(INSTALLATION);
    assert.equal((await github.rest.pulls.get(PULL)).data.number, 7);
    assert.equal(pauses.get(INSTALLATION)?.getTime(), (reset + 1) * 1000);
    await assert.rejects(github.rest.pulls.get(PULL), RateLimited);
  });

  void test('a missing permission is not a rate limit', async () => {
    notes().reply(403, { message: 'Resource not accessible by integration' });
    await assert.rejects(createTestClient().rest.issues.createComment(NOTE), hasStatus(403));
  });
});

void describe('the App', () => {
  isolateNetwork();

  void test('what an installation has not granted is left out of its token', async () => {
    const message = 'The permissions requested are not granted to this installation.';
    nock(BASE_URL).post('/app/installations/42/access_tokens').reply(422, { message });
    const permissions = { checks: 'write', metadata: 'read', pull_requests: 'read', actions: 'write' };
    nock(BASE_URL).get('/app/installations/42').reply(200, { id: INSTALLATION, permissions });
    const asked = answerTokens('less');
    nock(BASE_URL, { reqheaders: { authorization: 'token less' } })
      .get('/repos/acme/shop/pulls/7')
      .reply(200, { number: 7 });
    const github = await createApp().app.forInstallation(INSTALLATION);
    await github.rest.pulls.get(PULL);
    assert.deepEqual(asked, [{ permissions: { checks: 'write', metadata: 'read', pull_requests: 'read' } }]);
  });

  void test('an installation token covers what the App needs, is kept, and is asked for once at a time', async () => {
    const asked = answerTokens('one');
    const { app } = createApp();
    nock(BASE_URL)
      .persist()
      .get('/repos/acme/shop/pulls/7')
      .matchHeader('authorization', 'token one')
      .reply(200, { number: 7 });
    const github = await app.forInstallation(INSTALLATION);
    await Promise.all([github.rest.pulls.get(PULL), github.rest.pulls.get(PULL)]);
    await github.rest.pulls.get(PULL);
    assert.deepEqual(asked, [
      {
        permissions: {
          checks: 'write',
          contents: 'read',
          issues: 'write',
          metadata: 'read',
          pull_requests: 'write',
        },
      },
    ]);
  });

  void test('a token for git reads one repository', async () => {
    const asked = answerTokens('git');
    const { app } = createApp();
    assert.equal(await app.gitToken(INSTALLATION, 99), 'git');
    assert.deepEqual(asked, [{ permissions: { contents: 'read' }, repository_ids: [99] }]);
  });

  void test('a token that is refused is replaced once, for writes too', async () => {
    answerTokens('one', 'two');
    const { app } = createApp();
    notes().matchHeader('authorization', 'token one').reply(401, { message: 'Bad credentials' });
    notes().matchHeader('authorization', 'token two').reply(201, { id: 5 });
    const github = await app.forInstallation(INSTALLATION);
    assert.equal((await github.rest.issues.createComment(NOTE)).data.id, 5);
  });

  void test('a second refusal is an error', async () => {
    answerTokens('one', 'two');
    const { app } = createApp();
    nock(BASE_URL).persist().get('/repos/acme/shop/pulls/7').reply(401, { message: 'Bad credentials' });
    const github = await app.forInstallation(INSTALLATION);
    await assert.rejects(github.rest.pulls.get(PULL), hasStatus(401));
  });

  void test('its writer is its bot', async () => {
    nock(BASE_URL)
      .get('/app')
      .matchHeader('authorization', /^bearer ey/u)
      .reply(200, { slug: 'allocgate' });
    const { app } = createApp();
    assert.deepEqual(await app.writer(), { login: 'allocgate[bot]' });
    assert.deepEqual(await app.writer(), { login: 'allocgate[bot]' });
  });

  void test('requests are reported by routes without names, and no token is logged', async () => {
    answerTokens('secret-token');
    const { app, reports, lines } = createApp();
    pulls().reply(500);
    pulls().reply(200, {}, { 'x-ratelimit-remaining': '77' });
    const github = await app.forInstallation(INSTALLATION);
    await github.rest.pulls.get(PULL);
    const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    nock(BASE_URL).persist().get('/repositories/12345/pulls').replyWithError(lost);
    await assert.rejects(github.request('GET /repositories/12345/pulls'));
    assert.deepEqual(reports.map(({ route, status, remaining }) => [route, status, remaining]).slice(0, 3), [
      ['POST /app/installations/{installation_id}/access_tokens', 201, null],
      ['GET /repos/{owner}/{repo}/pulls/{pull_number}', 500, null],
      ['GET /repos/{owner}/{repo}/pulls/{pull_number}', 200, 77],
    ]);
    assert.equal(reports.at(-1)?.route, 'GET /repositories/{id}/pulls');
    assert.equal(reports.at(-1)?.status, null);
    assert.ok(lines.length > 0);
    assert.doesNotMatch(lines.join('\n'), /secret-token|ey[\w-]+\.ey/u);
  });
});
