import type { Database, Sql } from './database.ts';
import type { Queue } from './queue.ts';
import { toRun } from './run-rows.ts';
import { touchSharedHeads } from './shared-heads.ts';
import type { Store } from './store.ts';
import type { Claim, RunOutcome, RunState } from './types.ts';

type ClaimStore = Pick<
  Store,
  | 'claimRun'
  | 'extendClaim'
  | 'releaseClaim'
  | 'retryClaim'
  | 'saveMeasured'
  | 'finishRun'
  | 'beginWrite'
  | 'finishWrite'
>;

/**
 * Whether a claim is still held. Its number is unique, and the database's clock decides: $1 is the run, $2 the number.
 */
export const IS_HELD = `id = $1 and attempt = $2 and state = 'running' and lease_until > clock_timestamp()`;

const leaseOf = (parameter: string): string =>
  `clock_timestamp() + ${parameter}::double precision * interval '1 millisecond'`;

async function claimRun(
  database: Database,
  id: string,
  owner: string,
  leaseMs: number,
): Promise<Claim | null> {
  const rows = await database.query(
    `update allocgate.runs set state = 'running', attempt = attempt + 1,
      crashes = crashes + case when state = 'running' then 1 else 0 end,
      lease_owner = $2, lease_until = ${leaseOf('$3')}, started_at = coalesce(started_at, clock_timestamp())
    where id = $1 and (state = 'queued' or (state = 'running' and lease_until <= clock_timestamp()))
    returning *`,
    [id, owner, leaseMs],
  );
  if (!rows[0]) return null;
  const run = toRun(rows[0]);
  return { run, attempt: run.attempt };
}

/** Sets columns of a run if the claim still holds it; otherwise returns false. `values` are $3 and following. */
async function updateHeld(
  database: Database,
  claim: Claim,
  changes: string,
  values: unknown[],
): Promise<boolean> {
  const rows = await database.query(`update allocgate.runs set ${changes} where ${IS_HELD} returning id`, [
    claim.run.id,
    claim.attempt,
    ...values,
  ]);
  return rows.length > 0;
}

/**
 * The final state of a run. A run whose result is no longer needed is cancelled, so that the same head can be requested
 * again.
 */
function endState(outcome: RunOutcome): RunState {
  return ['superseded', 'cancelled', 'closed', 'gone'].includes(outcome) ? 'cancelled' : 'done';
}

async function finishRun(sql: Sql, queue: Queue, claim: Claim, outcome: RunOutcome): Promise<boolean> {
  // A regression was accepted in the meantime.
  const again = `rewrite_wanted and measured is not null and $3::text = 'done'`;
  const rows = await sql(
    `update allocgate.runs set rewrite_wanted = false, retries = 0, lease_owner = null, lease_until = null,
      state = case when ${again} then 'queued' else $3::text end,
      outcome = case when ${again} then null else $4::text end,
      finished_at = case when ${again} then null else clock_timestamp() end
    where ${IS_HELD} returning id, state`,
    [claim.run.id, claim.attempt, endState(outcome), outcome],
  );
  await touchSharedHeads(sql, claim.run.repositoryId, claim.run.subject);
  if (rows[0]?.['state'] === 'queued') await queue.enqueueRuns(sql, [claim.run.id]);
  return rows.length > 0;
}

async function releaseClaim(
  database: Database,
  queue: Queue,
  { run, attempt }: Claim,
  at: Date | null,
  retries: 0 | 1 = 0,
): Promise<void> {
  await database.transaction(async (sql) => {
    // Works even after the lease has expired, unless another process claimed the run: this process is alive.
    const rows = await sql(
      `update allocgate.runs set state = 'queued', lease_owner = null, lease_until = null,
        retries = retries + $3
      where id = $1 and attempt = $2 and state = 'running' returning id`,
      [run.id, attempt, retries],
    );
    if (rows.length > 0) await queue.enqueueRuns(sql, [run.id], at);
  });
}

async function beginWrite(database: Database, { run, attempt }: Claim, key: string): Promise<boolean> {
  const rows = await database.query(
    `insert into allocgate.writes (run_id, key, attempt, sent_at)
    select id, $3, attempt, clock_timestamp() from allocgate.runs where ${IS_HELD} for share
    on conflict (run_id, key) do update
      set attempt = excluded.attempt, sent_at = excluded.sent_at, answered_at = null, github_id = null
    returning run_id`,
    [run.id, attempt, key],
  );
  return rows.length > 0;
}

/** Stores workers' claims on runs, and the changes that a claim allows. */
export function storeClaims(database: Database, queue: Queue): ClaimStore {
  return {
    claimRun: (id, owner, leaseMs) => claimRun(database, id, owner, leaseMs),
    extendClaim: (claim, leaseMs) => updateHeld(database, claim, `lease_until = ${leaseOf('$3')}`, [leaseMs]),
    releaseClaim: (claim, at) => releaseClaim(database, queue, claim, at),
    retryClaim: (claim, at) => releaseClaim(database, queue, claim, at, 1),
    saveMeasured: (claim, measured) =>
      updateHeld(database, claim, 'measured = $3::text::json, retries = 0', [JSON.stringify(measured)]),
    finishRun: (claim, outcome) => database.transaction((sql) => finishRun(sql, queue, claim, outcome)),
    beginWrite: (claim, key) => beginWrite(database, claim, key),
    finishWrite: async ({ run, attempt }, key, githubId) => {
      await database.query(
        `update allocgate.writes set answered_at = clock_timestamp(), github_id = $4
        where run_id = $1 and key = $2 and attempt = $3`,
        [run.id, key, attempt, githubId],
      );
    },
  };
}
