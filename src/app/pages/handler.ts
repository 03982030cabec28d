import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExercise, readPageAssets } from '../../page-files.ts';
import { renderExercisePage } from '../../report/html/exercise.ts';
import { renderNoReport } from '../../report/words/report-pages.ts';
import type { StoredRepository } from '../../store/types.ts';
import type { PagesEnvironment } from '../operate/environment.ts';
import type { Handler } from '../operate/server.ts';
import { readUrl, sendPage } from '../set-up/pages.ts';
import type { App } from '../types.ts';
import { createAccess } from './access.ts';
import { CALLBACK_PATH } from './callback.ts';
import { createRenderer } from './renderer.ts';
import { type ReportAddress, readReport, readReportAddress } from './reports.ts';
import { createSignIn, SESSION_MS } from './sign-in.ts';

/**
 * The milliseconds after which a refusal is sent. If it were sent at once, the time that the requests to GitHub take
 * would show whether a repository exists.
 */
const REFUSAL_MS = 3000;

/**
 * In milliseconds: the length of a session; how long GitHub's answers are kept; the delay of a refusal; and how long
 * GitHub may take to answer who may read. The last two are equal, so that refusals never take longer than the delay.
 * Tests use other values.
 */
export type PagesTiming = { sessionMs: number; keepMs?: number; refusalMs: number; accessMs: number };
const defaultTiming: PagesTiming = { sessionMs: SESSION_MS, refusalMs: REFUSAL_MS, accessMs: REFUSAL_MS };

/**
 * Sends a page, which contains its own policy for scripts and styles. Other sites cannot show it in a frame, and proxies
 * do not store private pages.
 */
function send(
  response: ServerResponse,
  text: string,
  cache: 'private, no-store' | 'public, max-age=3600',
): true {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "frame-ancestors 'none'",
      'cache-control': cache,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .end(text);
  return true;
}

/** Creates the handler that serves reports to people who may read them, exercises to everybody, and the sign-in. */
export function createPagesHandler(
  app: Pick<App, 'store' | 'gitHub' | 'gitUrl' | 'log'> & { apiUrl: string },
  { publicUrl, clientId, clientSecret, arePublicOpen }: PagesEnvironment,
  timing: PagesTiming = defaultTiming,
): Handler {
  const { store, log } = app;
  const redirectUrl = `${publicUrl.origin}${CALLBACK_PATH}`;
  const client = { clientId, clientSecret, webUrl: app.gitUrl, apiUrl: app.apiUrl, redirectUrl };
  const signIn = createSignIn({ store, client, publicUrl, log, sessionMs: timing.sessionMs });
  const access = createAccess(app.gitHub, timing.keepMs);
  const renderer = createRenderer();

  /** Whether this browser may read a repository's reports. */
  async function mayRead(request: IncomingMessage, repository: StoredRepository): Promise<boolean> {
    if (arePublicOpen && (await access.isPublic(repository))) return true;
    const user = await signIn.findUser(request);
    return user !== null && access.canRead(repository, user);
  }

  /**
   * Like `mayRead`, but failures and slow answers count as refusals. An error or a delay would show that the repository
   * exists, because GitHub is not asked about others. A slow answer is remembered, so the page can be read when it is
   * opened again.
   */
  async function mayReadNow(request: IncomingMessage, repository: StoredRepository): Promise<boolean> {
    const asked = mayRead(request, repository).catch((error: unknown) => {
      log.warn({ step: 'access', err: error });
      return false;
    });
    return Promise.race([asked, sleep(timing.accessMs, false, { ref: false })]);
  }

  async function showReport(
    request: IncomingMessage,
    response: ServerResponse,
    address: ReportAddress,
  ): Promise<true> {
    const signInFirst = (): true => signIn.begin(response, readUrl(request).pathname);
    // The repository was not looked up yet, so this answer need not be delayed.
    if (!arePublicOpen && (await signIn.findUser(request)) === null) return signInFirst();
    const until = sleep(timing.refusalMs, undefined, { ref: false });
    const repository = await store.findRepositoryByName(address.owner, address.name);
    if (repository !== null && (await mayReadNow(request, repository))) {
      const text = await renderer.render(() => readReport(store, repository, address, app.gitUrl));
      if (text !== null) return send(response, text, 'private, no-store');
    } else if ((await signIn.findUser(request)) === null) {
      await until;
      return signInFirst();
    }
    await until;
    return sendPage(response, renderNoReport(), { status: 404 });
  }

  function showExercise(response: ServerResponse, id: string): boolean {
    const markdown = readExercise(id);
    return (
      markdown !== null &&
      send(response, renderExercisePage(id, markdown, readPageAssets()), 'public, max-age=3600')
    );
  }

  return async (request, response) => {
    const { pathname, searchParams } = readUrl(request);
    if (pathname === '/sign-out') return signIn.signOut(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (pathname === '/sign-in') return signIn.begin(response, searchParams.get('to') ?? '/');
    if (pathname === CALLBACK_PATH) return signIn.finish(request, response);
    const exercise = /^\/exercises\/([\w-]+)$/u.exec(pathname)?.[1];
    if (exercise !== undefined) return showExercise(response, exercise);
    const address = readReportAddress(pathname);
    return address !== null && showReport(request, response, address);
  };
}
