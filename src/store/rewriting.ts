import { z } from 'zod';
import type { Sql } from './database.ts';
import type { Queue } from './queue.ts';
import { lockSubject } from './runs.ts';
import { subjectKey } from './run-rows.ts';

/** The run whose comments count: the one in progress, else the last one that has a result. */
const NEWEST = `select id from allocgate.runs
  where repository_id = $1 and subject_key = $2 and bench is null
    and (state in ('queued', 'running') or (state = 'done' and measured is not null))
  order by sequence desc limit 1`;

/** A new result for a run. */
type Replacement = { runId: string; measured: unknown };

/**
 * Lets the newest review of a pull request be written again, in the caller's transaction: a finished one is enqueued, one
 * in progress writes again when it is done. Returns whether there was such a review.
 * @param condition SQL about the review, without parameters: the review is only written again if it is true
 * @param result replaces the result of the newest review if that is the run `runId`
 */
export async function rewriteNewest(
  sql: Sql,
  queue: Queue,
  { repositoryId, number }: { repositoryId: number; number: number },
  { condition = 'true', result = null }: { condition?: string; result?: Replacement | null } = {},
): Promise<boolean> {
  const subject = { kind: 'pull-request', number } as const;
  await lockSubject(sql, repositoryId, subject);
  const [change, isRun, values] =
    result === null
      ? ['', 'true', []]
      : [
          'measured = $4::text::json,',
          'id = $3 and measured is not null',
          [result.runId, JSON.stringify(result.measured)],
        ];
  const rows = await sql(
    `update allocgate.runs set ${change} rewrite_wanted = state = 'running', outcome = null, finished_at = null,
      crashes = case state when 'done' then 0 else crashes end,
      state = case state when 'done' then 'queued' else state end
    where id = (${NEWEST}) and state <> 'cancelled' and ${condition} and ${isRun}
    returning id, state`,
    [repositoryId, subjectKey(subject), ...values],
  );
  const queued = rows.flatMap(({ id, state }) => (state === 'queued' ? [z.string().parse(id)] : []));
  await queue.enqueueRuns(sql, queued);
  return rows.length > 0;
}
