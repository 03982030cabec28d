import { z } from 'zod';
import type { Acceptance } from '../report/model/pull-request.ts';
import type { Database, Sql } from './database.ts';
import { answerSchema, storedAcceptance } from './pull-requests.ts';
import type { Queue } from './queue.ts';
import { rewriteNewest } from './rewriting.ts';
import type { Store } from './store.ts';
import type { Answer, ConsentChange, InheritableAcceptances } from './types.ts';

type PullRequestKey = Pick<ConsentChange, 'repositoryId' | 'number'>;

async function addAcceptance(
  sql: Sql,
  { repositoryId, number }: PullRequestKey,
  acceptance: Acceptance,
): Promise<void> {
  await sql(
    `insert into allocgate.acceptances (repository_id, number, subject_id, acceptance)
    values ($1, $2, $3, $4::text::json)`,
    [repositoryId, number, acceptance.subject.id, JSON.stringify(acceptance)],
  );
}

async function change(sql: Sql, queue: Queue, consent: ConsentChange): Promise<void> {
  const { repositoryId, number, accepted, withdrawn } = consent;
  for (const acceptance of accepted) await addAcceptance(sql, consent, acceptance);
  await sql(
    'delete from allocgate.acceptances where repository_id = $1 and number = $2 and subject_id = any($3)',
    [repositoryId, number, withdrawn],
  );
  await rewriteNewest(sql, queue, consent);
}

async function saveAnswer(
  sql: Sql,
  queue: Queue,
  key: string,
  answer: Answer,
  consent: ConsentChange | null,
): Promise<Answer> {
  const [known] = await sql('select answer from allocgate.commands where key = $1 for update', [key]);
  const earlier = answerSchema.nullable().parse(known?.['answer'] ?? null);
  if (earlier !== null) return earlier;
  await sql('update allocgate.commands set answer = $2::text::json where key = $1', [
    key,
    JSON.stringify(answer),
  ]);
  if (consent !== null) await change(sql, queue, consent);
  return answer;
}

const MAX_PARENTS = 20;

const inheritableSchema = z.object({
  number: z.coerce.number(),
  heads: z.array(z.string()).nullable(),
  acceptances: z.array(storedAcceptance),
});

async function listInheritable(
  database: Database,
  { repositoryId, number }: PullRequestKey,
  subjects: readonly string[],
): Promise<InheritableAcceptances[]> {
  const rows = await database.query(
    `select number, json_agg(acceptance order by id) as acceptances,
      (select array_agg(distinct head_sha) from allocgate.runs
        where repository_id = $1 and subject_key = 'pull-request:' || accepted.number) as heads
    from allocgate.acceptances as accepted
    where repository_id = $1 and number <> $2
      and number in (select number from allocgate.acceptances where repository_id = $1 and subject_id = any($3))
      and not exists (
        select from allocgate.inherited
        where inherited.repository_id = $1 and inherited.number = $2 and inherited.parent = accepted.number
      )
    group by number order by number desc limit ${MAX_PARENTS}`,
    [repositoryId, number, subjects],
  );
  return rows.map((row) => {
    const { heads, ...read } = inheritableSchema.parse(row);
    return { ...read, heads: heads ?? [] };
  });
}

async function inherit(
  sql: Sql,
  key: PullRequestKey,
  parent: number,
  acceptances: readonly Acceptance[],
): Promise<void> {
  const rows = await sql(
    `insert into allocgate.inherited (repository_id, number, parent) values ($1, $2, $3)
    on conflict do nothing returning parent`,
    [key.repositoryId, key.number, parent],
  );
  if (rows.length === 0) return;
  for (const acceptance of acceptances) await addAcceptance(sql, key, acceptance);
}

type ConsentStore = Pick<Store, 'saveAnswer' | 'listInheritable' | 'inheritAcceptances' | 'rewriteRed'>;

/** Stores the decision of a command in one transaction, and copies acceptances from one pull request to another. */
export function storeConsent(database: Database, queue: Queue): ConsentStore {
  return {
    listInheritable: (repositoryId, number, subjects) =>
      listInheritable(database, { repositoryId, number }, subjects),
    inheritAcceptances: (repositoryId, number, parent, acceptances) =>
      database.transaction((sql) => inherit(sql, { repositoryId, number }, parent, acceptances)),
    rewriteRed: async (repositoryId, numbers) => {
      const isRed = `measured is not null and (state = 'running' or outcome = 'fail')`;
      for (const number of numbers) {
        await database.transaction((sql) =>
          rewriteNewest(sql, queue, { repositoryId, number }, { condition: isRed }),
        );
      }
    },
    saveAnswer: (key, answer, consent) =>
      database.transaction((sql) => saveAnswer(sql, queue, key, answer, consent)),
  };
}
