import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { identify, isPermitted } from './auth.ts';
import { Refusal, type Caller } from './routing.ts';
import type { Repository } from './state-types.ts';
import type { LoggedRequest } from './types.ts';
import { installationOf, type World } from './world.ts';

/** `[/git]/OWNER/NAME.git/REST` */
const address = /^(?:\/git)?\/([^/]+)\/([^/]+?)\.git\/(.*)$/;

export function isGitPath(pathname: string): boolean {
  return address.test(pathname);
}

function mayRead(world: World, repository: Repository, caller: Caller): boolean {
  const { token } = caller;
  if (!repository.private) return true;
  if (token === null) return false;
  if (token.kind === 'user')
    return (repository.roles.get(token.user.login.toLowerCase()) ?? 'none') !== 'none';
  return (
    installationOf(world, repository)?.id === token.installation.id &&
    (token.repositoryIds?.has(repository.id) ?? true) &&
    isPermitted(token, [['contents', 'read']])
  );
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): number {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text);
  return status;
}

/** As nginx logs it. */
const ABORTED = 499;

/** Hands a request to `git http-backend` (https://git-scm.com/docs/git-http-backend), as a web server does. */
function runBackend(
  world: World,
  repository: Repository,
  request: IncomingMessage,
  response: ServerResponse,
  target: { rest: string; query: string },
): Promise<number> {
  // A client that was killed while a fault delayed its request would leave a git process that waits for the rest.
  if (response.destroyed) return Promise.resolve(ABORTED);
  const { headers } = request;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: world.dir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${repository.id}.git/${target.rest}`,
      QUERY_STRING: target.query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: headers['content-type'] ?? '',
      ...(headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: headers['content-length'] }),
      ...(headers['content-encoding'] === undefined
        ? {}
        : { HTTP_CONTENT_ENCODING: headers['content-encoding'] }),
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  response.on('close', () => child.kill());
  return new Promise((resolve) => {
    let head = Buffer.alloc(0);
    let status = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      if (status !== 0) {
        response.write(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const at = head.indexOf('\r\n\r\n');
      if (at === -1) return;
      status = writeHead(response, head.subarray(0, at).toString('latin1'));
      response.write(head.subarray(at + 4));
    });
    child.on('error', () => resolve(end(response, 500, 'git did not start')));
    child.on('close', () => {
      if (status === 0) status = 500;
      if (!response.headersSent) response.writeHead(status);
      response.end();
      resolve(status);
    });
  });
}

function writeHead(response: ServerResponse, head: string): number {
  const lines = head.split('\r\n').map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
  });
  const status = Number(lines.find(([name]) => name === 'status')?.[1].split(' ')[0] ?? 200);
  response.writeHead(status, Object.fromEntries(lines.filter(([name]) => name !== 'status')));
  return status;
}

/** Answers a git client that may read the repository; `git http-backend` itself refuses a push without a user. */
async function serveRepository(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  caller: Caller,
): Promise<number> {
  const [, owner = '', name = '', rest = ''] = address.exec(url.pathname) ?? [];
  const fullName = `${owner}/${name}`.toLowerCase();
  const renamed = world.formerNames.get(fullName);
  const found = world.repositories.find((one) => !one.deleted && one.fullName.toLowerCase() === fullName);
  if (!found && renamed && !renamed.deleted) {
    return end(response, 301, '', { location: `${world.url}/${renamed.fullName}.git/${rest}${url.search}` });
  }
  if (!found || !mayRead(world, found, caller)) {
    if (caller.kind === 'none') return end(response, 401, 'Authentication required', challenge);
    return end(response, 404, 'Repository not found.');
  }
  return runBackend(world, found, request, response, { rest, query: url.search.slice(1) });
}

const challenge = { 'www-authenticate': 'Basic realm="GitHub"' };

/** Answers a git client; it may fetch and never push. */
export async function serveGit(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<{ status: number; token: LoggedRequest['token'] }> {
  try {
    const caller = identify(world, request.headers.authorization);
    return { status: await serveRepository(world, request, response, url, caller), token: caller.kind };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status } = error.answer;
    return {
      status: end(response, status, error.message, status === 401 ? challenge : {}),
      token: 'invalid',
    };
  }
}
