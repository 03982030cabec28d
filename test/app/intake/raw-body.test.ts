import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import { createBodyBudget } from '../../../src/app/intake/body-budget.ts';
import { readRawBody } from '../../../src/app/intake/raw-body.ts';

setFlagsFromString('--expose-gc');
const gc = z.custom<() => void>((value) => typeof value === 'function').parse(runInNewContext('gc'));

function measureMemory(): number {
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('a body in chunks of one byte is kept without the chunks', async (t) => {
  const count = 100_000;
  const allRead = Promise.withResolvers<void>();
  const bodies: (Buffer | string)[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes === count) allRead.resolve();
    });
    void (async () => {
      bodies.push(await readRawBody(request, count, createBodyBudget()));
      response.end();
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  const before = measureMemory();
  const socket = connect(port, '127.0.0.1');
  t.after(() => {
    socket.destroy();
    server.close();
  });
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  for (let index = 0; index < count; index += 1000) socket.write('1\r\nx\r\n'.repeat(1000));
  await allRead.promise;
  const grown = measureMemory() - before;
  assert.ok(grown < 30 * count, `${Math.round(grown / count)} bytes for each`);
  socket.end('0\r\n\r\n');
  await once(socket, 'data');
  assert.deepEqual(
    bodies.map((body) => [typeof body, body.length]),
    [['object', count]],
  );
});
