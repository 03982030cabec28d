import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { connect, Socket } from 'node:net';
import { test } from 'node:test';
import { boundConnections } from '../../../src/app/operate/connections.ts';

test('connections on which nothing is asked make room for others', async (t) => {
  const server = createServer((_request, response) => response.end('here'));
  boundConnections(server, 4);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const { port } = address;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const idle: Socket[] = [];
  t.after(() => {
    agent.destroy();
    for (const socket of idle) socket.destroy();
    server.close();
  });
  async function ask(): Promise<Socket> {
    const request = get({ port, host: '127.0.0.1', agent });
    request.on('response', (response) => response.resume());
    const [socket]: unknown[] = await once(request, 'socket');
    await once(request, 'close');
    assert.ok(socket instanceof Socket);
    return socket;
  }
  async function connectIdle(): Promise<void> {
    const accepted = once(server, 'connection');
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    idle.push(socket);
    await accepted;
  }
  const first = await ask();
  for (let index = 0; index < 20; index += 1) {
    await connectIdle();
    assert.equal(await ask(), first, 'a connection in use was closed');
  }
  // The client notices it a moment later.
  const closed = idle.slice(0, 17).filter(({ closed }) => !closed);
  await Promise.all(closed.map((socket) => once(socket, 'close')));
  assert.deepEqual(
    idle.slice(17).map((socket) => socket.closed),
    [false, false, false],
  );
});
