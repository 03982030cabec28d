import type { Installation, Repository, User } from './state-types.ts';

/** An event of a webhook: `overlay` is merged into GitHub's example of that event and action. */
export type OutgoingEvent = {
  event: string;
  action: string | null;
  sender: User;
  repository: Repository | null;
  /** Default: the one that the repository belongs to. */
  installation?: Installation | null;
  overlay: Record<string, unknown>;
  /** Whether the App did it itself. */
  own?: boolean;
};

/**
 * Each time that a delivery was sent is an entry of its own in GitHub's list, with an `id` of its own; `status` null: there
 * was no answer within ten seconds.
 */
export type DeliveryAttempt = { id: number; at: Date; status: number | null };

/** One webhook delivery. `guid`: X-GitHub-Delivery, the same each time it is sent. */
export type Delivery = {
  id: number;
  guid: string;
  event: string;
  action: string | null;
  payload: Record<string, unknown>;
  installationId: number | null;
  attempts: DeliveryAttempt[];
};

export type Deliveries = {
  /** Where webhooks go; null: nowhere, and none are made. */
  webhookUrl: string | null;
  /** Default true. False: deliveries wait in `pendingDeliveries` until they are sent. */
  autoDeliver: boolean;
  /** Default true. False: what the App itself writes sends no webhooks. */
  ownEvents: boolean;
  /** All that were sent at least once, oldest first. */
  deliveries: Delivery[];
  pendingDeliveries: Delivery[];
  /** Signs and sends any payload; returns the record with its answer. */
  deliver: (event: string, payload: Record<string, unknown>) => Promise<Delivery>;
  /** Sends one delivery, again if need be; `copies` at the same time. Returns the statuses. */
  send: (delivery: Delivery, copies?: number) => Promise<(number | null)[]>;
  /** Sends the pending deliveries: in order, or as `arrange` says (it may leave out, repeat and reorder). */
  sendPending: (arrange?: (pending: Delivery[]) => Delivery[]) => Promise<void>;
  /** Resolves when no delivery is under way. */
  settled: () => Promise<void>;
};
