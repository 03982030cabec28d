import { planReview } from '../../report/data/report.ts';
import type { PageAssets } from '../../report/html/assets.ts';
import { renderHtml } from '../../report/html/page.ts';
import type { Run, Store, StoredRepository } from '../../store/types.ts';

/** What an address names: `/OWNER/REPO/pull/N` or `/OWNER/REPO/commit/SHA`. */
export type ReportAddress = { owner: string; name: string; subject: { number: number } | { sha: string } };

const pattern =
  /^\/(?<owner>[\w.-]{1,100})\/(?<name>[\w.-]{1,100})\/(?:pull\/(?<number>\d{1,9})|commit\/(?<sha>[0-9a-f]{40,64}))$/u;

/** null: the path is no report's. */
export function readReportAddress(path: string): ReportAddress | null {
  const { owner, name, number, sha } = pattern.exec(path)?.groups ?? {};
  if (owner === undefined || name === undefined) return null;
  return { owner, name, subject: sha === undefined ? { number: Number(number) } : { sha } };
}

type Reports = Pick<Store, 'findMeasured' | 'findMeasuredCommit' | 'listAcceptances'>;

const numberOf = ({ subject }: Run): number | null =>
  subject.kind === 'pull-request' ? subject.number : null;

/** The page of what was measured last; null: nothing was, or it is older than what is kept. */
export async function renderReport(
  store: Reports,
  repository: StoredRepository,
  { subject }: ReportAddress,
  readAssets: () => PageAssets,
): Promise<string | null> {
  const run =
    'number' in subject
      ? await store.findMeasured(repository.id, subject.number)
      : await store.findMeasuredCommit(repository.id, subject.sha);
  if (!run?.measured) return null;
  const number = numberOf(run);
  const acceptances = number === null ? [] : await store.listAcceptances(repository.id, number);
  const { review, config } = run.measured;
  return renderHtml(planReview(review, config, acceptances).report, readAssets());
}
