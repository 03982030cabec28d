import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type OAuthClient, readSignedIn, writeAuthorizeUrl } from '../../github/sign-in.ts';
import type { SignedIn } from '../../report/model/signed-in.ts';
import { renderSignInFailed, renderSignOut } from '../../report/words/report-pages.ts';
import type { Store } from '../../store/store.ts';
import { isKey } from '../set-up/guard.ts';
import { readUrl, sendPage } from '../set-up/pages.ts';
import type { Logger } from '../operate/logs.ts';
import { nameCookie, readCookie, writeCookie } from './cookies.ts';

/**
 * The length of a session: a working day. It can be long, because access to a repository is checked every few minutes
 * anyway.
 */
export const SESSION_MS = 8 * 3_600_000;
/** The milliseconds that a person may take on GitHub's page. */
const SIGN_IN_MS = 10 * 60_000;

export type SignInOptions = {
  store: Pick<Store, 'saveSession' | 'findSession' | 'removeSession'>;
  client: OAuthClient;
  publicUrl: URL;
  log: Logger;
  /** The length of a session; tests use shorter ones. */
  sessionMs: number;
};

const hash = (text: string, encoding: 'hex' | 'base64url'): string =>
  createHash('sha256').update(text).digest(encoding);

const createSecret = (): string => randomBytes(32).toString('base64url');

/** A path to redirect to; `/` if a text is not one. It must not lead to another host, as `//host` and `/\host` would. */
function toLocalPath(text: string | null): string {
  const path = text ?? '/';
  return /^\/(?![/\\])[\w/.-]*$/u.test(path) ? path : '/';
}

function go(response: ServerResponse, location: string, cookies: readonly string[]): true {
  response.writeHead(303, { location, 'set-cookie': [...cookies], 'cache-control': 'no-store' }).end();
  return true;
}

/**
 * Creates the functions for signing in with GitHub, and for signing out. The database has only the hashes of the
 * sessions' cookies.
 */
export function createSignIn({ store, client, publicUrl, log, sessionMs }: SignInOptions) {
  const isSecure = publicUrl.protocol === 'https:';
  const names = { session: nameCookie('session', isSecure), signIn: nameCookie('sign-in', isSecure) };
  const drop = (name: string): string => writeCookie(name, '', { isSecure, maxAgeMs: 0 });

  /** The user who sent a request; null: the user is not signed in. */
  async function findUser(request: IncomingMessage): Promise<SignedIn | null> {
    const session = readCookie(request, names.session);
    return session ? store.findSession(hash(session, 'hex')) : null;
  }

  /**
   * Redirects the browser to GitHub. A separate cookie has the values to check when it comes back. `to`: the path then.
   */
  function begin(response: ServerResponse, to: string): true {
    const [state, verifier] = [createSecret(), createSecret()];
    const kept = [state, verifier, encodeURIComponent(toLocalPath(to))].join('.');
    const cookie = writeCookie(names.signIn, kept, { isSecure, maxAgeMs: SIGN_IN_MS });
    return go(response, writeAuthorizeUrl(client, { state, challenge: hash(verifier, 'base64url') }), [
      cookie,
    ]);
  }

  const fail = (response: ServerResponse): true => sendPage(response, renderSignInFailed(), { status: 400 });

  async function finish(request: IncomingMessage, response: ServerResponse): Promise<true> {
    const { searchParams: query } = readUrl(request);
    const [state = '', verifier = '', to = ''] = (readCookie(request, names.signIn) ?? '').split('.');
    const code = query.get('code') ?? '';
    if (state === '' || !isKey(query.get('state'), state) || !/^[\w-]{1,200}$/u.test(code))
      return fail(response);
    const user = await readSignedIn(client, code, verifier).catch((error: unknown) => {
      log.warn({ step: 'sign-in', err: error });
      return null;
    });
    if (user === null) return fail(response);
    const session = createSecret();
    await store.saveSession(hash(session, 'hex'), user, sessionMs);
    const cookie = writeCookie(names.session, session, { isSecure, maxAgeMs: sessionMs });
    return go(response, toLocalPath(decodeURIComponent(to)), [cookie, drop(names.signIn)]);
  }

  async function signOut(request: IncomingMessage, response: ServerResponse): Promise<true> {
    if (request.method !== 'POST') return sendPage(response, renderSignOut(await findUser(request)));
    // Another site must not be able to sign people out. Browsers send Origin with each POST request.
    if (request.headers.origin !== publicUrl.origin)
      return sendPage(response, renderSignInFailed(), { status: 403 });
    const session = readCookie(request, names.session);
    if (session) await store.removeSession(hash(session, 'hex'));
    return go(response, '/sign-out', [drop(names.session)]);
  }

  return { findUser, begin, finish, signOut };
}
