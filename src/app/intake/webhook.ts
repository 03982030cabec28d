import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { appLogs, webhookAnswers } from '../../report/words/server.ts';
import type { Store } from '../../store/store.ts';
import type { Delivery } from '../../store/types.ts';
import { createBodyBudget, type BodyShares, defaultShares } from './body-budget.ts';
import { createGroupCommit } from './group-commit.ts';
import type { Logger } from '../operate/logs.ts';
import { readRawBody, type Unread } from './raw-body.ts';

/** The paths for webhooks. Apps that earlier versions created send them to `/`. */
const webhookPaths: ReadonlySet<string> = new Set(['/api/github/webhooks', '/']);

/** GitHub's own limit: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** The time that the database may take by default: GitHub waits 10 s for an answer. */
const PATIENCE_MS = 8_000;
const MAX_BATCH = 100;
const GATHER_MS = 2;
const RETRY_AFTER_SECONDS = 30;

/** The event name for counting answers to requests without a verified signature. */
const UNVERIFIED = 'unverified';

export type WebhookOptions = {
  secret: string;
  addDeliveries: Store['addDeliveries'];
  /** The intent of a delivery; null: none, so the delivery is acknowledged and not stored. */
  readIntent: (event: string, payload: unknown) => unknown;
  log?: Pick<Logger, 'warn' | 'error'>;
  /** Called with each answer. `event` is `unverified` if the signature was not checked or is wrong. */
  onAnswer?: (event: string, status: number) => void;
  maxBodyBytes?: number;
  /** The memory limits for all bodies that are being read. */
  bodyShares?: BodyShares;
  /** The milliseconds that the database may take. */
  patienceMs?: number;
};

export type Webhook = {
  /** A handler for Probot's server. Returns false if the request is for another handler. */
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Refuses new deliveries from now on. Resolves when all deliveries that are being stored are answered. */
  stop: () => Promise<void>;
};

type Answer = { status: number; text: string; event?: string; headers?: Record<string, string> };

const stoppingAnswer: Answer = {
  status: 503,
  text: webhookAnswers.stopping,
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
};
/**
 * The answers to bodies that were not read. Their connections are closed, because they cannot be used for more
 * requests.
 */
const unreadAnswers: Record<Unread, Answer> = {
  'too-large': { status: 413, text: webhookAnswers.tooLarge, headers: { connection: 'close' } },
  dropped: {
    status: 503,
    text: webhookAnswers.crowded,
    headers: { connection: 'close', 'retry-after': String(RETRY_AFTER_SECONDS) },
  },
};
const badSignatureAnswer: Answer = {
  status: 401,
  text: webhookAnswers.badSignature,
};

/**
 * Whether the signature of a body is right, compared in constant time. `signature`: 64 hexadecimal digits.
 * Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
function isSigned(body: Buffer, secret: string, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/**
 * Makes JSON valid for PostgreSQL's jsonb, which allows neither U+0000 nor half a surrogate pair
 * (https://www.postgresql.org/docs/current/datatype-json.html): U+FFFD replaces them.
 */
function replaceUnstorable(json: string): string {
  if (!/\\u(?:0000|[dD][89a-fA-F])/u.test(json)) return json;
  // The pattern also matches complete pairs and all other escapes, which stay as they are. Otherwise the second of two
  // backslashes could look like the start of an escape.
  const escapes =
    /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u(?:0000|[dD][89a-fA-F][\da-fA-F]{2})|\\[^]/gu;
  const unstorable = /^\\u(?:0000|[dD][89a-fA-F]..)$/u;
  return json.replaceAll(escapes, (escape) => (unstorable.test(escape) ? String.raw`\ufffd` : escape));
}

function parsePayload(body: Buffer): object | null {
  try {
    const payload: unknown = JSON.parse(replaceUnstorable(body.toString('utf8')));
    return typeof payload === 'object' ? payload : null;
  } catch {
    return null;
  }
}

type Headers = { id: string; event: string; signature: string };

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Checks the headers before the body is read. Returns them, or the answer if they are invalid. */
function readHeaders(request: IncomingMessage): Headers | Answer {
  const [type = ''] = headerOf(request, 'content-type').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    return { status: 415, text: webhookAnswers.badContentType };
  }
  const [id, event] = [headerOf(request, 'x-github-delivery'), headerOf(request, 'x-github-event')];
  if (!/^[\w-]{1,64}$/u.test(id) || !/^\w{1,64}$/u.test(event)) {
    return { status: 400, text: webhookAnswers.noHeaders };
  }
  const signature = /^sha256=([0-9a-f]{64})$/u.exec(headerOf(request, 'x-hub-signature-256'))?.[1];
  return signature === undefined ? badSignatureAnswer : { id, event, signature };
}

