import { randomUUID } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAnswering, type Answered } from './answering.ts';
import type { Fault } from './fault-types.ts';
import type { FaultBox } from './faults.ts';
import { isGitPath, serveGit } from './git-http.ts';
import { isOAuthPath, serveOAuth } from './oauth.ts';
import { openApi } from './openapi.ts';
import type { LoggedRequest, Violation } from './types.ts';
import type { World } from './world.ts';

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function write(response: ServerResponse, answered: Pick<Answered, 'status' | 'body' | 'headers'>): void {
  const { status, body, headers } = answered;
  const isText = typeof body === 'string';
  const text = body === undefined ? '' : isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(status === 204 ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'x-github-request-id': `FAKE:${randomUUID()}`,
    ...headers,
    ...(status === 204 ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
  });
  response.end(text);
}

const badGateway = { status: 502, body: { message: 'Server Error' }, headers: {} };

type Effect = { isDone: boolean; status: number | null };

/** The effect of a fault before the request is processed. */
async function strikeBefore(
  fault: Fault | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Effect> {
  const kind = fault?.kind;
  if (kind === 'reset-before') {
    request.socket.resetAndDestroy();
    return { isDone: true, status: null };
  }
  if (kind === 'before-502') {
    write(response, badGateway);
    return { isDone: true, status: 502 };
  }
  if (typeof kind === 'object' && 'status' in kind) {
    write(response, { body: { message: 'fault' }, headers: {}, ...kind });
    return { isDone: true, status: kind.status };
  }
  if (typeof kind === 'object' && 'delayMs' in kind) await sleep(kind.delayMs);
  if (typeof kind === 'object' && 'run' in kind && (await kind.run()) === 'drop') {
    // A reset of a connection whose other side is dead may leave the handle open, and Node then never ends.
    request.socket.destroy();
    return { isDone: true, status: null };
  }
  return { isDone: false, status: null };
}

/** What a fault does with an answer; returns the status that arrives. */
function answerThrough(
  fault: Fault | null,
  request: IncomingMessage,
  response: ServerResponse,
  answered: Answered,
): number | null {
  if (fault?.kind === 'reset-after') {
    request.socket.resetAndDestroy();
    return null;
  }
  const shown = fault?.kind === 'after-502' ? badGateway : answered;
  write(response, shown);
  return shown.status;
}

/** A server of the REST API and of git, on 127.0.0.1. */
export function createServer(
  world: World,
  faults: FaultBox,
  requests: LoggedRequest[],
  violations: Violation[],
): Server {
  const answer = createAnswering(world, openApi(), violations);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const path = `${url.pathname.replace(/^\/api\/v3(?=\/|$)/, '')}${url.search}`;
    const fault = faults.strike(method, path);
    const isGit = isGitPath(url.pathname);
    const log = (entry: Pick<LoggedRequest, 'route' | 'status' | 'token' | 'body'>): void => {
      requests.push({ method, path, faulty: fault !== null, at: Date.now(), ...entry });
    };

    const body = isGit ? undefined : await readBody(request);
    const effect = await strikeBefore(fault, request, response);
    if (effect.isDone) {
      log({ route: null, status: effect.status, token: 'none', body });
      return;
    }
    if (isGit) {
      const served = await serveGit(world, request, response, url);
      log({ route: null, ...served, body });
      return;
    }
    if (isOAuthPath(url.pathname)) {
      log({ route: null, status: serveOAuth(world, request, response, { url, body }), token: 'none', body });
      return;
    }
    const { authorization, accept = '' } = request.headers;
    const answered = await answer({ method, url, authorization, accept, body });
    const status = answerThrough(fault, request, response, answered);
    log({ route: answered.route, status, token: answered.token, body });
  };

  return createHttpServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      // A mistake in the fake: the test that asserts on violations shows it.
      violations.push({ method: request.method ?? '', path: request.url ?? '', problems: [message] });
      if (!response.headersSent) write(response, { status: 500, body: { message }, headers: {} });
      else response.destroy();
    });
  });
}
