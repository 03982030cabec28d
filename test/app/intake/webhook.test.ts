import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWebhookHandler, type WebhookOptions } from '../../../src/app/intake/webhook.ts';
import type { Delivery } from '../../../src/store/types.ts';
import { example } from '../examples.ts';

const SECRET = 'a secret of the tests';
const PATH = '/api/github/webhooks';

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };
type Sent = {
  method?: string;
  path?: string;
  body?: string | Buffer;
  headers?: Record<string, string | undefined>;
};

function sign(body: string | Buffer, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A server with the handler, and a sender that works like GitHub. Every delivery is handled. */
async function serve(
  t: TestContext,
  options: Omit<WebhookOptions, 'secret' | 'readIntent'> & Partial<Pick<WebhookOptions, 'readIntent'>>,
) {
  const readIntent = (_event: string, payload: unknown): unknown => payload;
  const webhook = createWebhookHandler({ secret: SECRET, readIntent, ...options });
  const server = createServer((request, response) => {
    void webhook.handle(request, response).then((isHandled) => isHandled || response.writeHead(404).end());
  });
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const { port } = address;

  async function send({
    method = 'POST',
    path = PATH,
    body = '{}',
    headers = {},
  }: Sent = {}): Promise<Answer> {
    const all = {
      'content-type': 'application/json',
      'x-github-delivery': randomUUID(),
      'x-github-event': 'pull_request',
      'x-hub-signature-256': sign(body),
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const request = sendRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent,
      headers: Object.fromEntries(given),
    });
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: string[] = [];
      response.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: chunks.join('') });
      });
    });
    request.end(body);
    return await promise;
  }
  return { webhook, send, port };
}

/** A store that keeps what it is given after `ms`. */
function createStore(ms = 0) {
  const transactions: Delivery[][] = [];
  const stored = new Map<string, Delivery>();
  const addDeliveries = async (deliveries: readonly Delivery[]): Promise<void> => {
    transactions.push([...deliveries]);
    await sleep(ms);
    for (const delivery of deliveries) stored.set(delivery.id, delivery);
  };
  return { transactions, stored, addDeliveries };
}

test('what a delivery asks for is stored, and then it is acknowledged', async (t) => {
  const store = createStore();
  const answers: [string, number][] = [];
  const { send } = await serve(t, {
    ...store,
    readIntent: (event, read) => ({ wanted: [event, read] }),
    onAnswer: (event, status) => answers.push([event, status]),
  });
  const payload = example('pull_request', { action: 'opened' });
  const id = randomUUID();
  const answer = await send({ body: JSON.stringify(payload), headers: { 'x-github-delivery': id } });
  assert.equal(answer.status, 202);
  const [{ signature, ...delivery } = { signature: '' }, ...others] = store.stored.values();
  assert.match(signature ?? '', /^[0-9a-f]{64}$/u);
  assert.deepEqual(
    [delivery, ...others],
    [{ id, event: 'pull_request', intent: { wanted: ['pull_request', payload] } }],
  );
  assert.deepEqual(answers, [['pull_request', 202]]);
});

test('a delivery that asks for nothing is acknowledged, and not stored', async (t) => {
  const store = createStore();
  const readIntent = (event: string): unknown => (event === 'pull_request' ? { kind: 'look' } : null);
  const { send } = await serve(t, { ...store, readIntent });
  assert.equal((await send({ headers: { 'x-github-event': 'check_run' } })).status, 202);
  assert.equal(store.stored.size, 0);
  assert.equal((await send()).status, 202);
  assert.equal(store.stored.size, 1);
});

test('Apps of earlier versions send to the root; everything else is somebody else’s', async (t) => {
  const { send } = await serve(t, createStore());
  assert.equal((await send({ path: '/?from=manifest' })).status, 202);
  assert.equal((await send({ path: '/api/github/webhooks/more' })).status, 404);
  assert.equal((await send({ method: 'GET', body: '' })).status, 404);
});

test('what is not signed with the secret is refused and not stored', async (t) => {
  const store = createStore();
  const events: string[] = [];
  const { send } = await serve(t, { ...store, onAnswer: (event) => events.push(event) });
  const body = JSON.stringify({ a: 'ü' });
  const signatures = [
    undefined,
    '',
    sign(body, 'another secret'),
    sign(`${body} `),
    sign(body).replace('sha256=', 'sha1='),
    sign(body).slice(0, -2),
    `sha256=${'ü'.repeat(32)}`,
    `${sign(body)}00`,
  ];
  for (const signature of signatures) {
    const header = signature && Buffer.from(signature, 'utf8').toString('latin1');
    const answer = await send({ body, headers: { 'x-hub-signature-256': header } });
    assert.equal(answer.status, 401, signature);
  }
  // The signature is checked before the payload, so only GitHub gets the error.
  assert.equal((await send({ body: '{', headers: { 'x-hub-signature-256': sign('x') } })).status, 401);
  assert.equal(store.transactions.length, 0);
  assert.deepEqual([...new Set(events)], ['unverified']);
});

