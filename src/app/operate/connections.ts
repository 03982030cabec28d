import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The maximum number of connections. Each costs memory and a file descriptor, which anybody could otherwise use up.
 * GitHub and a proxy use some dozens.
 */
const MAX_CONNECTIONS = 1000;

/**
 * The milliseconds in which a request must arrive. GitHub itself waits only 10 s:
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 */
const REQUEST_MS = 30_000;

/**
 * Limits the connections of a server. If there are more than `max`, the one whose last request is oldest is closed: new
 * ones are not refused, because one of them can be GitHub's. A request that does not arrive within half a minute is
 * closed as well.
 */
export function boundConnections(server: Server, max = MAX_CONNECTIONS): void {
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  // The sockets in the order of their newest requests.
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
