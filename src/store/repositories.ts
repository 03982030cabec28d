import { z } from 'zod';
import type { Database, Row, Sql } from './database.ts';
import type { Store } from './store.ts';
import type { StoredRepository } from './types.ts';

type RepositoryStore = Pick<
  Store,
  | 'saveRepositories'
  | 'findRepository'
  | 'findRepositoryByName'
  | 'listRepositories'
  | 'markCaughtUp'
  | 'removeRepositories'
  | 'removeInstallation'
>;

const rowSchema = z.object({
  id: z.coerce.number(),
  installation_id: z.coerce.number(),
  owner: z.string(),
  name: z.string(),
  default_branch: z.string(),
});

function toRepository(row: Row): StoredRepository {
  const { id, installation_id, owner, name, default_branch } = rowSchema.parse(row);
  return { id, installationId: installation_id, owner, name, defaultBranch: default_branch };
}

function toWatched(row: Row): StoredRepository & { caughtUpAt: Date } {
  return { ...toRepository(row), caughtUpAt: z.date().parse(row['caught_up_at']) };
}

async function saveRepositories(
  database: Database,
  repositories: readonly StoredRepository[],
): Promise<void> {
  // One row per repository, because a statement may not touch a row twice. Sorted, so that two processes cannot
  // deadlock.
  const byId = new Map(repositories.map((one) => [one.id, one]));
  const sorted = [...byId.values()].sort((a, b) => a.id - b.id);
  if (sorted.length === 0) return;
  await database.query(
    `insert into allocgate.repositories (id, installation_id, owner, name, default_branch)
    select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[])
    on conflict (id) do update set installation_id = excluded.installation_id, owner = excluded.owner,
      name = excluded.name, default_branch = excluded.default_branch`,
    [
      sorted.map(({ id }) => id),
      sorted.map(({ installationId }) => installationId),
      sorted.map(({ owner }) => owner),
      sorted.map(({ name }) => name),
      sorted.map(({ defaultBranch }) => defaultBranch),
    ],
  );
}

async function removeRepositories(sql: Sql, ids: readonly number[]): Promise<void> {
  await sql('delete from allocgate.repositories where id = any($1::bigint[])', [ids]);
  await sql('delete from allocgate.history where repository_id = any($1::bigint[])', [ids]);
  await sql(
    'update allocgate.runs set measured = null, told = null where repository_id = any($1::bigint[])',
    [ids],
  );
  await sql(
    `update allocgate.runs set state = 'cancelled', outcome = 'gone', finished_at = clock_timestamp(),
      lease_owner = null, lease_until = null
    where repository_id = any($1::bigint[]) and state in ('queued', 'running')`,
    [ids],
  );
}

/**
 * `ids` null: all repositories of the installation. A transferred repository belongs to another installation, so it
 * stays.
 */
async function removeOwn(sql: Sql, installationId: number, ids: readonly number[] | null): Promise<void> {
  const rows = await sql(
    `select id from allocgate.repositories
    where installation_id = $1 and ($2::bigint[] is null or id = any($2::bigint[]))`,
    [installationId, ids],
  );
  await removeRepositories(
    sql,
    rows.map((row) => Number(row['id'])),
  );
}

async function removeInstallation(sql: Sql, installationId: number): Promise<void> {
  await removeOwn(sql, installationId, null);
  await sql('delete from allocgate.pauses where installation_id = $1', [installationId]);
}

/** Stores the repositories on which the App is installed. */
export function storeRepositories(database: Database): RepositoryStore {
  return {
    saveRepositories: (repositories) => saveRepositories(database, repositories),
    findRepository: async (id) => {
      const rows = await database.query('select * from allocgate.repositories where id = $1', [id]);
      return rows[0] ? toRepository(rows[0]) : null;
    },
    findRepositoryByName: async (owner, name) => {
      const rows = await database.query(
        'select * from allocgate.repositories where lower(owner) = lower($1) and lower(name) = lower($2)',
        [owner, name],
      );
      return rows[0] ? toRepository(rows[0]) : null;
    },
    listRepositories: async () =>
      (await database.query('select * from allocgate.repositories order by id')).map(toWatched),
    markCaughtUp: async (id, at) => {
      await database.query('update allocgate.repositories set caught_up_at = $2 where id = $1', [id, at]);
    },
    removeRepositories: (installationId, ids) =>
      database.transaction((sql) => removeOwn(sql, installationId, ids)),
    removeInstallation: (id) => database.transaction((sql) => removeInstallation(sql, id)),
  };
}
