import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { z } from 'zod';
import { queryDatabase, type Scenario } from './app-scenario.ts';
import type { LoggedRequest } from './fake-github/index.ts';

/**
 * What a look at the head before each write hides: a worker that writes although another one has claimed its run, and
 * runs that go on although a newer one took their place. Each function lists what is wrong, in words.
 */

/** A write may be under way for so long when its run is claimed anew. */
const UNDER_WAY_MS = 500;

const endSchema = z.object({
  conclusion: z.string(),
  actions: z.array(z.object({ identifier: z.string() })).min(1),
});

type End = { check: string; attempt: number; at: number };

/** The end of a check by a run: its buttons have the number of the run's claim. */
function readEnd({ method, path: address, body, at }: LoggedRequest): End | null {
  const check = /\/check-runs\/(\d+)$/u.exec(address)?.[1];
  const end = endSchema.safeParse(body);
  if (method !== 'PATCH' || check === undefined || !end.success) return null;
  const attempt = /:(\d+)$/u.exec(end.data.actions[0]?.identifier ?? '')?.[1];
  // What was cancelled is ended by whoever notices.
  if (attempt === undefined || end.data.conclusion === 'cancelled') return null;
  return { check, attempt: Number(attempt), at };
}

/** Ends of checks by a claim, long after a later claim of the same run wrote its own. */
export function findOvertaken(requests: readonly LoggedRequest[]): string[] {
  const newest = new Map<string, End>();
  const found: string[] = [];
  for (const request of requests) {
    const end = readEnd(request);
    if (end === null) continue;
    const last = newest.get(end.check);
    if (last === undefined || end.attempt > last.attempt) newest.set(end.check, end);
    else if (end.attempt < last.attempt && end.at - last.at > UNDER_WAY_MS) {
      found.push(
        `claim ${end.attempt} of check ${end.check} wrote ${end.at - last.at} ms after claim ${last.attempt}`,
      );
    }
  }
  return found;
}

/** Each review of all benchmarks that had not ended when the next one of its pull request was asked for. */
const together = `select one.subject_key, one.id from allocgate.runs as one join allocgate.runs as later
  using (repository_id, subject_key)
  where one.bench is null and later.bench is null and later.sequence > one.sequence
    and coalesce(one.finished_at, 'infinity') > later.created_at
    and one.measured is null`;

const rowsSchema = z.array(z.object({ subject_key: z.string(), id: z.string() }));

/** Runs that went on although a newer one took their place. No process of the App may be running on PGlite any more. */
export async function findUncancelled(scenario: Pick<Scenario, 'env'>): Promise<string[]> {
  const read = async (): Promise<unknown[]> => {
    const folder = scenario.env['ALLOCGATE_DATA'];
    if (folder === undefined) return (await queryDatabase(scenario, together)).rows;
    const database = await PGlite.create(path.join(folder, 'database'));
    try {
      return (await database.query(together)).rows;
    } finally {
      await database.close();
    }
  };
  return rowsSchema
    .parse(await read())
    .map(({ subject_key: key, id }) => `the run ${id} of ${key} went on beside a newer one`);
}