test('what GitHub does not send is refused', async (t) => {
  const store = createStore();
  const { send } = await serve(t, store);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await send({ headers: form })).status, 415);
  assert.equal((await send({ headers: { 'content-type': undefined } })).status, 415);
  assert.equal((await send({ headers: { 'x-github-delivery': undefined } })).status, 400);
  assert.equal((await send({ headers: { 'x-github-delivery': "'; drop table x" } })).status, 400);
  assert.equal((await send({ headers: { 'x-github-event': undefined } })).status, 400);
  for (const body of ['', '{', 'null', '"text"', '17', '{"a":"\u0000"}']) {
    assert.equal((await send({ body })).status, 400, JSON.stringify(body));
  }
  assert.equal(store.transactions.length, 0);
  const charset = { 'content-type': 'application/JSON; charset=utf-8' };
  assert.equal((await send({ headers: charset })).status, 202);
});

test('a payload over the limit is refused unread, whether its length is declared or not', async (t) => {
  const { send, port } = await serve(t, { ...createStore(), maxBodyBytes: 1000 });
  const body = JSON.stringify({ text: 'x'.repeat(989) });
  assert.equal(body.length, 1000);
  assert.equal((await send({ body })).status, 202);
  assert.equal((await send({ body: `${body} ` })).status, 413);
  const chunked = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
  assert.equal((await send({ body: `${body} `, headers: chunked })).status, 413);
  // The length alone is enough: nothing of the body has been sent here.
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n` +
      `x-github-delivery: 1\r\nx-github-event: push\r\nx-hub-signature-256: ${sign('')}\r\n\r\n`,
  );
  const [answer]: unknown[] = await once(socket, 'data');
  assert.ok(answer instanceof Buffer);
  assert.match(answer.toString(), /^HTTP\/1\.1 413 /u);
  await once(socket, 'close');
});

/** A connection that has sent the head of a delivery, and so many bytes of its body. */
async function sendPart(port: number, promised: number, sent: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const head =
    `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${promised}\r\n` +
    `x-github-delivery: 1\r\nx-github-event: push\r\nx-hub-signature-256: ${sign('')}\r\n\r\n`;
  await new Promise<void>((resolve) => {
    socket.write(head + 'x'.repeat(sent), () => resolve());
  });
  return socket;
}

test('bodies that are never finished make room for those of GitHub, small and large', async (t) => {
  // Ten small ones fit, and one large one.
  const bodyShares = { small: 10 * 20 * 1024, large: 2_000_000 };
  const { send, port } = await serve(t, { ...createStore(), bodyShares });
  const sockets = await Promise.all([
    ...Array.from({ length: 30 }, () => sendPart(port, 100_000, 10)),
    ...Array.from({ length: 10 }, () => sendPart(port, 2_000_000, 1_000_000)),
  ]);
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const answers: string[] = [];
  const dropped = Promise.withResolvers<void>();
  for (const socket of sockets) {
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => void (text += data));
    socket.on('close', () => {
      if (answers.push(text) === 29) dropped.resolve();
    });
  }
  await dropped.promise;
  // How long the other connections stay open.
  await sleep(300);
  assert.equal(answers.length, 29);
  assert.equal((await send()).status, 202);
  assert.equal((await send({ body: JSON.stringify({ text: 'x'.repeat(1_500_000) }) })).status, 202);
  for (const answer of answers.filter((text) => text !== '')) {
    assert.match(answer, /^HTTP\/1\.1 503 [^]*retry-after: 30[^]*too many payloads/iu);
  }
  assert.notEqual(answers.join(''), '');
});

test('a sender that hangs up stores nothing and disturbs nobody', async (t) => {
  const store = createStore();
  const { send, port } = await serve(t, store);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n` +
      `x-github-delivery: 1\r\nx-github-event: push\r\nx-hub-signature-256: ${sign('')}\r\n\r\n{"half`,
  );
  await sleep(20);
  socket.destroy();
  assert.equal((await send()).status, 202);
  assert.equal(store.stored.size, 1);
});

test('fifty at once go in few transactions, and each is stored when its answer comes', async (t) => {
  const store = createStore(20);
  const { send } = await serve(t, store);
  const ids = Array.from({ length: 50 }, () => randomUUID());
  await Promise.all(
    ids.map(async (id) => {
      const { status } = await send({ headers: { 'x-github-delivery': id } });
      assert.equal(status, 202);
      assert.ok(store.stored.has(id), 'acknowledged before it was stored');
    }),
  );
  assert.deepEqual([...store.stored.keys()].sort(), ids.sort());
  assert.ok(store.transactions.length < 25, `${store.transactions.length} transactions`);
});

