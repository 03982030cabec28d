import type { GitHub } from './types.ts';

/** One attempt of GitHub to deliver to the App's webhook. */
export type DeliveryAttempt = {
  /** The ID of this attempt. Above 2^53 Octokit returns a bigint, which works in a URL as well. */
  id: number;
  /** X-GitHub-Delivery, the same for all attempts. */
  guid: string;
  at: Date;
  isRedelivery: boolean;
  isAcknowledged: boolean;
};

const PER_PAGE = 100;

/**
 * Lists, as the App itself, the delivery attempts since a time, newest first. If it is aborted, the oldest can be
 * missing.
 */
export async function listDeliveryAttempts(
  app: GitHub,
  since: Date,
  signal: AbortSignal,
): Promise<DeliveryAttempt[]> {
  const attempts = await app.paginate(
    app.rest.apps.listWebhookDeliveries,
    { per_page: PER_PAGE },
    ({ data }, done) => {
      const recent = data.filter((one) => new Date(one.delivered_at) >= since);
      if (signal.aborted || recent.length < data.length) done();
      return recent;
    },
  );
  return attempts.map(({ id, guid, redelivery, ...attempt }) => ({
    id,
    guid,
    at: new Date(attempt.delivered_at),
    isRedelivery: redelivery,
    isAcknowledged: attempt.status_code >= 200 && attempt.status_code < 300,
  }));
}

/** Requests, as the App itself, that GitHub redelivers an attempt. */
export async function askForRedelivery(app: GitHub, attemptId: number): Promise<void> {
  await app.rest.apps.redeliverWebhookDelivery({ delivery_id: attemptId });
}
