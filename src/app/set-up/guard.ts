import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isAddress } from './address.ts';

/** The hosts by which people may open the page, in addition to `localhost` and IP addresses. */
export type Places = {
  /** `HOST`, the address that the server listens on. */
  host: string;
  /** `PUBLIC_URL`. */
  publicUrl: URL | null;
};

/** Why a request is refused: its Host header has a foreign name, or a page of another site sent it. */
export type Refusal = 'foreign-host' | 'foreign-origin';

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Whether a host name is ours. An attacker's name can resolve to this machine (DNS rebinding), and the browser then lets
 * the attacker's pages read ours. That is not possible with IP addresses and `localhost`.
 */
function isOwnName(hostname: string, { host, publicUrl }: Places): boolean {
  return (
    isAddress(hostname) ||
    /^(?:.+\.)?localhost$/u.test(hostname) ||
    hostname === host.toLowerCase() ||
    hostname === publicUrl?.hostname
  );
}

/** Checks the Host and Origin headers of a request; null: it is allowed. Browsers send Origin with each POST. */
export function findRefusal(request: IncomingMessage, places: Places): Refusal | null {
  const own = URL.parse(`http://${headerOf(request, 'host')}`);
  if (own === null || !isOwnName(own.hostname, places)) return 'foreign-host';
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const origin = URL.parse(headerOf(request, 'origin'));
  const isOwn = origin !== null && (origin.host === own.host || origin.origin === places.publicUrl?.origin);
  return isOwn ? null : 'foreign-origin';
}

/** The origin by which the browser has opened the page. GitHub redirects the browser there. */
export function findBase(request: IncomingMessage, { publicUrl }: Places): string {
  const seen = headerOf(request, 'x-forwarded-host') || headerOf(request, 'host');
  return publicUrl !== null && seen === publicUrl.host
    ? publicUrl.origin
    : `http://${headerOf(request, 'host')}`;
}

/** Compares a key in constant time, so that the time does not show how much of it is right. */
export function isKey(given: string | null, key: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
