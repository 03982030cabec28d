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
 * A cookie that no script reads, and that other sites' forms do not send; a link from GitHub does send it. `__Host-` keeps
 * other hosts of the domain from setting it (RFC 6265bis), and needs HTTPS.
 */
export function writeCookie(
  name: string,
  value: string,
  { isSecure, maxAgeMs }: { isSecure: boolean; maxAgeMs: number },
): string {
  const parts = [`${name}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  return [...parts, `Max-Age=${Math.floor(maxAgeMs / 1000)}`, ...(isSecure ? ['Secure'] : [])].join('; ');
}

/** A cookie's name, by whether it is only sent encrypted. */
export const nameCookie = (name: string, isSecure: boolean): string =>
  isSecure ? `__Host-allocgate-${name}` : `allocgate-${name}`;
