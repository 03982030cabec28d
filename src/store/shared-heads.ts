import { z } from 'zod';
import type { Database, Sql } from './database.ts';
import { subjectKey, toRun } from './run-rows.ts';
import type { Store } from './store.ts';
import type { SharedHead, RunSubject } from './types.ts';

type SharedHeadStore = Pick<
  Store,
  | 'listHeadRuns'
  | 'touchSharedHead'
  | 'listSharedHeads'
  | 'reopenSharedHeads'
  | 'settleSharedHead'
  | 'saveTold'
>;

/** Runs whose checks belong to commits that pull requests can have as their head. */
const hasHead = (column: string): string =>
  `(${column} like 'pull-request:%' or ${column} like 'merge-group:%')`;

/**
 * Records that a pull request's part in the checks of its shared heads changed. Call it in the transaction of the
 * change.
 */
export async function touchSharedHeads(sql: Sql, repositoryId: number, subject: RunSubject): Promise<void> {
  if (subject.kind !== 'pull-request') return;
  await sql(
    `insert into allocgate.shared_heads (repository_id, head_sha)
    select distinct own.repository_id, own.head_sha from allocgate.runs as own
    where own.repository_id = $1 and own.subject_key = $2 and own.bench is null and exists (
      select from allocgate.runs as other
      where other.repository_id = own.repository_id and other.head_sha = own.head_sha
        and other.subject_key <> own.subject_key and ${hasHead('other.subject_key')}
    )
    on conflict (repository_id, head_sha) do update
      set generation = shared_heads.generation + 1, changed_at = clock_timestamp()`,
    [repositoryId, subjectKey(subject)],
  );
}

const headSchema = z.object({
  repository_id: z.coerce.number(),
  head_sha: z.string(),
  generation: z.coerce.number(),
});

/**
 * Stores the commits that are the head of several pull requests. They have one check, to which all of them
 * contribute.
 */
export function storeSharedHeads(database: Database): SharedHeadStore {
  return {
    listHeadRuns: async (repositoryId, headSha) => {
      const rows = await database.query(
        `select * from allocgate.runs as run
        where repository_id = $1 and head_sha = $2 and bench is null and ${hasHead('subject_key')}
          and not exists (
            select from allocgate.runs as later
            where later.repository_id = run.repository_id and later.subject_key = run.subject_key
              and later.bench is null and later.sequence > run.sequence
          )
        order by sequence`,
        [repositoryId, headSha],
      );
      return rows.map(toRun);
    },
    touchSharedHead: async (repositoryId, headSha) => {
      await database.query(
        `insert into allocgate.shared_heads (repository_id, head_sha) values ($1, $2)
        on conflict (repository_id, head_sha) do update
          set generation = shared_heads.generation + 1, changed_at = clock_timestamp()`,
        [repositoryId, headSha],
      );
    },
    listSharedHeads: async (repositoryId) => {
      const rows = await database.query(
        `select * from allocgate.shared_heads
        where settled < generation and repository_id = coalesce($1, repository_id) order by changed_at`,
        [repositoryId],
      );
      return rows.map((row): SharedHead => {
        const { repository_id: repositoryId, head_sha: headSha, generation } = headSchema.parse(row);
        return { repositoryId, headSha, generation };
      });
    },
    reopenSharedHeads: async (repositoryId) => {
      await database.query(
        `update allocgate.shared_heads set generation = generation + 1
        where repository_id = $1 and changed_at > clock_timestamp() - interval '7 days'`,
        [repositoryId],
      );
    },
    settleSharedHead: async ({ repositoryId, headSha, generation }) => {
      const rows = await database.query(
        `update allocgate.shared_heads set settled = $3
        where repository_id = $1 and head_sha = $2 and generation = $3 returning head_sha`,
        [repositoryId, headSha, generation],
      );
      return rows.length > 0;
    },
    saveTold: async (runId, told) => {
      await database.query('update allocgate.runs set told = $2::text::json where id = $1', [
        runId,
        JSON.stringify(told),
      ]);
    },
  };
}
