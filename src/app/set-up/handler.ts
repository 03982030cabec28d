import type { IncomingMessage } from 'node:http';
import { convertManifest } from '../../github/app-manifest.ts';
import { type HookAddress, renderSetUpPage, type SetUpProblem } from '../../report/words/set-up-page.ts';
import { renderProgressPage } from '../../report/words/set-up-progress.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { CALLBACK_PATH } from '../pages/callback.ts';
import { createBodyBudget } from '../intake/body-budget.ts';
import type { Channel } from '../intake/channel.ts';
import { readRawBody } from '../intake/raw-body.ts';
import { appManifest } from '../operate/app-manifest.ts';
import type { Handler } from '../operate/server.ts';
import { isPrivateHost, readWebAddress } from './address.ts';
import { type Credentials, findCredentialProblem, readCredentials } from './credentials.ts';
import { findBase, findRefusal, isKey, type Places } from './guard.ts';
import { readUrl, redirect, sendPage, sendRefusal } from './pages.ts';
import { createReachCheck } from './reachability.ts';

/** The maximum size of a form. Keys and secrets have a few KiB. */
const MAX_BODY_BYTES = 64 * 1024;

/** The milliseconds to wait for a channel's first answer before a message is sent through it anyway. */
const CHANNEL_MS = 5000;

/** The path to which GitHub sends webhooks. */
export const HOOK_PATH = '/api/github/webhooks';

export type SetUpOptions = {
  /** The key that gives access to the page. */
  key: string;
  places: Places;
  apiUrl: string;
  /** The address of GitHub's web pages. */
  gitHub: string;
  /** Whether this GitHub is on the internet and cannot reach private networks. */
  isGitHubPublic: boolean;
  /** The organization that will own the App, from `GH_ORG`; empty: the person who creates it. */
  organization: string;
  envFile: string;
  /** The channel in `WEBHOOK_PROXY_URL`; null: not set. */
  channel: string | null;
  /** Creates a channel at smee.io and resolves to its address. */
  createChannel: () => Promise<string>;
  /** Forwards webhooks from a channel, until it is stopped. */
  openChannel: (source: string) => Channel;
  /** Stores the checked credentials. `channel`: the channel that will forward webhooks; null: there is none. */
  keep: (credentials: Credentials, channel: string | null) => void;
};

type Address = Pick<HookAddress, 'url' | 'isChannel' | 'reach'>;

/** The fields of a form; null if the form is too large. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  const body = await readRawBody(request, MAX_BODY_BYTES, createBodyBudget());
  return typeof body === 'string' ? null : new URLSearchParams(body.toString());
}

/** The address for webhooks that the environment gives; null: none. */
function findFirstAddress(channel: string | null, publicUrl: URL | null): Address | null {
  if (channel !== null) return { url: channel, isChannel: true, reach: null };
  return publicUrl && { url: `${publicUrl.origin}${HOOK_PATH}`, isChannel: false, reach: null };
}

