import { databaseErrors } from '../report/words/server.ts';
import type { Database, Sql } from './database.ts';

/**
 * The migrations in order. A released one never changes. Each runs once, in the transaction that records its number.
 *
 * Intents and measurements are `json` and not `jsonb`: it keeps every text as it was, also U+0000 and halves of
 * surrogate pairs, which `jsonb` refuses. IDs of runs are text, because they come back from GitHub as any text.
 */
const migrations: readonly (readonly string[])[] = [
  [
    `create table allocgate.repositories (
      id bigint primary key,
      installation_id bigint not null,
      owner text not null,
      name text not null,
      default_branch text not null,
      caught_up_at timestamptz not null default clock_timestamp()
    )`,
    `create index on allocgate.repositories (installation_id)`,
    `create table allocgate.deliveries (
      id text primary key,
      event text not null,
      intent json,
      received_at timestamptz not null default clock_timestamp(),
      due_at timestamptz not null default clock_timestamp(),
      attempt integer not null default 0,
      finished_at timestamptz
    )`,
    `create index on allocgate.deliveries (received_at)`,
    `create index on allocgate.deliveries (received_at) where finished_at is null`,
    // One row at most.
    `create table allocgate.deliveries_seen (
      id boolean primary key default true check (id),
      until timestamptz not null
    )`,
    `create table allocgate.runs (
      id text primary key default gen_random_uuid(),
      sequence bigint not null generated always as identity,
      repository_id bigint not null,
      subject json not null,
      subject_key text not null,
      head_sha text not null,
      base_ref text,
      bench text,
      again text,
      state text not null default 'queued' check (state in ('queued', 'running', 'done', 'cancelled')),
      attempt integer not null default 0,
      crashes integer not null default 0,
      retries integer not null default 0,
      lease_owner text,
      lease_until timestamptz,
      check_reserved_at timestamptz,
      check_run_id bigint,
      check_ended_at timestamptz,
      measured json,
      rewrite_wanted boolean not null default false,
      outcome text,
      created_at timestamptz not null default clock_timestamp(),
      started_at timestamptz,
      finished_at timestamptz
    )`,
    `create index on allocgate.runs (repository_id, subject_key, sequence)`,
    `create unique index on allocgate.runs (repository_id, subject_key, again)`,
    `create index on allocgate.runs (repository_id, head_sha, sequence)`,
    `create index on allocgate.runs (sequence) where state in ('queued', 'running')`,
    `create index on allocgate.runs (finished_at) where state = 'cancelled' and check_ended_at is null`,
    `create index on allocgate.runs (finished_at)`,
    `create table allocgate.writes (
      run_id text not null references allocgate.runs (id),
      key text not null,
      attempt integer not null,
      sent_at timestamptz not null,
      answered_at timestamptz,
      github_id bigint,
      primary key (run_id, key)
    )`,
    `create table allocgate.approvals (
      repository_id bigint not null,
      number integer not null,
      head_sha text not null,
      approved_by text not null,
      approved_at timestamptz not null default clock_timestamp(),
      primary key (repository_id, number, head_sha)
    )`,
    `create table allocgate.acceptances (
      id bigint primary key generated always as identity,
      repository_id bigint not null,
      number integer not null,
      subject_id text not null,
      acceptance json not null
    )`,
    `create index on allocgate.acceptances (repository_id, number)`,
    `create table allocgate.commands (
      key text primary key,
      login text not null,
      begun_at timestamptz not null default clock_timestamp(),
      answer json,
      finished_at timestamptz
    )`,
    `create index on allocgate.commands (login, begun_at)`,
    `create table allocgate.pauses (
      installation_id bigint primary key,
      until timestamptz not null
    )`,
  ],
  [
    // `settled`: the generation whose check was written.
    `create table allocgate.shared_heads (
      repository_id bigint not null,
      head_sha text not null,
      generation bigint not null default 1,
      settled bigint not null default 0,
      changed_at timestamptz not null default clock_timestamp(),
      primary key (repository_id, head_sha)
    )`,
    `create index on allocgate.shared_heads (changed_at) where settled < generation`,
    // The content of the check of a run without a result.
    `alter table allocgate.runs add column told json`,
    // GitHub's signature, which does not cover the ID of a delivery.
    `alter table allocgate.deliveries add column signature text`,
    `create unique index on allocgate.deliveries (signature)`,
  ],
  [
    // `key`: the hash of the cookie.
    `create table allocgate.sessions (
      key text primary key,
      user_id bigint not null,
      login text not null,
      expires_at timestamptz not null
    )`,
  ],
  [
    // The acceptances of pull request `parent` were copied to `number`.
    `create table allocgate.inherited (
      repository_id bigint not null,
      number integer not null,
      parent integer not null,
      primary key (repository_id, number, parent)
    )`,
    `create index on allocgate.acceptances (repository_id, subject_id)`,
  ],
  [
    // Records as `historyRecordSchema` has them, in the order in which they were found out.
    `create table allocgate.history (
      sequence bigint primary key generated always as identity,
      repository_id bigint not null,
      record json not null,
      recorded_at timestamptz not null default clock_timestamp()
    )`,
    `create index on allocgate.history (repository_id, sequence)`,
    `create index on allocgate.history (recorded_at)`,
  ],
  [`alter table allocgate.runs add column is_fork boolean not null default false`],
];

async function readVersion(sql: Sql): Promise<number> {
  const rows = await sql('select coalesce(max(version), 0) as version from allocgate.migrations');
  return Number(rows[0]?.['version']);
}

/**
 * Migrates the tables. Several processes can do it at once: they wait for each other. Throws if a newer version of the
 * program has migrated them.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql(`select pg_advisory_xact_lock(hashtextextended('allocgate:migrations', 0))`);
    await sql('create schema if not exists allocgate');
    await sql(`create table if not exists allocgate.migrations (
      version integer primary key,
      applied_at timestamptz not null default clock_timestamp()
    )`);
    const version = await readVersion(sql);
    if (version > migrations.length) {
      throw new Error(databaseErrors.newer(version, migrations.length));
    }
    for (const [index, statements] of migrations.entries()) {
      if (index < version) continue;
      for (const statement of statements) await sql(statement);
      await sql('insert into allocgate.migrations (version) values ($1)', [index + 1]);
    }
  });
}
