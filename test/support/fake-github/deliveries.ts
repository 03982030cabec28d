import { createHmac, randomUUID } from 'node:crypto';
import { request as sendRequest } from 'node:http';
import type { Deliveries, Delivery, DeliveryAttempt, OutgoingEvent } from './delivery-types.ts';
import { makePayload } from './payloads.ts';
import { installationOf, nextId, now, type World } from './world.ts';

/** Events that an App gets without asking for them. */
const always = new Set(['installation', 'installation_repositories', 'installation_target', 'ping']);

/** Milliseconds that GitHub waits for an answer. */
const patience = 10_000;

/** POSTs a body on a separate connection; null: no answer. */
function post(url: string, body: string, headers: Record<string, string>): Promise<number | null> {
  return new Promise((resolve) => {
    const request = sendRequest(url, {
      method: 'POST',
      agent: false,
      timeout: patience,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
    request.end(body);
  });
}

/** Signs as GitHub does (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). */
function sign(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Makes, keeps and sends webhooks; sets what the world does about them. */
export function createDeliveries(world: World): Deliveries {
  const underWay = new Set<Promise<unknown>>();

  const follow = <T>(work: Promise<T>): Promise<T> => {
    const watched = work.finally(() => underWay.delete(watched));
    underWay.add(watched);
    return watched;
  };

  const sendOnce = async (delivery: Delivery): Promise<number | null> => {
    const attempt: DeliveryAttempt = { id: nextId(world), at: now(world), status: null };
    delivery.attempts.push(attempt);
    if (!world.deliveries.includes(delivery)) world.deliveries.push(delivery);
    if (state.webhookUrl === null) return null;
    const body = JSON.stringify(delivery.payload);
    attempt.status = await post(state.webhookUrl, body, {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/0000000',
      accept: '*/*',
      'x-github-delivery': delivery.guid,
      'x-github-event': delivery.event,
      'x-github-hook-id': '1',
      'x-github-hook-installation-target-id': String(world.app.id),
      'x-github-hook-installation-target-type': 'integration',
      'x-hub-signature-256': sign(world.app.webhookSecret, body),
    });
    return attempt.status;
  };

  const make = (
    event: string,
    payload: Record<string, unknown>,
    installationId: number | null,
  ): Delivery => ({
    id: nextId(world),
    guid: randomUUID(),
    event,
    action: typeof payload['action'] === 'string' ? payload['action'] : null,
    payload,
    installationId,
    attempts: [],
  });

  const emit = async (event: OutgoingEvent): Promise<void> => {
    const installation =
      event.installation ?? (event.repository ? installationOf(world, event.repository) : null);
    const isWanted = always.has(event.event) || world.app.events.includes(event.event);
    if (state.webhookUrl === null || !installation || !isWanted) return;
    if (event.own === true && !state.ownEvents) return;
    if (installation.suspendedAt !== null && event.event !== 'installation') return;
    const delivery = make(event.event, makePayload(world, event, installation), installation.id);
    if (state.autoDeliver) await sendOnce(delivery);
    else state.pendingDeliveries.push(delivery);
  };
  world.emit = (event) => follow(emit(event));
  world.redeliver = (delivery) => follow(sendOnce(delivery));

  const send = (delivery: Delivery, copies = 1): Promise<(number | null)[]> => {
    state.pendingDeliveries = state.pendingDeliveries.filter((one) => one !== delivery);
    return follow(Promise.all(Array.from({ length: copies }, () => sendOnce(delivery))));
  };

  const state: Deliveries = {
    webhookUrl: null,
    autoDeliver: true,
    ownEvents: true,
    deliveries: world.deliveries,
    pendingDeliveries: [],
    deliver: async (event, payload) => {
      const delivery = make(event, payload, null);
      await follow(sendOnce(delivery));
      return delivery;
    },
    send,
    sendPending: async (arrange = (pending) => pending) => {
      const pending = state.pendingDeliveries;
      state.pendingDeliveries = [];
      for (const delivery of arrange(pending)) await send(delivery);
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
  return state;
}