test('a database that keeps the thread busy still gets them in groups', async (t) => {
  const sizes: number[] = [];
  const addDeliveries = async (deliveries: readonly Delivery[]): Promise<void> => {
    sizes.push(deliveries.length);
    const started = performance.now();
    while (performance.now() - started < 3) await Promise.resolve();
  };
  const { send } = await serve(t, { addDeliveries });
  const answers = await Promise.all(Array.from({ length: 50 }, () => send()));
  assert.ok(answers.every(({ status }) => status === 202));
  assert.ok(sizes.length < 25, `${sizes.length} transactions`);
});

test('the same delivery fifty times at once has no twin inside a transaction', async (t) => {
  const store = createStore(5);
  const { send } = await serve(t, store);
  const headers = { 'x-github-delivery': randomUUID() };
  const answers = await Promise.all(Array.from({ length: 50 }, () => send({ headers })));
  assert.ok(answers.every(({ status }) => status === 202));
  assert.ok(store.transactions.every((deliveries) => deliveries.length === 1));
});

test('a database that fails is a 503 with Retry-After, and a later delivery goes through', async (t) => {
  const store = createStore();
  let isDown = true;
  const logged: object[] = [];
  const { send } = await serve(t, {
    addDeliveries: async (deliveries) => {
      if (isDown) throw new Error('connection refused');
      await store.addDeliveries(deliveries);
    },
    log: { warn: () => {}, error: (fields: object) => logged.push(fields) },
  });
  const id = randomUUID();
  const answer = await send({ headers: { 'x-github-delivery': id } });
  assert.equal(answer.status, 503);
  assert.match(answer.headers['retry-after'] ?? '', /^\d+$/u);
  assert.doesNotMatch(answer.body, /refused/u);
  assert.partialDeepStrictEqual(logged, [{ delivery: id, event: 'pull_request' }]);
  isDown = false;
  assert.equal((await send()).status, 202);
});

test('a database that does not answer is a 503 in time, and what it commits later is not lost', async (t) => {
  const store = createStore(150);
  const { send } = await serve(t, { ...store, patienceMs: 30 });
  const id = randomUUID();
  assert.equal((await send({ headers: { 'x-github-delivery': id } })).status, 503);
  assert.equal(store.stored.has(id), false);
  await sleep(200);
  assert.ok(store.stored.has(id));
});

test('what PostgreSQL cannot store in JSON is replaced, and nothing else', async (t) => {
  const store = createStore();
  const { send } = await serve(t, store);
  const bodies: [string, unknown][] = [
    [String.raw`{"a":"x\u0000y"}`, { a: 'x\uFFFDy' }],
    [String.raw`{"\u0000":1}`, { '\uFFFD': 1 }],
    [String.raw`{"a":"\ud83d\ude00 \uD83D\uDE00 😀"}`, { a: '😀 😀 😀' }],
    [String.raw`{"a":"\ud83d"}`, { a: '\uFFFD' }],
    [String.raw`{"a":"\ude00\ud83dx"}`, { a: '\uFFFD\uFFFDx' }],
    [String.raw`{"a":"\ud83d\ud83d\ude00"}`, { a: '\uFFFD😀' }],
    [String.raw`{"a":"\\u0000 \\\u0000 \\ud83d"}`, { a: '\\u0000 \\\uFFFD \\ud83d' }],
    [String.raw`{"a":"\u00000 \u0001 \ud7ff \ue000"}`, { a: '\uFFFD0 \u0001 \uD7FF \uE000' }],
  ];
  for (const [body, payload] of bodies) {
    const id = randomUUID();
    assert.equal((await send({ body, headers: { 'x-github-delivery': id } })).status, 202);
    assert.deepEqual(store.stored.get(id)?.intent, payload, body);
  }
});

test('stopping refuses what is new, and waits until what is being stored has its answer', async (t) => {
  const store = createStore(100);
  const { webhook, send } = await serve(t, store);
  const answered: number[] = [];
  const first = [send(), send(), send()].map(async (sent) => answered.push((await sent).status));
  while (store.transactions.length === 0) await sleep(1);
  // The other two have arrived as well, and wait for the next transaction.
  await sleep(20);
  const stopped = webhook.stop();
  assert.equal((await send()).status, 503);
  assert.deepEqual(answered, []);
  await stopped;
  assert.equal(store.stored.size, 3);
  await Promise.all(first);
  assert.deepEqual(answered, [202, 202, 202]);
});
