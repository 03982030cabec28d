import type { Delivery, DeliveryAttempt } from './delivery-types.ts';
import { renderTime, type Json } from './render-accounts.ts';
import type { World } from './world.ts';

function repositoryId(delivery: Delivery): number | null {
  const { repository } = delivery.payload;
  const id: unknown =
    typeof repository === 'object' && repository !== null && 'id' in repository ? repository.id : null;
  return typeof id === 'number' ? id : null;
}

/** A delivery, and one of the times that it was sent. */
export type SentDelivery = { delivery: Delivery; attempt: DeliveryAttempt };

export function renderDelivery({ delivery, attempt }: SentDelivery): Json {
  const code = attempt.status ?? 0;
  return {
    id: attempt.id,
    guid: delivery.guid,
    delivered_at: renderTime(attempt.at),
    redelivery: attempt !== delivery.attempts[0],
    duration: 0.1,
    status: code === 0 ? 'failed to connect to host' : code < 300 ? 'OK' : 'Invalid HTTP Response',
    status_code: code,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: repositoryId(delivery),
    throttled_at: null,
  };
}

export function renderDeliveryDetail(world: World, sent: SentDelivery): Json {
  const { delivery } = sent;
  const headers = { 'X-GitHub-Delivery': delivery.guid, 'X-GitHub-Event': delivery.event };
  return {
    ...renderDelivery(sent),
    url: world.url,
    request: { headers, payload: delivery.payload },
    response: { headers: {}, payload: '' },
  };
}
