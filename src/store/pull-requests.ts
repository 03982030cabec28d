import { z } from 'zod';
import type { Database, Row } from './database.ts';
import type { Store } from './store.ts';
import type { Answer, StoredAcceptance } from './types.ts';

type PullRequestStore = Pick<
  Store,
  | 'approveHead'
  | 'isApproved'
  | 'listAcceptances'
  | 'listAcceptancesOf'
  | 'beginCommand'
  | 'finishCommand'
  | 'countCommands'
  | 'findPause'
  | 'savePause'
>;

/** An acceptance as stored in its row. */
export const storedAcceptance = z.object({
  subject: z.object({ kind: z.enum(['finding', 'benchmark']), id: z.string() }),
  amounts: z.record(z.string(), z.object({ allocs: z.number(), bytes: z.number() })),
  reason: z.string(),
  by: z.string(),
  on: z.number().optional(),
  at: z.string(),
});

const acceptanceSchema = z.object({ id: z.coerce.number(), acceptance: storedAcceptance });

function toAcceptance(row: Row): StoredAcceptance {
  const { id, acceptance } = acceptanceSchema.parse(row);
  return { id, ...acceptance };
}

export const answerSchema = z.object({
  reaction: z.enum(['+1', '-1', 'confused']),
  body: z.string().nullable(),
}) satisfies z.ZodType<Answer>;

async function beginCommand(
  database: Database,
  key: string,
  login: string,
): Promise<{ answer: Answer | null } | null> {
  // A command that was begun but not finished was interrupted: it is carried out again, and counts once.
  const rows = await database.query(
    `insert into allocgate.commands (key, login) values ($1, lower($2::text))
    on conflict (key) do update set login = excluded.login where commands.finished_at is null
    returning answer`,
    [key, login],
  );
  return rows[0] ? { answer: answerSchema.nullable().parse(rows[0]['answer']) } : null;
}

async function countCommands(database: Database, key: string): Promise<number> {
  const rows = await database.query(
    `select count(*) as count from allocgate.commands as this join allocgate.commands as one using (login)
    where this.key = $1 and one.begun_at > this.begun_at - interval '1 hour'
      and (one.begun_at, one.key) <= (this.begun_at, this.key)`,
    [key],
  );
  return Number(rows[0]?.['count']);
}

async function findPause(database: Database, installationId: number): Promise<Date | null> {
  const rows = await database.query(
    'select until from allocgate.pauses where installation_id = $1 and until > clock_timestamp()',
    [installationId],
  );
  return rows[0] ? z.date().parse(rows[0]['until']) : null;
}

async function savePause(database: Database, installationId: number, until: Date): Promise<void> {
  // Several requests may be told to wait at once; the longest wait satisfies all.
  await database.query(
    `insert into allocgate.pauses (installation_id, until) values ($1, $2)
    on conflict (installation_id) do update set until = greatest(pauses.until, excluded.until)`,
    [installationId, until],
  );
}

/** Stores commands on pull requests, and pauses that GitHub demands. */
export function storePullRequests(database: Database): PullRequestStore {
  return {
    approveHead: async (repositoryId, number, headSha, by) => {
      await database.query(
        `insert into allocgate.approvals (repository_id, number, head_sha, approved_by) values ($1, $2, $3, $4)
        on conflict do nothing`,
        [repositoryId, number, headSha, by],
      );
    },
    isApproved: async (repositoryId, number, headSha) => {
      const rows = await database.query(
        'select 1 from allocgate.approvals where repository_id = $1 and number = $2 and head_sha = $3',
        [repositoryId, number, headSha],
      );
      return rows.length > 0;
    },
    listAcceptances: async (repositoryId, number) => {
      const rows = await database.query(
        `select id, acceptance from allocgate.acceptances where repository_id = $1 and number = $2 order by id`,
        [repositoryId, number],
      );
      return rows.map(toAcceptance);
    },
    listAcceptancesOf: async (repositoryId) => {
      const rows = await database.query(
        'select id, number, acceptance from allocgate.acceptances where repository_id = $1 order by id',
        [repositoryId],
      );
      return rows.map((row) => ({ ...toAcceptance(row), number: z.number().parse(row['number']) }));
    },
    beginCommand: (key, login) => beginCommand(database, key, login),
    finishCommand: async (key) => {
      await database.query(
        'update allocgate.commands set finished_at = clock_timestamp() where key = $1 and finished_at is null',
        [key],
      );
    },
    countCommands: (key) => countCommands(database, key),
    findPause: (installationId) => findPause(database, installationId),
    savePause: (installationId, until) => savePause(database, installationId, until),
  };
}
