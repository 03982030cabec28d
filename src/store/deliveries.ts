import { z } from 'zod';
import type { Database, Row } from './database.ts';
import type { Store } from './store.ts';
import type { Delivery, HeldDelivery } from './types.ts';

/** The deliveries that wait, are processed, or are finished. Only a crashed process loses its claim on one. */
export type DeliveryTable = {
  addDeliveries: Store['addDeliveries'];
  /** Marks `finished` deliveries, and claims others that are due, oldest first, but none that are `inHand`. */
  exchange: (
    finished: readonly string[],
    inHand: readonly string[],
    most: number,
    leaseMs: number,
  ) => Promise<HeldDelivery[]>;
  extend: (ids: readonly string[], leaseMs: number) => Promise<void>;
  /** Releases a delivery whose processing failed. It is due again after `ms`. */
  postpone: (id: string, ms: number) => Promise<void>;
};

const heldSchema = z.object({ id: z.string(), event: z.string(), intent: z.unknown(), attempt: z.number() });

const toHeld = (row: Row): HeldDelivery => heldSchema.parse(row);

const inMs = (parameter: string): string =>
  `clock_timestamp() + ${parameter}::double precision * interval '1 millisecond'`;

/**
 * From this number on, deliveries arrive faster than they are stored, so processing waits until all are acknowledged.
 */
const BURST = 8;

/** One statement, and so one transaction. */
const INSERT = `
  insert into allocgate.deliveries (id, event, intent, signature)
  select id, event, intent::json, signature
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as new (id, event, intent, signature)
  on conflict do nothing`;

async function addDeliveries(database: Database, deliveries: readonly Delivery[]): Promise<void> {
  // Always in the same order, so that two processes with the same deliveries cannot deadlock.
  const sorted = deliveries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const columns = [
    sorted.map(({ id }) => id),
    sorted.map(({ event }) => event),
    sorted.map(({ intent }) => JSON.stringify(intent)),
    sorted.map(({ signature }) => signature ?? null),
  ];
  // GitHub waits for the answer.
  await database.queryUrgently(INSERT, columns, sorted.length >= BURST);
}

/** Deliveries that failed for three days are given up, like GitHub does. */
const IS_DUE = `finished_at is null and due_at <= clock_timestamp()
  and received_at > clock_timestamp() - interval '3 days'`;

/** One statement, because each costs PGlite a turn. Its two parts never touch the same row. */
const EXCHANGE = `
  with ended as (
    update allocgate.deliveries set finished_at = clock_timestamp(), intent = null
    where id = any($1::text[]) and finished_at is null
  ), due as (
    select id from allocgate.deliveries
    where ${IS_DUE} and id <> all($1::text[] || $2::text[])
    order by received_at limit $3 for update skip locked
  )
  update allocgate.deliveries set due_at = ${inMs('$4')}, attempt = attempt + 1
  from due where deliveries.id = due.id
  returning deliveries.id, event, intent, attempt`;

/**
 * Stores the intents of deliveries until they are processed. The IDs are kept longer, because GitHub can redeliver. The
 * table is also the queue: a stored delivery is enqueued by the same statement. `due_at` is the time at which a
 * delivery can be claimed: immediately, later after a failure, or when the lease of its present claim expires.
 */
export function openDeliveries(database: Database): DeliveryTable {
  const setDue = (ids: readonly string[], ms: number): Promise<Row[]> =>
    database.query(
      `update allocgate.deliveries set due_at = ${inMs('$2')} where id = any($1::text[]) and finished_at is null`,
      [ids, ms],
    );
  return {
    addDeliveries: (deliveries) => addDeliveries(database, deliveries),
    exchange: async (finished, inHand, most, leaseMs) =>
      (await database.query(EXCHANGE, [finished, inHand, most, leaseMs])).map(toHeld),
    extend: async (ids, leaseMs) => void (await setDue(ids, leaseMs)),
    postpone: async (id, ms) => void (await setDue([id], ms)),
  };
}
