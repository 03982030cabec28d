import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** GitHub and a proxy use some dozens; each costs memory and a descriptor, and without limit anybody could use them up. */
const MAX_CONNECTIONS = 1000;

/** GitHub gives up after 10 s: https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries */
const REQUEST_MS = 30_000;

/**
 * Closes the connection that has begun no request for longest when there are more than `max`, and every request that does
 * not arrive within half a minute. New connections are not refused: one of them may be GitHub's.
 */
export function boundConnections(server: Server, max = MAX_CONNECTIONS): void {
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  // In the order of their newest requests.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const [longestIdle] = sockets;
    if (sockets.size > max) longestIdle?.destroy();
  });
  server.on('request', ({ socket }) => {
    if (sockets.delete(socket)) sockets.add(socket);
  });
}
