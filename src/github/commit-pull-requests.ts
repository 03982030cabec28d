import { orNull, type PullRequestFacts, toFacts } from './pull-requests.ts';
import type { GitHub, RepositoryName } from './types.ts';

const PER_PAGE = 100;

/**
 * The pull request that brought a commit to a branch, however it was merged; null: the commit was pushed, or GitHub does
 * not know it.
 */
export async function findMergedPullRequest(
  github: GitHub,
  { owner, repo }: RepositoryName,
  commit: { sha: string; branch: string },
): Promise<number | null> {
  const query = { owner, repo, commit_sha: commit.sha, per_page: PER_PAGE };
  const answer = await orNull(github.rest.repos.listPullRequestsAssociatedWithCommit(query));
  // A commit can have come by a pull request to another branch, which this branch got by another one.
  const merged = (answer?.data ?? []).filter(
    ({ merged_at: mergedAt, base }) => mergedAt !== null && base.ref === commit.branch,
  );
  return (merged.find((pull) => pull.merge_commit_sha === commit.sha) ?? merged[0])?.number ?? null;
}

/**
 * The merged pull requests of a repository that brought any of the commits. It costs a request for each commit.
 * `id`: the repository's; GitHub can also name pull requests of its forks.
 */
export async function listMergedPullRequests(
  github: GitHub,
  { owner, repo, id }: RepositoryName & { id: number },
  commits: readonly string[],
): Promise<PullRequestFacts[]> {
  const merged = new Map<number, PullRequestFacts>();
  for (const sha of commits) {
    const query = { owner, repo, commit_sha: sha, per_page: PER_PAGE };
    const answer = await orNull(github.rest.repos.listPullRequestsAssociatedWithCommit(query));
    for (const pull of (answer?.data ?? []).map(toFacts)) {
      if (pull.isMerged && pull.repositoryId === id) merged.set(pull.number, pull);
    }
  }
  return [...merged.values()];
}