async function send(response: ServerResponse, { status, text, headers }: Answer): Promise<void> {
  if (response.destroyed) return;
  const isSent = once(response, 'close');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
  await isSent;
}

/** Removes duplicates: a delivery that arrives twice at the same moment is stored only once. */
function withoutDuplicates(deliveries: readonly Delivery[]): Delivery[] {
  return [...new Map(deliveries.map((delivery) => [delivery.id, delivery])).values()];
}

/**
 * Creates the handler for GitHub's deliveries (POST, JSON), which only stores them. It answers 202 if the delivery is
 * stored or ignored; 401 if it is not signed with the secret; 400, 413 or 415 to requests that GitHub does not send;
 * and 503 with Retry-After if the database did not confirm that the delivery is stored, or if too much is being sent at
 * once. GitHub does not retry by itself, but is asked later to redeliver it (redeliveries.ts). The database recognises
 * a repeated delivery by its ID.
 */
export function createWebhookHandler({
  secret,
  addDeliveries,
  readIntent,
  log,
  onAnswer,
  maxBodyBytes = MAX_BODY_BYTES,
  bodyShares = defaultShares,
  patienceMs = PATIENCE_MS,
}: WebhookOptions): Webhook {
  const storing = new Set<Promise<void>>();
  let isStopping = false;
  const budget = createBodyBudget(bodyShares);
  const group = createGroupCommit<Delivery>({
    commit: (deliveries) => addDeliveries(withoutDuplicates(deliveries)),
    maxBatch: MAX_BATCH,
    gatherMs: GATHER_MS,
    patienceMs,
  });

  async function store(delivery: Delivery): Promise<Answer> {
    const { id, event } = delivery;
    try {
      await group.add(delivery);
      return { status: 202, text: webhookAnswers.stored, event };
    } catch (error) {
      log?.error({ step: 'webhook', delivery: id, event, err: error }, appLogs.deliveryNotStored);
      return { ...stoppingAnswer, text: webhookAnswers.databaseAway, event };
    }
  }

  /** Reads and checks a request. Returns the delivery to store, or the answer if there is nothing to store. */
  async function receive(request: IncomingMessage): Promise<Delivery | Answer> {
    const headers = readHeaders(request);
    if ('status' in headers) return headers;
    const body = await readRawBody(request, maxBodyBytes, budget);
    if (typeof body === 'string') return unreadAnswers[body];
    if (!isSigned(body, secret, headers.signature)) return badSignatureAnswer;
    const { id, event } = headers;
    const payload = parsePayload(body);
    if (payload === null) return { status: 400, text: webhookAnswers.notJson, event };
    const intent = readIntent(event, payload);
    if (intent === null) return { status: 202, text: webhookAnswers.ignored, event };
    return isStopping ? { ...stoppingAnswer, event } : { id, event, intent, signature: headers.signature };
  }

  async function answer(response: ServerResponse, answered: Answer): Promise<void> {
    onAnswer?.(answered.event ?? UNVERIFIED, answered.status);
    await send(response, answered);
  }

  /** Stores a delivery and answers. `stop` waits until that is done. */
  async function storeAndAnswer(response: ServerResponse, delivery: Delivery): Promise<void> {
    const stored = store(delivery).then((result) => answer(response, result));
    storing.add(stored);
    await stored.finally(() => storing.delete(stored));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (request.method !== 'POST' || !webhookPaths.has(request.url?.split('?')[0] ?? '')) return false;
    try {
      const received = await receive(request);
      if ('intent' in received) {
        await storeAndAnswer(response, received);
      } else {
        const { status, event, text } = received;
        if (status >= 400) log?.warn({ step: 'webhook', status, event }, text);
        await answer(response, received);
      }
    } catch (error) {
      log?.warn({ step: 'webhook', err: error }, appLogs.senderGone);
    }
    return true;
  }

  async function stop(): Promise<void> {
    isStopping = true;
    await Promise.allSettled(storing);
  }

  return { handle, stop };
}
