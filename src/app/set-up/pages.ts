import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderRefusalPage, type SetUpRefusal } from '../../report/words/set-up-page.ts';

const STATUS: Record<SetUpRefusal, number> = {
  'foreign-host': 421,
  'foreign-origin': 403,
  'no-key': 403,
  'no-code': 400,
  'not-found': 404,
  'too-large': 413,
};

/**
 * Restrictive headers: no scripts, no frames around the page, and forms only to this server and GitHub. The page's
 * address contains the key, so it must not be sent to other sites.
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

/** `gitHub`: the origin to which the page's forms may be sent. */
export function sendPage(
  response: ServerResponse,
  text: string,
  { status = 200, gitHub = null }: { status?: number; gitHub?: string | null } = {},
): true {
  response.writeHead(status, headersFor(gitHub)).end(text);
  return true;
}

export function sendRefusal(response: ServerResponse, refusal: SetUpRefusal): true {
  return sendPage(response, renderRefusalPage(refusal), { status: STATUS[refusal] });
}

/** Redirects after a form, so that reloading the page does not send it again. */
export function redirect(response: ServerResponse, location: string): true {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  return true;
}

/** The path and query of a request. */
export function readUrl({ url }: IncomingMessage): URL {
  return new URL(url ?? '/', 'http://localhost');
}
