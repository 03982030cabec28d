import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isAddress } from './address.ts';

/** Where people may open the page, beside this machine's own names and addresses. */
export type Places = {
  /** `HOST`, which the server listens on. */
  host: string;
  /** `PUBLIC_URL`. */
  publicUrl: URL | null;
};

/** Why a request is not answered: it was sent to a name that is not ours, or by a page that is not ours. */
export type Refusal = 'foreign-host' | 'foreign-origin';

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/**
 * A page of somebody else can have a name that leads to this machine, and is then, for a browser, of the same origin. Numbers
 * and `localhost` cannot be made to lead elsewhere.
 */
function isOwnName(hostname: string, { host, publicUrl }: Places): boolean {
  return (
    isAddress(hostname) ||
    /^(?:.+\.)?localhost$/u.test(hostname) ||
    hostname === host.toLowerCase() ||
    hostname === publicUrl?.hostname
  );
}

/** Whether a request may be answered at all, from its headers. Browsers send Origin with each POST. */
export function findRefusal(request: IncomingMessage, places: Places): Refusal | null {
  const own = URL.parse(`http://${headerOf(request, 'host')}`);
  if (own === null || !isOwnName(own.hostname, places)) return 'foreign-host';
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const origin = URL.parse(headerOf(request, 'origin'));
  const isOwn = origin !== null && (origin.host === own.host || origin.origin === places.publicUrl?.origin);
  return isOwn ? null : 'foreign-origin';
}

/** Where the browser of this request has the page: what GitHub leads it back to. */
export function findBase(request: IncomingMessage, { publicUrl }: Places): string {
  const seen = headerOf(request, 'x-forwarded-host') || headerOf(request, 'host');
  return publicUrl !== null && seen === publicUrl.host
    ? publicUrl.origin
    : `http://${headerOf(request, 'host')}`;
}

/** Compares in constant time. */
export function isKey(given: string | null, key: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
