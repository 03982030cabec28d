import { z } from 'zod';
import type { Database } from './database.ts';
import { toRun } from './run-rows.ts';
import type { Store } from './store.ts';

type CheckStore = Pick<
  Store,
  | 'reserveCheck'
  | 'findCheckReservation'
  | 'releaseCheck'
  | 'saveCheckRun'
  | 'listOpenChecks'
  | 'markCheckEnded'
  | 'reopenGoneChecks'
>;

/** Cancelled runs whose checks may still be completed. After a week, checks stay as they are. */
const IS_RECENT = `state = 'cancelled' and finished_at > clock_timestamp() - interval '7 days'`;

/** Stores the data about the check runs of our runs on GitHub. */
export function storeChecks(database: Database): CheckStore {
  return {
    reserveCheck: async (runId) => {
      const rows = await database.query(
        `update allocgate.runs set check_reserved_at = clock_timestamp()
        where id = $1 and check_reserved_at is null and state in ('queued', 'running') returning id`,
        [runId],
      );
      return rows.length > 0;
    },
    findCheckReservation: async (runId, forMs) => {
      const rows = await database.query(
        `select until from (
          select check_reserved_at + $2::double precision * interval '1 millisecond' as until
          from allocgate.runs where id = $1 and check_run_id is null
        ) as reservation where until > clock_timestamp()`,
        [runId, forMs],
      );
      return rows[0] ? z.date().parse(rows[0]['until']) : null;
    },
    releaseCheck: async (runId) => {
      await database.query(
        'update allocgate.runs set check_reserved_at = null where id = $1 and check_run_id is null',
        [runId],
      );
    },
    saveCheckRun: async (runId, checkRunId) => {
      await database.query('update allocgate.runs set check_run_id = $2 where id = $1', [runId, checkRunId]);
    },
    listOpenChecks: async () => {
      const rows = await database.query(
        `select * from allocgate.runs where ${IS_RECENT} and check_ended_at is null order by finished_at`,
      );
      return rows.map(toRun);
    },
    markCheckEnded: async (runId) => {
      await database.query('update allocgate.runs set check_ended_at = clock_timestamp() where id = $1', [
        runId,
      ]);
    },
    reopenGoneChecks: async (repositoryId) => {
      const rows = await database.query(
        `update allocgate.runs set check_ended_at = null
        where repository_id = $1 and outcome = 'gone' and ${IS_RECENT} returning *`,
        [repositoryId],
      );
      return rows.map(toRun);
    },
  };
}
