import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderRefusalPage, type SetUpRefusal } from '../../report/words/set-up-page.ts';

const statuses: Record<SetUpRefusal, number> = {
  'foreign-host': 421,
  'foreign-origin': 403,
  'no-key': 403,
  'no-code': 400,
  'not-found': 404,
  'too-large': 413,
};

/**
 * The headers of a page. They forbid scripts, frames around the page, and forms to other servers than this one and
 * GitHub. The page's address contains the key, so it is not sent to other sites as the referrer.
 */
function headersFor(gitHub: string | null): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self' ${gitHub ?? ''}`.trimEnd(),
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'strict-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}

/** Sends a page. `gitHub`: the origin of GitHub if the page has forms for it. */
export function sendPage(
  response: ServerResponse,
  text: string,
  { status = 200, gitHub = null }: { status?: number; gitHub?: string | null } = {},
): true {
  response.writeHead(status, headersFor(gitHub)).end(text);
  return true;
}

/** Sends the page that explains a refusal. */
export function sendRefusal(response: ServerResponse, refusal: SetUpRefusal): true {
  return sendPage(response, renderRefusalPage(refusal), { status: statuses[refusal] });
}

/** Redirects after a form, so that reloading the page does not send it again. */
export function redirect(response: ServerResponse, location: string): true {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  return true;
}

/**
 * Parses the path and query of a request. A path with two slashes at its start is a path, and not the name of a host. If
 * the address is invalid, the path is `/`.
 */
export function readUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): URL {
  const address = url.startsWith('/') ? `http://localhost${url}` : url;
  return URL.parse(address) ?? new URL('http://localhost/');
}
