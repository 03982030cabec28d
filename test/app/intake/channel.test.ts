import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { after, before } from '../../support/hooks.ts';
import { startAppProcess } from '../../support/app-process.ts';
import { addDatabase } from '../../support/pglite-template.ts';
import { findPort } from '../../support/ports.ts';
import { createFakeGitHub, type FakeGitHub } from '../../support/fake-github/index.ts';

/**
 * A channel like those of smee.io: posted payloads become events of a stream. `refuses`: the channel offers no stream
 * now.
 */
async function startChannel(port: number, refuses: () => boolean): Promise<{ stop: () => Promise<void> }> {
  const clients = new Set<ServerResponse>();
  const passOn = async (request: IncomingMessage): Promise<void> => {
    const body: unknown = JSON.parse(await text(request));
    const event = JSON.stringify({ ...request.headers, body });
    for (const client of clients) client.write(`data: ${event}\n\n`);
  };
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      if (refuses()) return void response.writeHead(502).end();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      return void clients.add(response);
    }
    return void passOn(request).finally(() => response.end());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

describe('a channel for webhooks', () => {
  let fake: FakeGitHub;
  let dir: string;
  before(async () => {
    fake = await createFakeGitHub();
    dir = await mkdtemp(path.join(tmpdir(), 'allocgate-channel-'));
  });
  after(async () => {
    await fake.close();
    await rm(dir, { recursive: true });
  });

  test('that is not there, then refuses, then is: the App serves all the while, and ends', async (t) => {
    const port = await findPort();
    const url = `http://127.0.0.1:${port}/channel`;
    await addDatabase(dir);
    const app = await startAppProcess({
      fake,
      engine: 'stub',
      env: { ALLOCGATE_DATA: dir, WEBHOOK_PROXY_URL: url },
    });
    t.after(() => app.kill());
    const isWarning = ({ step, level }: (typeof app.logs)[number]): boolean =>
      step === 'channel' && level === 'warn';
    await app.untilLog(isWarning);
    assert.equal((await fetch(`${app.url}/readyz`)).status, 200);
    let asked = 0;
    const channel = await startChannel(port, () => (asked += 1) === 1);
    t.after(() => channel.stop());
    await app.untilLog(({ step, msg }) => step === 'channel' && msg === 'connected');
    assert.equal(asked, 2);
    assert.equal(app.logs.filter(isWarning).length, 1);
    fake.webhookUrl = url;
    await fake.addRepository({ owner: 'acme', name: 'log', files: { 'go.mod': 'module example.com/m\n' } });
    await fake.install('acme');
    await app.untilLog(({ step, event }) => step === 'delivery' && event === 'installation');
    assert.equal(await app.stop(), 0);
  });
});
