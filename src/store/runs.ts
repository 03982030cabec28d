import { z } from 'zod';
import type { Database, Row, Sql } from './database.ts';
import type { Queue } from './queue.ts';
import { keysWithin, outcomeSchema, stateSchema, subjectKey, subjectSchema, toRun } from './run-rows.ts';
import { touchSharedHeads } from './shared-heads.ts';
import type { Store } from './store.ts';
import type { Run, RunOutcome, RunSubject } from './types.ts';

type RunStore = Pick<
  Store,
  | 'requestRun'
  | 'enqueueRun'
  | 'findRun'
  | 'findRunByHead'
  | 'findMeasured'
  | 'findMeasuredText'
  | 'listGone'
  | 'listRuns'
  | 'cancelRuns'
  | 'countRuns'
>;

type RunRequest = Parameters<Store['requestRun']>[0];

/** Until the transaction ends, nobody else asks for or cancels runs of this subject. */
export async function lockSubject(sql: Sql, repositoryId: number, subject: RunSubject): Promise<void> {
  const name = `allocgate:runs:${repositoryId}:${subjectKey(subject)}`;
  await sql('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
}

/** `condition`: SQL that selects some of the runs; its parameters begin with $4. */
async function cancelUnfinished(
  sql: Sql,
  repositoryId: number,
  subject: RunSubject,
  outcome: RunOutcome,
  condition = 'true',
  values: unknown[] = [],
): Promise<Run[]> {
  const rows = await sql(
    `update allocgate.runs set state = 'cancelled', outcome = $3, finished_at = clock_timestamp(),
      lease_owner = null, lease_until = null
    where repository_id = $1 and subject_key = any($2) and state in ('queued', 'running') and ${condition}
    returning *`,
    [repositoryId, keysWithin(subject), outcome, ...values],
  );
  return rows.map(toRun);
}

/**
 * Cancels the runs that a new one replaces. A run of selected benchmarks and a run of all benchmarks do not replace
 * each other.
 */
function supersede(sql: Sql, { repositoryId, subject, headSha, baseRef, bench }: RunRequest): Promise<Run[]> {
  const condition = `(head_sha <> $4 or base_ref is distinct from $5::text or (bench is null) = $6)`;
  const values = [headSha, baseRef, bench === null];
  return cancelUnfinished(sql, repositoryId, subject, 'superseded', condition, values);
}

/**
 * SQL for a run of the same commits and benchmarks whose result is still valid: nothing else was measured
 * afterwards, and neither this run nor a later one left its check cancelled, unless a person cancelled it. $3:
 * head, $4: the target branch, $5: the selected benchmarks.
 */
const SERVES = `head_sha = $3 and base_ref is not distinct from $4::text
  and bench is not distinct from $5::text and (state <> 'cancelled' or outcome = 'cancelled')
  and not exists (
    select from allocgate.runs as later
    where later.repository_id = runs.repository_id and later.subject_key = runs.subject_key
      and later.bench is not distinct from runs.bench and later.sequence > runs.sequence
      and case when later.state = 'cancelled'
        then later.head_sha = $3 and later.outcome <> 'cancelled'
        else later.head_sha <> $3 or later.base_ref is distinct from $4::text end
  )`;

/**
 * The existing run that answers a request: the one of the same request, or one of the same head whose result is valid.
 */
async function findSame(sql: Sql, request: RunRequest): Promise<Run | null> {
  const { repositoryId, subject, headSha, baseRef, bench, again } = request;
  const [condition, values] = again === null ? [SERVES, [headSha, baseRef, bench]] : ['again = $3', [again]];
  const rows = await sql(
    `select * from allocgate.runs where repository_id = $1 and subject_key = $2 and ${condition}
    order by state <> 'done' desc, sequence desc limit 1`,
    [repositoryId, subjectKey(subject), ...values],
  );
  return rows[0] ? toRun(rows[0]) : null;
}

async function insertRun(sql: Sql, request: RunRequest): Promise<Run[]> {
  const { repositoryId, subject, headSha, baseRef, bench, again, isFork = false } = request;
  const rows = await sql(
    `insert into allocgate.runs (repository_id, subject, subject_key, head_sha, base_ref, bench, again, is_fork)
    values ($1, $2::text::json, $3, $4, $5, $6, $7, $8) returning *`,
    [repositoryId, JSON.stringify(subject), subjectKey(subject), headSha, baseRef, bench, again, isFork],
  );
  return rows.map(toRun);
}

async function insertRequest(sql: Sql, request: RunRequest): ReturnType<Store['requestRun']> {
  await lockSubject(sql, request.repositoryId, request.subject);
  const same = await findSame(sql, request);
  if (same) return { run: same, isNew: false, superseded: [] };
  const superseded = await supersede(sql, request);
  const [run] = await insertRun(sql, request);
  if (!run) throw new Error('the database inserted a run and did not return it');
  await touchSharedHeads(sql, request.repositoryId, request.subject);
  return { run, isNew: true, superseded };
}

async function enqueueRun(sql: Sql, queue: Queue, id: string): Promise<void> {
  const rows = await sql(`select id from allocgate.runs where id = $1 and state in ('queued', 'running')`, [
    id,
  ]);
  if (rows.length > 0) await queue.enqueueRuns(sql, [id]);
}

const countSchema = z.object({
  state: stateSchema,
  outcome: outcomeSchema.nullable(),
  count: z.coerce.number(),
});

const measuredTextSchema = z.object({ subject: subjectSchema, measured: z.string() });

function toMeasuredText(row: Row): { number: number | null; measured: string } {
  const { subject, measured } = measuredTextSchema.parse(row);
  return { number: subject.kind === 'pull-request' ? subject.number : null, measured };
}

/** Stores runs: requests, replacements and counts. */
export function storeRuns(database: Database, queue: Queue): RunStore {
  const list = async (condition: string, values: unknown[]): Promise<Run[]> =>
    (await database.query(`select * from allocgate.runs where ${condition}`, values)).map(toRun);
  return {
    requestRun: (request) => database.transaction((sql) => insertRequest(sql, request)),
    enqueueRun: (id) => database.transaction((sql) => enqueueRun(sql, queue, id)),
    findRun: async (id) => (await list('id = $1', [id]))[0] ?? null,
    findRunByHead: async (repositoryId, headSha) => {
      const newest = `repository_id = $1 and head_sha = $2 and subject_key not like 'experiments:%'
        order by sequence desc limit 1`;
      return (await list(newest, [repositoryId, headSha]))[0] ?? null;
    },
    findMeasured: async (repositoryId, number) => {
      const newest =
        'repository_id = $1 and subject_key = $2 and bench is null and measured is not null order by sequence desc limit 1';
      const key = subjectKey({ kind: 'pull-request', number });
      return (await list(newest, [repositoryId, key]))[0] ?? null;
    },
    findMeasuredText: async (repositoryId, of) => {
      const [column, value] =
        'sha' in of
          ? ['head_sha', of.sha]
          : ['subject_key', subjectKey({ kind: 'pull-request', number: of.number })];
      const [row] = await database.query(
        `select subject, measured::text as measured from allocgate.runs
        where repository_id = $1 and ${column} = $2 and bench is null and measured is not null
        order by sequence desc limit 1`,
        [repositoryId, value],
      );
      return row ? toMeasuredText(row) : null;
    },
    listGone: async (repositoryId) => {
      const rows = await database.query(
        `select subject, outcome from (
          select distinct on (subject_key) subject, outcome from allocgate.runs
          where repository_id = $1 and bench is null order by subject_key, sequence desc
        ) as newest where outcome in ('gone', 'closed')`,
        [repositoryId],
      );
      return rows.flatMap((row) => {
        const subject = subjectSchema.parse(row['subject']);
        return subject.kind === 'pull-request' ? [subject.number] : [];
      });
    },
    listRuns: (repositoryId, number) =>
      list('repository_id = $1 and subject_key = $2 order by sequence', [
        repositoryId,
        subjectKey({ kind: 'pull-request', number }),
      ]),
    cancelRuns: (repositoryId, subject, outcome, headSha) =>
      database.transaction(async (sql) => {
        await lockSubject(sql, repositoryId, subject);
        const condition = 'head_sha = coalesce($4::text, head_sha)';
        const cancelled = await cancelUnfinished(sql, repositoryId, subject, outcome, condition, [
          headSha ?? null,
        ]);
        await touchSharedHeads(sql, repositoryId, subject);
        return cancelled;
      }),
    countRuns: async () => {
      const rows: Row[] = await database.query(
        'select state, outcome, count(*) as count from allocgate.runs group by state, outcome',
      );
      return rows.map((row) => countSchema.parse(row));
    },
  };
}
