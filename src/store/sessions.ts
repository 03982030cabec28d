import { z } from 'zod';
import type { Database } from './database.ts';
import type { Store } from './store.ts';

type SessionStore = Pick<Store, 'saveSession' | 'findSession' | 'removeSession'>;

const rowSchema = z.object({ user_id: z.coerce.number(), login: z.string() });

/** Stores the sessions of people who signed in to the pages. */
export function storeSessions(database: Database): SessionStore {
  return {
    saveSession: async (key, { userId, login }, forMs) => {
      await database.query(
        `insert into allocgate.sessions (key, user_id, login, expires_at)
        values ($1, $2, $3, clock_timestamp() + $4::double precision * interval '1 millisecond')`,
        [key, userId, login, forMs],
      );
    },
    findSession: async (key) => {
      const rows = await database.query(
        'select user_id, login from allocgate.sessions where key = $1 and expires_at > clock_timestamp()',
        [key],
      );
      if (!rows[0]) return null;
      const { user_id: userId, login } = rowSchema.parse(rows[0]);
      return { userId, login };
    },
    removeSession: async (key) => {
      await database.query('delete from allocgate.sessions where key = $1', [key]);
    },
  };
}
