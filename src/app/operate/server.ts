import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Probot, Server } from 'probot';
import { boundConnections } from './connections.ts';
import type { AppEnvironment } from './environment.ts';
import type { Logger } from './logs.ts';
import type { Metrics } from './metrics.ts';
import { statusAnswers } from '../../report/words/server.ts';
import type { Store } from '../../store/store.ts';

/** Handles a request, or returns false if it is for another handler. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** A Probot class with our webhook handler, which acknowledges a delivery only after it is stored. */
function probotWith(
  handler: Handler,
  { appId, privateKey, webhookSecret, apiUrl }: AppEnvironment,
  log: Logger,
) {
  return class extends Probot {
    constructor() {
      super({ appId, privateKey, secret: webhookSecret, baseUrl: apiUrl, log });
    }
    override getNodeMiddleware(): Promise<Handler> {
      return Promise.resolve(handler);
    }
  };
}

function answer(response: ServerResponse, status: number, type: string, text: string): true {
  response.writeHead(status, { 'content-type': type }).end(text);
  return true;
}

const PLAIN = 'text/plain; charset=utf-8';

/** The timeout of the readiness check in milliseconds. A blocked database would keep the caller waiting for longer. */
const PING_MS = 2000;

async function findProblem(store: Pick<Store, 'ping'>, isStopping: () => boolean): Promise<string | null> {
  if (isStopping()) return statusAnswers.stopping;
  const answered = store.ping().then(
    () => true,
    () => false,
  );
  const hasDatabase = await Promise.race([answered, sleep(PING_MS, false, { ref: false })]);
  return hasDatabase ? null : statusAnswers.databaseAway;
}

/**
 * Creates the handler for an operator's tools. `/healthz`: whether this process lives; `/readyz`: whether it can store
 * deliveries; `/metrics`: metrics for Prometheus.
 */
export function createStatusHandler(store: Store, metrics: Metrics, isStopping: () => boolean): Handler {
  return async ({ method, url }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return false;
    const [path = '/'] = (url ?? '/').split('?');
    switch (path) {
      case '/':
        return answer(response, 200, PLAIN, `${statusAnswers.home}\n`);
      case '/healthz':
        return answer(response, 200, PLAIN, `${statusAnswers.alive}\n`);
      case '/readyz': {
        const problem = await findProblem(store, isStopping);
        return problem === null
          ? answer(response, 200, PLAIN, `${statusAnswers.ready}\n`)
          : answer(response, 503, PLAIN, `${problem}\n`);
      }
      case '/metrics':
        return answer(response, 200, metrics.contentType, await metrics.render(store));
      default:
        return false;
    }
  };
}

/**
 * Starts a server with one handler. Throws if the address is in use. `onError` is called with the reason for each 503.
 */
export async function serveAlone(
  handler: Handler,
  { host, port }: { host: string; port: number },
  onError: (error: unknown) => void = () => {},
): Promise<HttpServer> {
  const server = createHttpServer((request, response) => {
    handler(request, response).then(
      (isHandled) => isHandled || answer(response, 404, PLAIN, `${statusAnswers.notFound}\n`),
      (error) => {
        onError(error);
        if (!response.headersSent) answer(response, 503, PLAIN, `${statusAnswers.unavailable}\n`);
      },
    );
  });
  boundConnections(server);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

/** Starts Probot's server with our webhook handler and pages. */
export async function createServer(
  environment: AppEnvironment,
  { host, port }: { host: string; port: number },
  handlers: { webhook: Handler; pages: readonly Handler[] },
  log: Logger,
): Promise<Server> {
  const server = new Server({
    host,
    port,
    // Otherwise Probot logs all headers of every request.
    log: log.child({}, { level: 'warn' }),
    Probot: probotWith(handlers.webhook, environment, log),
  });
  for (const handler of handlers.pages) server.addHandler(handler);
  boundConnections(await server.start());
  return server;
}
