import { z } from 'zod';
import type { Database } from './database.ts';
import type { Queue } from './queue.ts';

/**
 * For a database that only one process uses: all claims at its opening belong to a process that ended, so nobody has to
 * wait until the leases expire.
 */
export async function takeOver(database: Database, queue: Queue): Promise<void> {
  await database.transaction(async (sql) => {
    await sql(
      `update allocgate.deliveries set due_at = clock_timestamp()
      where finished_at is null and due_at > clock_timestamp()`,
    );
    const runs = await sql(
      `update allocgate.runs set lease_until = clock_timestamp()
      where state = 'running' and lease_until > clock_timestamp() returning id`,
    );
    await queue.enqueueRuns(
      sql,
      runs.map((row) => z.string().parse(row['id'])),
    );
  });
}
