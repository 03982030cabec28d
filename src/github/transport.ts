import { setTimeout as sleep } from 'node:timers/promises';
import type { Octokit } from '@octokit/rest';
import type { Logger } from 'pino';
import { BrokenAnswer, isTransient, RateLimited, statusOf } from './errors.ts';
import { isLimited, type LimitFacts, readPause } from './rate-limits.ts';

/** One request as metrics see it. `route`: method and path without names; `status` null: no answer came. */
export type RequestReport = { route: string; status: number | null; ms: number; remaining: number | null };

export type Transport = {
  /** Until when nothing may be sent; kept where it outlives the process. */
  pauses: { find: () => Promise<Date | null>; save: (until: Date) => Promise<void> };
  /** A longer pause throws `RateLimited`. */
  maxWaitMs: number;
  /** Resolves when a write may begin: see `createPacer`. */
  takeTurn: () => Promise<void>;
  /** Called right before a write goes out, after all that it had to wait for; a throw keeps it here. */
  beforeWrite: () => void;
  /** For one request and its answer. */
  timeoutMs: number;
  /** Pause before a failed read is repeated for the first time; it doubles each time. */
  retryDelayMs: number;
  /** null: the client authorises itself. `drop` is told a token that GitHub refused; null: there is no other one. */
  tokens: { get: () => Promise<string>; drop: ((token: string) => void) | null } | null;
  onRequest: (call: RequestReport) => void;
  log: Pick<Logger, 'debug' | 'warn'>;
};

type Hooked = Pick<Octokit, 'hook' | 'request'>;
type Options = Required<Parameters<Hooked['request']['endpoint']['parse']>[0]>;
type Answer = Awaited<ReturnType<Hooked['request']>>;
type Send = (options: Options) => Answer | Promise<Answer>;
/** `live`: the object that hooks further in look at; `options`: what it was. */
type Call = {
  octokit: Hooked;
  transport: Transport;
  send: Send;
  live: Options;
  options: Options;
  route: string;
};
type Refusal = 'limited' | 'unauthorised' | 'failed' | 'final';

const MAX_REDIRECTS = 3;
const READ_RETRIES = 3;
const LIMIT_RETRIES = 3;

/** A label with few values: what a page's address or a pull request's number would make of it is many. */
function nameRoute(method: string, url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  const named = path
    .replace(/\/repos\/[^/{]+\/[^/{]+/u, '/repos/{owner}/{repo}')
    .replaceAll(/\/(?:\d+|[0-9a-f]{40})(?=\/|$)/gu, '/{id}');
  return `${method} ${named}`;
}

function isRead({ method }: Options): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Gives out turns `spacingMs` apart, as GitHub asks of those who write (best practices for the REST API). */
export function createPacer(spacingMs: number): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = Date.now();
    const turn = Math.max(now, next);
    next = turn + spacingMs;
    if (turn > now) await sleep(turn - now);
  };
}

