import { setTimeout as sleep } from 'node:timers/promises';
import type { Octokit } from '@octokit/rest';
import type { Logger } from 'pino';
import { BrokenAnswer, isTransient, RateLimited, statusOf } from './errors.ts';
import { isLimited, type LimitFacts, readPause } from './rate-limits.ts';

/** One request, for metrics. `route`: method and path without names; `status` null: no answer. */
export type RequestReport = { route: string; status: number | null; ms: number; remaining: number | null };

export type Transport = {
  /** The time until which nothing may be sent. It is persisted. */
  pauses: { find: () => Promise<Date | null>; save: (until: Date) => Promise<void> };
  /** A longer pause throws `RateLimited`. */
  maxWaitMs: number;
  /** Resolves when a write may begin: see `createPacer`. */
  takeTurn: () => Promise<void>;
  /** Called right before a write is sent, after all waiting. If it throws, the write is not sent. */
  beforeWrite: () => void;
  /** The timeout of one request with its answer. */
  timeoutMs: number;
  /** The pause before the first retry of a failed read. It doubles each time. */
  retryDelayMs: number;
  /**
   * null: the client authorises itself. `drop` gets a token that GitHub refused; `drop` null: the token cannot be
   * replaced.
   */
  tokens: { get: () => Promise<string>; drop: ((token: string) => void) | null } | null;
  onRequest: (call: RequestReport) => void;
  log: Pick<Logger, 'debug' | 'warn'>;
};

type Hooked = Pick<Octokit, 'hook' | 'request'>;
type Options = Required<Parameters<Hooked['request']['endpoint']['parse']>[0]>;
type Answer = Awaited<ReturnType<Hooked['request']>>;
type Send = (options: Options) => Answer | Promise<Answer>;
/** `live`: the options object that inner hooks use; `options`: its original values. */
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

/** The name of a route, as a label with few values: it contains no numbers of pages or pull requests. */
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

/**
 * Creates a function that gives out turns `spacingMs` apart, as GitHub recommends for writes (best practices for the
 * REST API).
 */
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

/** The answer in an Octokit error; null: there was no answer. */
function limitFactsOf(error: unknown): LimitFacts | null {
  const status = statusOf(error);
  const response = error instanceof Error && 'response' in error ? error.response : null;
  if (status === null || !(error instanceof Error) || !isRecord(response)) return null;
  const headers = isRecord(response['headers']) ? Object.entries(response['headers']) : [];
  const texts = headers.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { status, headers: Object.fromEntries(texts), message: error.message };
}

/** The options of a request that are not parameters of its path, query or body. */
const optionNames: ReadonlySet<string> = new Set([
  'method',
  'baseUrl',
  'url',
  'headers',
  'mediaType',
  'request',
]);

/** Sends different options by changing the given object, because inner hooks only see that one. */
async function sendAs({ send, live, transport }: Call, options: Options): Promise<Answer> {
  if (!isRead(options)) transport.beforeWrite();
  for (const name of Object.keys(live)) if (!(name in options)) Reflect.deleteProperty(live, name);
  return send(Object.assign(live, options));
}

/**
 * The same request to another URL. Parameters of the old path are removed, because they would become part of the body.
 */
function readdress(options: Options, url: string, body: unknown): Options {
  const readdressed: Options = { ...options, url };
  for (const name of Object.keys(options))
    if (!optionNames.has(name)) Reflect.deleteProperty(readdressed, name);
  if (body !== undefined) readdressed['data'] = body;
  return readdressed;
}

/** Follows redirects with the same method and body. Fetch would turn a POST into a GET. */
async function sendFollowing(call: Call, options: Options): Promise<Answer> {
  const { method, url, body } = call.octokit.request.endpoint.parse({ ...options });
  let answer = await sendAs(call, options);
  for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
    if (hops === MAX_REDIRECTS) throw new BrokenAnswer(call.route, 'too many redirects');
    const next = new URL(answer.headers.location ?? '', answer.url || url);
    if (next.search === '') next.search = new URL(url).search;
    // The token must only be sent to this host.
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
  // Octokit returns an empty text for a body that was cut off.
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

/** Sends one request, reports it, and saves the pause that its answer demands. */
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
 * Sends a request until there is an answer. It repeats failed reads; requests that a limit refused, after the pause;
 * and, once and with a new token, requests refused with 401. None of these had an effect. The caller handles other
 * failed writes.
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

/** The pause doubles, with jitter, so that requests that failed together are not repeated together. */
function backOff({ retryDelayMs }: Transport, retries: number): number {
  return retryDelayMs * 2 ** Math.max(retries - 1, 0) * (0.5 + Math.random());
}

/** Controls the requests of a client: pauses, pace, timeouts, retries, and reports. */
export function controlRequests(octokit: Hooked, transport: Transport): void {
  octokit.hook.wrap('request', async (send, live) => {
    const route = nameRoute(live.method, live.url);
    return deliver({ octokit, transport, send, live, options: { ...live }, route });
  });
}
