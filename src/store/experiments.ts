import { z } from 'zod';
import { IS_HELD } from './claims.ts';
import type { Database, Sql } from './database.ts';
import type { Queue } from './queue.ts';
import { rewriteNewest } from './rewriting.ts';
import { subjectKey } from './run-rows.ts';
import { lockSubject } from './runs.ts';
import type { Store } from './store.ts';
import type { Claim, Run, RunSubject } from './types.ts';

async function requestExperiments(sql: Sql, queue: Queue, { run, attempt }: Claim): Promise<void> {
  if (run.subject.kind !== 'pull-request') return;
  const subject: RunSubject = { kind: 'experiments', number: run.subject.number, runId: run.id };
  await lockSubject(sql, run.repositoryId, run.subject);
  // The review's ID identifies the request, so a review that is written again does not repeat its experiments.
  const rows = await sql(
    `insert into allocgate.runs (repository_id, subject, subject_key, head_sha, base_ref, again)
    select repository_id, $3::text::json, $4, head_sha, base_ref, id from allocgate.runs where ${IS_HELD}
    on conflict (repository_id, subject_key, again) do nothing returning id`,
    [run.id, attempt, JSON.stringify(subject), subjectKey(subject)],
  );
  await queue.enqueueRuns(
    sql,
    rows.map(({ id }) => z.string().parse(id)),
  );
}

async function saveExperiments(
  sql: Sql,
  queue: Queue,
  { run, attempt }: Claim,
  measured: NonNullable<Run['measured']>,
): Promise<boolean> {
  if (run.subject.kind !== 'experiments') return false;
  const { number, runId } = run.subject;
  const { repositoryId } = run;
  // Cancelling runs takes the locks in the same order, so the two cannot deadlock.
  await lockSubject(sql, repositoryId, { kind: 'pull-request', number });
  const held = await sql(`select id from allocgate.runs where ${IS_HELD} for update`, [run.id, attempt]);
  return (
    held.length > 0 && rewriteNewest(sql, queue, { repositoryId, number }, { result: { runId, measured } })
  );
}

/** Stores the runs of experiments, which test the causes and fixes that reviews found. */
export function storeExperiments(
  database: Database,
  queue: Queue,
): Pick<Store, 'requestExperiments' | 'saveExperiments'> {
  return {
    requestExperiments: (claim) => database.transaction((sql) => requestExperiments(sql, queue, claim)),
    saveExperiments: (claim, measured) =>
      database.transaction((sql) => saveExperiments(sql, queue, claim, measured)),
  };
}
