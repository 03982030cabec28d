import type { Store } from '../../store/store.ts';
import type { Run } from '../../store/types.ts';

/** The number of the run's pull request; null: it has none. */
export const numberOf = ({ subject }: Run): number | null =>
  subject.kind === 'pull-request' ? subject.number : null;

/**
 * Whether other pull requests, or a merge group, have the same head as the run of a pull request. `settleSharedHeads` then
 * writes the check.
 */
export async function isHeadShared(store: Pick<Store, 'listHeadRuns'>, run: Run): Promise<boolean> {
  if (run.subject.kind !== 'pull-request' || run.bench !== null) return false;
  const runs = await store.listHeadRuns(run.repositoryId, run.headSha);
  return runs.some((one) => numberOf(one) !== numberOf(run));
}
