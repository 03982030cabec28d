import type { PullRequestFacts } from '../../github/pull-requests.ts';
import type { Work } from '../types.ts';
import { readPolicy } from './policy.ts';

/**
 * Why the code of a pull request's head may not run: `never`, because the config forbids it for forks, or `waiting` for
 * the approval of somebody with write access; null: it may run. Write access of the pull request's author is not enough,
 * because others can push to the same branch of a fork. Heads that such an author pushed are approved when their
 * deliveries are processed.
 */
export async function findForkRefusal(
  { store, github, repository, run }: Pick<Work, 'store' | 'github' | 'repository' | 'run'>,
  facts: PullRequestFacts,
): Promise<'never' | 'waiting' | null> {
  if (!facts.isFork) return null;
  const { forks } = await readPolicy(github, repository, facts.base.sha);
  if (forks === 'never') return 'never';
  return (await store.isApproved(repository.id, facts.number, run.headSha)) ? null : 'waiting';
}
