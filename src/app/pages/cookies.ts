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
 * The value of a Set-Cookie header. Scripts cannot read the cookie. Browsers do not send it with forms of other sites,
 * but they send it when a person follows a link from GitHub.
 */
export function writeCookie(
  name: string,
  value: string,
  { isSecure, maxAgeMs }: { isSecure: boolean; maxAgeMs: number },
): string {
  const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  return [...parts, `Max-Age=${Math.floor(maxAgeMs / 1000)}`, ...(isSecure ? ['Secure'] : [])].join('; ');
}

/**
 * The name of a cookie. Over HTTPS it has the prefix `__Host-`, which keeps other hosts of the domain from setting it
 * (RFC 6265bis).
 */
export const nameCookie = (name: string, isSecure: boolean): string =>
  isSecure ? `__Host-allocgate-${name}` : `allocgate-${name}`;
