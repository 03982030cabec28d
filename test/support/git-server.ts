import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type GitServerOptions = {
  /** Folder whose repositories are served by their paths. */
  root: string;
  /** What every request must carry, else it is answered 401; null: nothing. */
  token?: string | null;
  /** Called for each request; true: it has answered itself. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Called while git's answer is under way. */
  onRequest?: () => void;
  /** Bytes of each pack after which the server goes silent. */
  stallAfter?: number | null;
};

export type GitServer = {
  url: string;
  /** Headers of all requests so far, with their paths. */
  requests: { path: string; authorization: string | undefined }[];
  /** May be changed while it runs. */
  options: GitServerOptions;
  close: () => Promise<void>;
};

/** What the header of a token is over git (RFC 7617). */
export const encodeToken = (token: string): string =>
  `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

/** Passes git's answer on: CGI's header lines (RFC 3875, section 6), then the body. */
function relay(output: NodeJS.ReadableStream, response: ServerResponse, stallAfter: number | null): void {
  let head = Buffer.alloc(0);
  let isOpen = false;
  let sent = 0;
  const send = (part: Buffer): void => {
    const room = stallAfter === null ? part.length : Math.max(0, stallAfter - sent);
    sent += part.length;
    if (room > 0) response.write(part.subarray(0, room));
  };
  output.on('data', (part: Buffer) => {
    if (isOpen) return send(part);
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    isOpen = true;
    send(head.subarray(end + 4));
  });
  output.on('end', () => {
    if (stallAfter === null || sent <= stallAfter) response.end();
  });
}

function serve(options: GitServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const isPack = url.pathname.endsWith('/git-upload-pack');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  relay(child.stdout, response, isPack ? (options.stallAfter ?? null) : null);
}

/** Serves git repositories over HTTP on 127.0.0.1, as GitHub does; `close` it. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: GitServer['requests'] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    requests.push({ path: request.url ?? '', authorization });
    if (options.intercept?.(request, response)) return;
    if (options.token && authorization !== encodeToken(options.token)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end('Bad credentials\n');
      return;
    }
    options.onRequest?.();
    serve(options, request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- listening on a port, it has one
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    options,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
