import { createVerify, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Refusal, type Caller, type Need } from './routing.ts';
import type { Installation, Token } from './state-types.ts';
import { now, type World } from './world.ts';

const Header = z.object({ alg: z.literal('RS256') });
const Claims = z.object({ iat: z.number(), exp: z.number(), iss: z.union([z.string(), z.number()]) });

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function refuse(message: string): Refusal {
  return new Refusal(401, { message });
}

/** The App's own token (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app). */
function checkJwt(world: World, jwt: string): void {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const claims = Claims.safeParse(decode(payload));
  if (!Header.safeParse(decode(header)).success || !claims.success) {
    throw refuse('A JSON web token could not be decoded');
  }
  const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`);
  const { iat, exp, iss } = claims.data;
  const isOurs = String(iss) === String(world.app.id) || iss === world.app.clientId;
  if (!isOurs || !verify.verify(world.app.publicKey, signature, 'base64url')) {
    throw refuse('A JSON web token could not be decoded');
  }
  const seconds = now(world).getTime() / 1000;
  if (iat > seconds + 60) {
    throw refuse(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (exp < seconds) {
    throw refuse(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + 600 + 60) throw refuse("'Expiration time' claim ('exp') is too far in the future");
}

function findToken(world: World, value: string): Token {
  const token = world.tokens.get(value);
  if (!token) throw refuse('Bad credentials');
  if (token.kind === 'installation' && token.expiresAt <= now(world)) throw refuse('Bad credentials');
  return token;
}

/** The token in an Authorization header: `Bearer X`, `token X`, or Basic with any name. */
export function readToken(authorization: string | undefined): string | null {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(value, 'base64').toString('utf8');
    return pair.slice(pair.indexOf(':') + 1);
  }
  return value === '' ? null : value;
}

/** The caller, or the refusal of a bad token. */
export function identify(world: World, authorization: string | undefined): Caller {
  const value = readToken(authorization);
  if (value === null) return { kind: 'none', token: null };
  if (value.split('.').length === 3) {
    checkJwt(world, value);
    return { kind: 'jwt', token: null };
  }
  const token = findToken(world, value);
  if (token.kind === 'installation' && token.installation.suspendedAt !== null) {
    throw new Refusal(403, { message: 'This installation has been suspended' });
  }
  return { kind: token.kind, token };
}

const levels = ['read', 'write', 'admin'];

function reaches(permissions: Readonly<Record<string, string>>, [name, level]: Need): boolean {
  return levels.indexOf(permissions[name] ?? '') >= levels.indexOf(level);
}

/** Whether an installation's token has one of the permissions that a request needs. */
export function isPermitted(token: Token | null, needs: readonly Need[]): boolean {
  if (token?.kind !== 'installation' || needs.length === 0) return true;
  return needs.some((need) => reaches(token.permissions, need));
}

/** Makes a token of an installation, with at most its permissions and repositories. */
export function createToken(
  world: World,
  installation: Installation,
  scope: { repositoryIds: Set<number> | null; permissions: Record<string, string> },
): { value: string; expiresAt: Date } {
  const value = `ghs_${randomBytes(18).toString('hex')}`;
  const expiresAt = new Date(now(world).getTime() + world.limits.tokenSeconds * 1000);
  world.tokens.set(value, { kind: 'installation', installation, expiresAt, ...scope });
  return { value, expiresAt };
}

/** Whether the installation has all requested permissions. */
export function isWithin(
  wanted: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(
    ([name, level]) => levels.includes(level) && levels.indexOf(given[name] ?? '') >= levels.indexOf(level),
  );
}
