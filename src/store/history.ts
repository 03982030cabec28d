import { z } from 'zod';
import { historyRecordSchema } from '../report/model/history.ts';
import type { Database } from './database.ts';
import { IS_HELD } from './claims.ts';
import type { Store } from './store.ts';

type HistoryTable = Pick<Store, 'readHistory' | 'readHistoryTexts' | 'addHistory'>;

const rowSchema = z.object({ record: z.string() });

/** Stores what the default branch's benchmarks allocate, commit by commit. */
export function storeHistory(database: Database): HistoryTable {
  const readTexts = async (repositoryId: number): Promise<string[]> => {
    const rows = await database.query(
      'select record::text as record from allocgate.history where repository_id = $1 order by sequence',
      [repositoryId],
    );
    return rows.map((row) => rowSchema.parse(row).record);
  };
  return {
    readHistoryTexts: readTexts,
    readHistory: async (repositoryId) =>
      // Skips records that a later version wrote in a form that this one cannot read.
      (await readTexts(repositoryId)).flatMap((text) => {
        const parsed = historyRecordSchema.safeParse(JSON.parse(text));
        return parsed.success ? [parsed.data] : [];
      }),
    addHistory: async ({ run, attempt }, record) => {
      const rows = await database.query(
        `insert into allocgate.history (repository_id, record)
        select repository_id, $3::text::json from allocgate.runs where ${IS_HELD} for share
        returning sequence`,
        [run.id, attempt, JSON.stringify(record)],
      );
      return rows.length > 0;
    },
  };
}
