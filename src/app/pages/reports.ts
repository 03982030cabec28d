import type { Store } from '../../store/store.ts';
import type { StoredRepository } from '../../store/types.ts';
import { readHistoryTask } from './history.ts';
import type { RenderTask } from './renderer.ts';

/** A parsed address: `/OWNER/REPO/pull/N`, `/OWNER/REPO/commit/SHA` or `/OWNER/REPO/history`. */
export type ReportAddress = {
  owner: string;
  name: string;
  subject: { number: number } | { sha: string } | 'history';
};

const ADDRESS =
  /^\/(?<owner>[\w.-]{1,100})\/(?<name>[\w.-]{1,100})\/(?:pull\/(?<number>\d{1,9})|commit\/(?<sha>[0-9a-f]{40,64})|history)$/u;

/** Parses the path of a report or a history; null: it is another one. */
export function readReportAddress(path: string): ReportAddress | null {
  const { owner, name, number, sha } = ADDRESS.exec(path)?.groups ?? {};
  if (owner === undefined || name === undefined) return null;
  if (number !== undefined) return { owner, name, subject: { number: Number(number) } };
  return { owner, name, subject: sha === undefined ? 'history' : { sha } };
}

type Reports = Pick<Store, 'findMeasuredText' | 'listAcceptances' | 'readHistoryTexts' | 'listAcceptancesOf'>;

/**
 * Reads the data for a page: the newest measurement, or the history. Null: there is none, or it was deleted after its
 * retention time.
 */
export async function readReport(
  store: Reports,
  repository: StoredRepository,
  { subject }: ReportAddress,
  gitUrl: string,
): Promise<RenderTask | null> {
  if (subject === 'history') return readHistoryTask(store, repository, gitUrl);
  const found = await store.findMeasuredText(repository.id, subject);
  if (found === null) return null;
  const { number, measured } = found;
  const { owner, name } = repository;
  return {
    measured,
    acceptances: number === null ? [] : await store.listAcceptances(repository.id, number),
    history: `/${owner}/${name}/history`,
  };
}
