import type { GitHub } from './types.ts';

/** One time that GitHub sent something to the App's webhook. */
export type DeliveryAttempt = {
  /** Of this attempt. Beyond 2^53 Octokit makes a bigint of it, which fits into an address just as well. */
  id: number;
  /** X-GitHub-Delivery: the same each time that it is sent. */
  guid: string;
  at: Date;
  isRedelivery: boolean;
  isAcknowledged: boolean;
};

const PER_PAGE = 100;

/** As the App itself: what was sent to its webhook since then, the last one first. Aborted, it may leave out the oldest. */
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

/** As the App itself: has it sent once more, soon. */
export async function askForRedelivery(app: GitHub, attemptId: number): Promise<void> {
  await app.rest.apps.redeliverWebhookDelivery({ delivery_id: attemptId });
}
