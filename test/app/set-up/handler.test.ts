import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as sendRequest } from 'node:http';
import { test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { serveAlone } from '../../../src/app/operate/server.ts';
import { createSetUpHandler, type SetUpOptions } from '../../../src/app/set-up/handler.ts';

/** Pages of others cannot use the page that makes the App, whatever they make a browser send. */

const KEY = 'a key of the tests';
type Headers = Record<string, string | undefined>;
type Answer = { status: number; location: string; body: string; policy: string };

async function serve(t: TestContext, options: Partial<SetUpOptions> = {}) {
  const kept: unknown[] = [];
  const handle = createSetUpHandler({
    key: KEY,
    places: { host: 'localhost', publicUrl: null },
    apiUrl: 'http://127.0.0.1:1',
    gitHub: 'https://github.com',
    isGitHubPublic: true,
    organization: '',
    envFile: '.env',
    channel: null,
    createChannel: () => Promise.reject(new Error('not here')),
    openChannel: () => ({ opened: Promise.resolve(), stop: () => Promise.resolve() }),
    keep: (...all) => kept.push(all),
    ...options,
  });
  const server = await serveAlone(handle, { host: '127.0.0.1', port: 0 });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const { port } = address;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function send(method: string, path: string, headers: Headers, body = ''): Promise<Answer> {
    const all = Object.entries({ host: `localhost:${port}`, ...headers });
    const given = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
    const request = sendRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: Object.fromEntries(given),
    });
    const { promise, resolve } = Promise.withResolvers<Answer>();
    request.on('response', (response) => {
      const { location = '', 'content-security-policy': policy } = response.headers;
      void text(response).then((read) =>
        resolve({ status: response.statusCode ?? 0, location, body: read, policy: String(policy) }),
      );
    });
    request.end(body);
    await once(request, 'response');
    return promise;
  }
  const own = `http://localhost:${port}`;
  const page = `/set-up?key=${encodeURIComponent(KEY)}`;
  return {
    kept,
    own,
    get: (path = page, headers: Headers = {}) => send('GET', path, headers),
    post: (path: string, fields: Record<string, string> = {}, headers: Headers = {}) =>
      send('POST', path, { origin: own, ...headers }, String(new URLSearchParams({ key: KEY, ...fields }))),
  };
}

test('only who knows the key sees the page or does anything', async (t) => {
  const { get, post, kept } = await serve(t);
  for (const path of ['/', '/set-up', '/set-up?key=', '/set-up?key=other', `/set-up?key=${KEY.length}`]) {
    const { status, body } = await get(path);
    assert.equal(status, 403, path);
    assert.match(body, /Open the address that allocgate printed/u);
  }
  assert.equal((await get()).status, 200);
  assert.equal((await get('/set-up/created?code=abc')).status, 403);
  assert.equal((await get('/set-up/created?code=abc&state=other')).status, 403);
  assert.equal((await post('/set-up/import', { key: 'other' })).status, 403);
  assert.equal((await get('/set-up/other')).status, 404);
  assert.deepEqual(kept, []);
});

test('a name that is not of this server is refused, since it may lead here for a page of somebody else', async (t) => {
  const publicUrl = new URL('https://allocgate.example.com');
  const { get } = await serve(t, { places: { host: 'build.corp', publicUrl } });
  for (const host of ['evil.example', 'localhost.evil.example', 'evil.example:3000', 'a b']) {
    assert.equal((await get(undefined, { host })).status, 421, host);
  }
  const own = [
    'localhost',
    'app.localhost:3000',
    '127.0.0.1:3000',
    '192.168.1.7',
    '[::1]:3000',
    'build.corp',
  ];
  for (const host of [...own, 'allocgate.example.com']) {
    assert.equal((await get(undefined, { host })).status, 200, host);
  }
});

test('a form that another page sends does nothing', async (t) => {
  const { post, own, get } = await serve(t);
  const origins = [
    'https://evil.example',
    'null',
    undefined,
    own.replace('localhost', 'localhost.evil.example'),
    `${own}1`,
  ];
  for (const origin of origins) {
    assert.equal(
      (await post('/set-up/address', { address: 'https://evil.example' }, { origin })).status,
      403,
      origin,
    );
  }
  assert.doesNotMatch((await get()).body, /evil/u);
});

test('what somebody types or names is text on the page', async (t) => {
  const evil = `"><script>alert('1')</script>`;
  const { get, post, own } = await serve(t, {
    organization: evil,
    channel: `https://smee.example/'><script>alert(2)</script>`,
    createChannel: () => Promise.reject(new Error(evil)),
  });
  assert.equal((await post('/set-up/channel')).status, 303);
  const { body, policy } = await get();
  assert.doesNotMatch(body, /<script/u);
  assert.match(body, /&#60;script&#62;/u);
  assert.equal(
    policy,
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://github.com",
  );
  assert.doesNotMatch((await get(`/set-up?key=${evil}`)).body, /<script/u);
  assert.equal((await get(undefined, { host: `localhost'><script>` })).status, 421);
  assert.ok(own.startsWith('http:'));
});

test('before GitHub refuses an address that it cannot reach, the page does', async (t) => {
  const { get, post } = await serve(t);
  const disabled = /<button class="main" type="submit" disabled>/u;
  const first = await get();
  assert.match(first.body, /No address yet. GitHub cannot reach <code>localhost<\/code>/u);
  assert.match(first.body, disabled);
  for (const address of ['http://localhost:1', 'http://10.0.0.3:1', 'http://[::1]:1', 'http://buildbox:1']) {
    await post('/set-up/address', { address });
    const { body } = await get();
    assert.match(body, /belongs to this machine or to a private network/u, address);
    assert.match(body, disabled);
  }
  await post('/set-up/address', { address: 'ftp://example.com' });
  assert.match((await get()).body, /not the address of a web server/u);
});

test('GitHub Enterprise Server may reach what the internet cannot', async (t) => {
  const { get, own } = await serve(t, { isGitHubPublic: false, gitHub: 'https://github.corp' });
  const { body } = await get();
  assert.match(
    body,
    new RegExp(`GitHub will send events to <code class="address">${own}/api/github/webhooks`, 'u'),
  );
  assert.doesNotMatch(body, /<button class="main" type="submit" disabled>/u);
});

test('a channel is made, opened and tried out, and kept with the App', async (t) => {
  const opened: string[] = [];
  const { get, post, own } = await serve(t, {
    createChannel: () => Promise.resolve('http://127.0.0.1:1/channel'),
    openChannel: (source) => {
      opened.push(source);
      return { opened: Promise.resolve(), stop: async () => void opened.push('stopped') };
    },
  });
  await post('/set-up/channel');
  assert.deepEqual(opened, ['http://127.0.0.1:1/channel', 'stopped']);
  assert.match((await get()).body, /a channel that this server reads[^]*✗ The address cannot be reached/u);
  assert.ok(own);
});
