import { z } from 'zod';
import type { Database, Row } from './database.ts';
import type { Queue } from './queue.ts';
import type { Delivery, Store } from './types.ts';

type DeliveryStore = Pick<Store, 'addDeliveries' | 'findDelivery' | 'finishDelivery'>;

const deliverySchema = z.object({ id: z.string(), event: z.string(), payload: z.unknown() });

const toDelivery = (row: Row): Delivery => deliverySchema.parse(row);

const insertDeliveries = `
  insert into allocgate.deliveries (id, event, payload)
  select id, event, payload::json
  from unnest($1::text[], $2::text[], $3::text[]) as delivery (id, event, payload)
  on conflict (id) do nothing
  returning id`;

async function addDeliveries(
  database: Database,
  queue: Queue,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (deliveries.length === 0) return;
  // In one order everywhere, so that two processes with the same deliveries wait for each other but never in a ring.
  const sorted = deliveries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const columns = [
    sorted.map(({ id }) => id),
    sorted.map(({ event }) => event),
    sorted.map(({ payload }) => JSON.stringify(payload)),
  ];
  await database.transaction(async (sql) => {
    const added = await sql(insertDeliveries, columns);
    await queue.enqueue(
      sql,
      'deliveries',
      added.map((row) => z.string().parse(row['id'])),
    );
    // GitHub waits for the answer.
  }, true);
}

/** What GitHub sent, kept until it is worked off; the IDs are kept longer, because GitHub may send one again. */
export function storeDeliveries(database: Database, queue: Queue): DeliveryStore {
  return {
    addDeliveries: (deliveries) => addDeliveries(database, queue, deliveries),
    findDelivery: async (id) => {
      const rows = await database.query(
        'select id, event, payload from allocgate.deliveries where id = $1 and finished_at is null',
        [id],
      );
      return rows[0] ? toDelivery(rows[0]) : null;
    },
    finishDelivery: async (id) => {
      await database.query(
        `update allocgate.deliveries set finished_at = clock_timestamp(), payload = null
        where id = $1 and finished_at is null`,
        [id],
      );
    },
  };
}
