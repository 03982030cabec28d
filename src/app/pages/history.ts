import { joinHistory, listSeries, orderCommits } from '../../report/decide/history.ts';
import { renderHistoryPage } from '../../report/html/history.ts';
import type { PageAssets } from '../../report/html/assets.ts';
import { historyRecordSchema } from '../../report/model/history.ts';
import type { Store } from '../../store/store.ts';
import type { StoredRepository } from '../../store/types.ts';

/**
 * The data for the page of a history. `name`: `OWNER/REPO`. `web`: the repository's address on GitHub. `records`: each
 * as JSON, as it is in the database.
 */
export type HistoryTask = {
  name: string;
  web: string;
  records: readonly string[];
  acceptances: Awaited<ReturnType<Store['listAcceptancesOf']>>;
};

/** The maximum number of commits on the page: the newest ones. */
const MAX_COMMITS = 300;

/** Reads the data for the page of a repository's history. */
export async function readHistoryTask(
  store: Pick<Store, 'readHistoryTexts' | 'listAcceptancesOf'>,
  { id, owner, name }: StoredRepository,
  gitUrl: string,
): Promise<HistoryTask> {
  return {
    name: `${owner}/${name}`,
    web: `${gitUrl}/${owner}/${name}`,
    records: await store.readHistoryTexts(id),
    acceptances: await store.listAcceptancesOf(id),
  };
}

/** Renders the page of a history as HTML. Records of another version are skipped. */
export function renderHistoryTask(
  { name, web, records, acceptances }: HistoryTask,
  assets: PageAssets,
): string {
  const known = records.flatMap((text) => {
    const parsed = historyRecordSchema.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  });
  const history = joinHistory(known);
  const commits = orderCommits(history).slice(-MAX_COMMITS);
  return renderHistoryPage(
    {
      name,
      web,
      commits,
      series: listSeries(history, commits),
      acceptances: Map.groupBy(acceptances, (one) => one.number),
    },
    assets,
  );
}
