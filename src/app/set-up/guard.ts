import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isAddress } from './address.ts';

/** The addresses where people may open the page, in addition to this machine's own names and addresses. */
export type Places = {
  /** `HOST`, the address that the server listens on. */
  host: string;
  /** `PUBLIC_URL`. */
  publicUrl: URL | null;
};

/** Why a request is refused: it was sent to another host name, or by a page of another site. */
export type Refusal = 'foreign-host' | 'foreign-origin';

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Whether a host name is ours. Another site can have a name that resolves to this machine (DNS rebinding), and a
 * browser then treats its pages as the same origin. IP addresses and `localhost` are safe.
 */
function isOwnName(hostname: string, { host, publicUrl }: Places): boolean {
  return (
    isAddress(hostname) ||
    /^(?:.+\.)?localhost$/u.test(hostname) ||
    hostname === host.toLowerCase() ||
    hostname === publicUrl?.hostname
  );
}

/** Checks the headers of a request. Browsers send Origin with each POST. */
export function findRefusal(request: IncomingMessage, places: Places): Refusal | null {
  const own = URL.parse(`http://${headerOf(request, 'host')}`);
  if (own === null || !isOwnName(own.hostname, places)) return 'foreign-host';
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const origin = URL.parse(headerOf(request, 'origin'));
  const isOwn = origin !== null && (origin.host === own.host || origin.origin === places.publicUrl?.origin);
  return isOwn ? null : 'foreign-origin';
}

/** The address under which the browser has opened the page, to which GitHub redirects it. */
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
