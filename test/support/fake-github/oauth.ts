import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { User } from './state-types.ts';
import { fullRate, now, userOf, type World } from './world.ts';

/** What GitHub keeps between sending the browser back and the App's question. */
type Grant = { user: User; redirectUri: string; challenge: string | null; until: Date };

/** Signing in with the App. `browser`: the user who is signed in to GitHub; null: the person refuses. */
export type OAuthState = {
  browser: string | null;
  /** Callback URLs of the App. */
  callbacks: string[];
  grants: Map<string, Grant>;
};

export const createOAuthState = (): OAuthState => ({ browser: null, callbacks: [], grants: new Map() });

/** A code lives for ten minutes. */
const CODE_MS = 10 * 60_000;

export const isOAuthPath = (path: string): boolean => path.startsWith('/login/oauth/');

/** The page on which a person agrees, as if they pressed the button at once. */
function authorize(world: World, query: URLSearchParams, response: ServerResponse): number {
  const { oauth, app } = world;
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== app.clientId || !oauth.callbacks.includes(redirectUri)) {
    response.writeHead(404).end();
    return 404;
  }
  const target = new URL(redirectUri);
  target.searchParams.set('state', query.get('state') ?? '');
  if (oauth.browser === null) {
    target.searchParams.set('error', 'access_denied');
  } else {
    const code = randomBytes(10).toString('hex');
    const challenge = query.get('code_challenge_method') === 'S256' ? query.get('code_challenge') : null;
    const until = new Date(now(world).getTime() + CODE_MS);
    oauth.grants.set(code, { user: userOf(world, oauth.browser), redirectUri, challenge, until });
    target.searchParams.set('code', code);
  }
  response.writeHead(302, { location: target.href }).end();
  return 302;
}

const Exchange = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  code: z.string(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
});

/** GitHub answers 200 to what it refuses here, too. */
function exchange(world: World, body: unknown): object {
  const asked = Exchange.parse(body);
  const { oauth, app } = world;
  if (asked.client_id !== app.clientId || asked.client_secret !== app.clientSecret)
    return { error: 'incorrect_client_credentials' };
  const grant = oauth.grants.get(asked.code);
  oauth.grants.delete(asked.code);
  const challenge = createHash('sha256')
    .update(asked.code_verifier ?? '')
    .digest('base64url');
  if (!grant || grant.until < now(world) || (grant.challenge !== null && grant.challenge !== challenge))
    return { error: 'bad_verification_code' };
  if ((asked.redirect_uri ?? grant.redirectUri) !== grant.redirectUri)
    return { error: 'redirect_uri_mismatch' };
  const token = `ghu_${randomBytes(18).toString('hex')}`;
  world.tokens.set(token, { kind: 'user', user: grant.user, rate: fullRate(world) });
  return { access_token: token, token_type: 'bearer', scope: '' };
}

/**
 * Answers what is no part of the REST API: the sign-in of a GitHub App's users. Returns the status.
 * Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export function serveOAuth(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  { url, body }: { url: URL; body: unknown },
): number {
  if (request.method === 'GET' && url.pathname.endsWith('/authorize'))
    return authorize(world, url.searchParams, response);
  if (request.method === 'POST' && url.pathname.endsWith('/access_token')) {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(exchange(world, body)));
    return 200;
  }
  response.writeHead(404).end();
  return 404;
}
