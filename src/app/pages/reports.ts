import type { Store, StoredRepository } from '../../store/types.ts';
import type { RenderTask } from './renderer.ts';

/** The subject of an address: `/OWNER/REPO/pull/N` or `/OWNER/REPO/commit/SHA`. */
export type ReportAddress = { owner: string; name: string; subject: { number: number } | { sha: string } };

const pattern =
  /^\/(?<owner>[\w.-]{1,100})\/(?<name>[\w.-]{1,100})\/(?:pull\/(?<number>\d{1,9})|commit\/(?<sha>[0-9a-f]{40,64}))$/u;

/** null: the path is not the address of a report. */
export function readReportAddress(path: string): ReportAddress | null {
  const { owner, name, number, sha } = pattern.exec(path)?.groups ?? {};
  if (owner === undefined || name === undefined) return null;
  return { owner, name, subject: sha === undefined ? { number: Number(number) } : { sha } };
}

type Reports = Pick<Store, 'findMeasuredText' | 'listAcceptances'>;

/** Reads the newest measurement, to be rendered; null: there is none, or it was deleted after its retention time. */
export async function readReport(
  store: Reports,
  repository: StoredRepository,
  { subject }: ReportAddress,
): Promise<RenderTask | null> {
  const found = await store.findMeasuredText(repository.id, subject);
  if (found === null) return null;
  const { number, measured } = found;
  return { measured, acceptances: number === null ? [] : await store.listAcceptances(repository.id, number) };
}
