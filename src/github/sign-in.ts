import { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { SignedIn } from '../report/model/signed-in.ts';

/** The App as an OAuth client, and where GitHub answers. */
export type OAuthClient = {
  clientId: string;
  clientSecret: string;
  /** The web pages of GitHub: `https://github.com`. */
  webUrl: string;
  apiUrl: string;
  /** Where GitHub sends the browser back to; registered as a callback URL of the App. */
  redirectUrl: string;
};

const TIMEOUT_MS = 10_000;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const tokenSchema = z.object({ access_token: z.string().min(1) });

/**
 * The address at which GitHub asks a person to sign in. `challenge`: SHA-256 of the verifier, base64url (RFC 7636).
 * Source:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
export function writeAuthorizeUrl(
  { clientId, webUrl, redirectUrl }: OAuthClient,
  { state, challenge }: { state: string; challenge: string },
): string {
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUrl,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return `${webUrl}/login/oauth/authorize?${query.toString()}`;
}

/** Exchanges the code for a token; null: GitHub refuses the code (used, expired, or of somebody else's sign-in). */
async function exchangeCode(client: OAuthClient, code: string, verifier: string): Promise<string | null> {
  const response = await fetch(`${client.webUrl}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      code,
      redirect_uri: client.redirectUrl,
      code_verifier: verifier,
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GitHub answered ${response.status} to the sign-in`);
  const answer = tokenSchema.safeParse(await response.json());
  return answer.success ? answer.data.access_token : null;
}

/**
 * The person who signed in; null: GitHub refuses the code. The token is used only for this and not stored. Throws
 * GitHub's errors if it cannot be asked.
 */
export async function readSignedIn(
  client: OAuthClient,
  code: string,
  verifier: string,
): Promise<SignedIn | null> {
  const token = await exchangeCode(client, code, verifier);
  if (token === null) return null;
  const octokit = new Octokit({ auth: token, baseUrl: client.apiUrl, userAgent: 'allocgate', log: silent });
  const { data } = await octokit.rest.users.getAuthenticated({
    request: { signal: AbortSignal.timeout(TIMEOUT_MS) },
  });
  return { userId: data.id, login: data.login };
}
