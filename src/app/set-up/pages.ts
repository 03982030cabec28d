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
 * Nothing but what is in the page: no scripts, no frames around it, and forms lead only here and to GitHub. The key is in
 * the page's address, so no other site may learn that.
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

/** `gitHub`: the origin that the page's forms may lead to. */
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

/** After a form: so that loading the page again does not send it again. */
export function redirect(response: ServerResponse, location: string): true {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  return true;
}

/** Path and query of a request. */
export function readUrl({ url }: IncomingMessage): URL {
  return new URL(url ?? '/', 'http://localhost');
}