/**
 * The manifest from which GitHub creates the App:
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
function createManifest(hook: string, base: string): string {
  return JSON.stringify({
    ...appManifest,
    hook_attributes: { url: hook },
    redirect_url: `${base}/set-up/created`,
    callback_urls: [`${base}${CALLBACK_PATH}`],
  });
}

const isProblem = (value: Credentials | SetUpProblem): value is SetUpProblem => 'kind' in value;

/** Creates the handler of the page that creates the GitHub App, or takes the credentials of an existing one. */
export function createSetUpHandler(options: SetUpOptions): Handler {
  const { key, places, gitHub } = options;
  const reachCheck = createReachCheck();
  const home = `/set-up?key=${encodeURIComponent(key)}`;
  let address = findFirstAddress(options.channel, places.publicUrl);
  let problem: SetUpProblem | null = null;
  let isMade = false;

  function describeAddress({ url, ...rest }: Address): HookAddress {
    const isPrivate = options.isGitHubPublic && isPrivateHost(new URL(url).hostname);
    return { url, ...rest, isPrivate };
  }

  /** Suggests the address by which the page is open; null: GitHub cannot reach it. */
  function guessAddress(base: string): Address | null {
    const isPublic = !isPrivateHost(new URL(base).hostname) || !options.isGitHubPublic;
    return isPublic ? { url: `${base}${HOOK_PATH}`, isChannel: false, reach: null } : null;
  }

  function render(request: IncomingMessage): string {
    if (isMade) {
      const app = { kind: 'starting' } as const;
      return renderProgressPage({ isServing: false, app, firstEvent: null, badSignatures: 0 });
    }
    const base = findBase(request, places);
    address ??= guessAddress(base);
    const shown = address && describeAddress(address);
    return renderSetUpPage({
      key,
      gitHub,
      organization: options.organization,
      envFile: options.envFile,
      manifest: shown && createManifest(shown.url, base),
      permissions: Object.entries(appManifest.default_permissions),
      address: shown,
      problem,
    });
  }

  async function useAddress(url: string, isChannel: boolean): Promise<void> {
    address = { url, isChannel, reach: null };
    const channel = isChannel ? options.openChannel(url) : null;
    try {
      await Promise.race([channel?.opened, sleep(CHANNEL_MS, undefined, { ref: false })]);
      address.reach = await reachCheck.check(url);
    } finally {
      await channel?.stop();
    }
  }

  async function chooseAddress(form: URLSearchParams): Promise<SetUpProblem | null> {
    const url = readWebAddress(form.get('address') ?? '');
    if (url === null) return { kind: 'bad-address' };
    const isChannel = form.has('channel') || url.hostname === 'smee.io';
    if (!isChannel && url.pathname === '/') url.pathname = HOOK_PATH;
    await useAddress(url.href, isChannel);
    return null;
  }

  async function makeChannel(): Promise<SetUpProblem | null> {
    try {
      await useAddress(await options.createChannel(), true);
      return null;
    } catch (error) {
      return { kind: 'channel-failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  function keep(credentials: Credentials): void {
    options.keep(credentials, address?.isChannel === true ? address.url : null);
    isMade = true;
  }

  async function importApp(form: URLSearchParams): Promise<SetUpProblem | null> {
    const [appId = '', privateKey = '', webhookSecret = ''] = ['appId', 'privateKey', 'webhookSecret'].map(
      (name) => form.get(name) ?? '',
    );
    const credentials = readCredentials({ appId, privateKey, webhookSecret });
    if (isProblem(credentials)) return credentials;
    const found = await findCredentialProblem(credentials, options.apiUrl);
    if (found === null) keep(credentials);
    return found;
  }

  async function takeNewApp(code: string): Promise<SetUpProblem | null> {
    try {
      const { id, privateKey, webhookSecret, clientId, clientSecret } = await convertManifest(
        options.apiUrl,
        code,
      );
      const credentials = readCredentials({ appId: String(id), privateKey, webhookSecret });
      if (isProblem(credentials)) return credentials;
      keep({ ...credentials, client: { id: clientId, secret: clientSecret } });
      return null;
    } catch (error) {
      return { kind: 'github-failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  const actions: Readonly<Record<string, (form: URLSearchParams) => Promise<SetUpProblem | null>>> = {
    '/set-up/address': chooseAddress,
    '/set-up/channel': makeChannel,
    '/set-up/import': importApp,
  };

  const handlePost: Handler = async (request, response) => {
    const act = actions[readUrl(request).pathname];
    if (act === undefined) return sendRefusal(response, 'not-found');
    const form = await readForm(request);
    if (form === null) return sendRefusal(response, 'too-large');
    if (!isKey(form.get('key'), key)) return sendRefusal(response, 'no-key');
    if (!isMade) problem = await act(form);
    return redirect(response, home);
  };

  const handleGet: Handler = async (request, response) => {
    const { pathname, searchParams: query } = readUrl(request);
    if (pathname === '/set-up/created') {
      const code = query.get('code') ?? '';
      if (!isKey(query.get('state'), key)) return sendRefusal(response, 'no-key');
      if (!/^\w{1,100}$/u.test(code)) return sendRefusal(response, 'no-code');
      if (!isMade) problem = await takeNewApp(code);
      return redirect(response, home);
    }
    if (pathname !== '/' && pathname !== '/set-up') return sendRefusal(response, 'not-found');
    if (!isKey(query.get('key'), key)) return sendRefusal(response, 'no-key');
    return sendPage(response, render(request), { gitHub });
  };

  return async (request, response) => {
    const isPost = request.method === 'POST';
    // The message that tests an address can arrive with any host name, so it is handled before the check of the headers.
    if (isPost && readUrl(request).pathname === HOOK_PATH) {
      const body = await readRawBody(request, 1024, createBodyBudget());
      const isOurs = typeof body !== 'string' && reachCheck.receive(body.toString());
      response.writeHead(isOurs ? 202 : 503, { connection: 'close' }).end();
      return true;
    }
    const refusal = findRefusal(request, places);
    if (refusal !== null) return sendRefusal(response, refusal);
    return (isPost ? handlePost : handleGet)(request, response);
  };
}
