import type { Delivery } from './delivery-types.ts';
import { renderTime, type Json } from './render-accounts.ts';
import type { World } from './world.ts';

function repositoryId(delivery: Delivery): number | null {
  const { repository } = delivery.payload;
  const id: unknown =
    typeof repository === 'object' && repository !== null && 'id' in repository ? repository.id : null;
  return typeof id === 'number' ? id : null;
}

export function renderDelivery(delivery: Delivery): Json {
  const last = delivery.attempts.at(-1);
  const code = last?.status ?? 0;
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: renderTime(last?.at ?? new Date(0)),
    redelivery: delivery.attempts.length > 1,
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

export function renderDeliveryDetail(world: World, delivery: Delivery): Json {
  const headers = { 'X-GitHub-Delivery': delivery.guid, 'X-GitHub-Event': delivery.event };
  return {
    ...renderDelivery(delivery),
    url: world.url,
    request: { headers, payload: delivery.payload },
    response: { headers: {}, payload: '' },
  };
}
