import { createHmac, randomUUID } from 'node:crypto';
import { type Agent, request as sendRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Creates deliveries, each with its own body and signature, as GitHub does. */
export type Signed = { event: string; next: () => { body: Buffer; signature: string } };

/** Where deliveries go, over connections that are kept. */
export type Target = { url: string; agent: Agent };

export function sign(secret: string, event: string, payload: object): Signed {
  const json = JSON.stringify(payload);
  const next = () => {
    const body = Buffer.from(`{"nonce":"${randomUUID()}",${json.slice(1)}`);
    return { body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
  };
  return { event, next };
}

type Delivery = { event: string; body: Buffer; signature: string };

/**
 * Sends one delivery under a new ID; resolves to the status when the whole answer is there. A server may close an idle
 * connection just when a request is written to it; then the request is sent again on another one, as Node documents
 * for `request.reusedSocket` (https://nodejs.org/api/http.html#requestreusedsocket).
 */
function deliver(target: Target, delivery: Delivery): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(target.url, {
      method: 'POST',
      agent: target.agent,
      headers: {
        'content-type': 'application/json',
        'content-length': delivery.body.length,
        'user-agent': 'GitHub-Hookshot/0000000',
        'x-github-delivery': randomUUID(),
        'x-github-event': delivery.event,
        'x-hub-signature-256': delivery.signature,
      },
    });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(deliver(target, delivery));
      else reject(error);
    });
    request.end(delivery.body);
  });
}

async function deliverOrThrow(target: Target, signed: Signed): Promise<void> {
  const status = await deliver(target, { event: signed.event, ...signed.next() });
  if (status < 200 || status > 299) throw new Error(`${target.url} answered ${status}`);
}

/** Milliseconds below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? NaN;
}

/**
 * Sends at a steady rate, whether or not answers come. Returns milliseconds from when each was to be sent until it was
 * answered: one that had to wait for its turn counts with its wait. Throws at the first that is not acknowledged.
 */
export async function sendSteadily(
  target: Target,
  signed: Signed,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<number[]> {
  const started = performance.now();
  const answers: Promise<number>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const due = started + (index * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const answer = deliverOrThrow(target, signed).then(() => performance.now() - due);
    // `Promise.all` throws it at the end, when the caller can still stop what it started.
    answer.catch(() => {});
    answers.push(answer);
  }
  return Promise.all(answers);
}

/** Sends as fast as so many connections are answered. Returns deliveries a second. */
export async function sendFlatOut(
  target: Target,
  signed: Signed,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<number> {
  const started = performance.now();
  let count = 0;
  const sendOn = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      await deliverOrThrow(target, signed);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, sendOn));
  return (count * 1000) / (performance.now() - started);
}
