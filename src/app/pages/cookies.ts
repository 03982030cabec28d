import type { IncomingMessage } from 'node:http';

/** A cookie's value; null: the browser sent none. */
export function readCookie({ headers }: IncomingMessage, name: string): string | null {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key = '', ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return null;
}

/**
 * A cookie that scripts cannot read. Browsers do not send it with forms of other sites, but do with a link from GitHub.
 * The prefix `__Host-` keeps other hosts of the domain from setting it (RFC 6265bis), and requires HTTPS.
 */
export function writeCookie(
  name: string,
  value: string,
  { isSecure, maxAgeMs }: { isSecure: boolean; maxAgeMs: number },
): string {
  const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  return [...parts, `Max-Age=${Math.floor(maxAgeMs / 1000)}`, ...(isSecure ? ['Secure'] : [])].join('; ');
}

/** The name of a cookie. It depends on whether the cookie is only sent over HTTPS. */
export const nameCookie = (name: string, isSecure: boolean): string =>
  isSecure ? `__Host-allocgate-${name}` : `allocgate-${name}`;