async function waitForPause({ pauses, maxWaitMs }: Transport): Promise<void> {
  for (let waited = 0; ;) {
    const until = await pauses.find();
    const waitMs = (until?.getTime() ?? 0) - Date.now();
    if (until === null || waitMs <= 0) return;
    if (waited + waitMs > maxWaitMs) throw new RateLimited(until);
    await sleep(waitMs);
    waited += waitMs;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The answer that an error of Octokit carries; null: none came. */
function limitFactsOf(error: unknown): LimitFacts | null {
  const status = statusOf(error);
  const response = error instanceof Error && 'response' in error ? error.response : null;
  if (status === null || !(error instanceof Error) || !isRecord(response)) return null;
  const headers = isRecord(response['headers']) ? Object.entries(response['headers']) : [];
  const texts = headers.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { status, headers: Object.fromEntries(texts), message: error.message };
}

/** What of a request's options is not a parameter of its path, query or body. */
const OPTION_NAMES: ReadonlySet<string> = new Set([
  'method',
  'baseUrl',
  'url',
  'headers',
  'mediaType',
  'request',
]);

/** Sends other options than those that were given: hooks further in see the given object only. */
async function sendAs({ send, live, transport }: Call, options: Options): Promise<Answer> {
  if (!isRead(options)) transport.beforeWrite();
  for (const name of Object.keys(live)) if (!(name in options)) Reflect.deleteProperty(live, name);
  return send(Object.assign(live, options));
}

/** The same request to another address: parameters that were part of the old one would become part of the body. */
function readdress(options: Options, url: string, body: unknown): Options {
  const readdressed: Options = { ...options, url };
  for (const name of Object.keys(options))
    if (!OPTION_NAMES.has(name)) Reflect.deleteProperty(readdressed, name);
  if (body !== undefined) readdressed['data'] = body;
  return readdressed;
}

/** Follows redirects with the same method and body: of a POST, fetch would make a GET. */
async function sendFollowing(call: Call, options: Options): Promise<Answer> {
  const { method, url, body } = call.octokit.request.endpoint.parse({ ...options });
  let answer = await sendAs(call, options);
  for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
    if (hops === MAX_REDIRECTS) throw new BrokenAnswer(call.route, 'too many redirects');
    const next = new URL(answer.headers.location ?? '', answer.url || url);
    if (next.search === '') next.search = new URL(url).search;
    // The token is for this host.
    if (next.origin !== new URL(options.baseUrl).origin)
      throw new BrokenAnswer(call.route, 'redirect to another host');
    call.transport.log.debug({ route: call.route, method, to: next.pathname }, 'GitHub request redirected');
    answer = await sendAs(call, readdress(options, next.href, body));
  }
  return answer;
}

async function sendOnce(call: Call, token: string | null): Promise<Answer> {
  const { transport, options, route } = call;
  const timeout = AbortSignal.timeout(transport.timeoutMs);
  const signal = options.request.signal ? AbortSignal.any([timeout, options.request.signal]) : timeout;
  const headers = token === null ? options.headers : { ...options.headers, authorization: `token ${token}` };
  const request = { ...options.request, redirect: 'manual' as const, signal };
  const answer = await sendFollowing(call, { ...options, headers, request });
  // Octokit takes a body that broke off for an empty text.
  if (typeof answer.data === 'string' && answer.headers['content-type']?.includes('json')) {
    throw new BrokenAnswer(route, 'the answer broke off');
  }
  return answer;
}

function readRemaining(headers: LimitFacts['headers']): number | null {
  const remaining = headers['x-ratelimit-remaining'];
  return remaining === undefined ? null : Number(remaining);
}

function report({ transport, route }: Call, started: number, facts: LimitFacts | null): void {
  const ms = Math.round(performance.now() - started);
  const remaining = facts && readRemaining(facts.headers);
  const call = { route, status: facts?.status ?? null, ms, remaining };
  transport.onRequest(call);
  transport.log.debug(call, 'GitHub request');
}

/** One request, reported; the pause that its answer asks for is saved. */
async function attempt(call: Call, token: string | null, strikes: number): Promise<Answer> {
  const started = performance.now();
  try {
    const answer = await sendOnce(call, token);
    const facts = { status: answer.status, headers: answer.headers, message: '' };
    report(call, started, facts);
    await savePause(call, facts, strikes);
    return answer;
  } catch (error) {
    const facts = limitFactsOf(error);
    report(call, started, facts);
    if (facts) await savePause(call, facts, strikes);
    throw error;
  }
}

async function savePause({ transport, route }: Call, facts: LimitFacts, strikes: number): Promise<void> {
  const until = readPause(facts, strikes, new Date());
  if (!until) return;
  transport.log.warn({ route, status: facts.status, until }, 'GitHub asks for a pause');
  await transport.pauses.save(until);
}

function classify({ options, transport }: Call, error: unknown): Refusal {
  if (options.request.signal?.aborted === true) return 'final';
  const facts = limitFactsOf(error);
  if (facts && isLimited(facts)) return 'limited';
  if (facts?.status === 401 && transport.tokens?.drop) return 'unauthorised';
  return isRead(options) && isTransient(error) ? 'failed' : 'final';
}

/**
 * Sends until there is an answer. Repeated are: reads that failed; what a limit refused, after the pause; once what
 * was refused with 401, with a new token. None of these had an effect. A write that failed otherwise is the caller's to
 * look after.
 */
async function deliver(call: Call): Promise<Answer> {
  const { transport, options } = call;
  const budget = { limited: LIMIT_RETRIES, unauthorised: 1, failed: READ_RETRIES, final: 0 };
  for (;;) {
    await waitForPause(transport);
    const token = (await transport.tokens?.get()) ?? null;
    if (!isRead(options)) await transport.takeTurn();
    try {
      return await attempt(call, token, LIMIT_RETRIES - budget.limited);
    } catch (error) {
      const refusal = classify(call, error);
      if (budget[refusal] === 0) throw refusal === 'limited' ? await toRateLimited(transport) : error;
      budget[refusal] -= 1;
      transport.log.warn({ route: call.route, status: statusOf(error), refusal }, 'GitHub request repeated');
      if (refusal === 'unauthorised' && token !== null) transport.tokens?.drop?.(token);
      if (refusal !== 'limited') await sleep(backOff(transport, READ_RETRIES - budget.failed));
    }
  }
}

async function toRateLimited({ pauses }: Transport): Promise<RateLimited> {
  return new RateLimited((await pauses.find()) ?? new Date());
}

/** Doubling, with jitter, so that those who failed together do not come back together. */
function backOff({ retryDelayMs }: Transport, retries: number): number {
  return retryDelayMs * 2 ** Math.max(retries - 1, 0) * (0.5 + Math.random());
}

/** Puts a client's requests under our rules: pauses, pace, timeouts, what is sent again, and what is reported. */
export function controlRequests(octokit: Hooked, transport: Transport): void {
  octokit.hook.wrap('request', async (send, live) => {
    const route = nameRoute(live.method, live.url);
    return deliver({ octokit, transport, send, live, options: { ...live }, route });
  });
}
