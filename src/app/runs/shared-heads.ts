import type { Run, Store } from '../../store/types.ts';

/** null: the run is not of a pull request. */
export const numberOf = ({ subject }: Run): number | null =>
  subject.kind === 'pull-request' ? subject.number : null;

/** Whether other pull requests have the run's head, too: their one check is written by `settleSharedHeads`. */
export async function isHeadShared(store: Pick<Store, 'listHeadRuns'>, run: Run): Promise<boolean> {
  if (run.subject.kind !== 'pull-request' || run.bench !== null) return false;
  const runs = await store.listHeadRuns(run.repositoryId, run.headSha);
  return runs.some((one) => numberOf(one) !== numberOf(run));
}
