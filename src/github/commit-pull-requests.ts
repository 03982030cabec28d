import { orNull, type PullRequestFacts, toFacts } from './pull-requests.ts';
import type { GitHub, RepositoryName } from './types.ts';

const PER_PAGE = 100;

/** The pull requests of any state that contain a commit or brought it to a branch; none if GitHub does not know it. */
async function listOfCommit(
  github: GitHub,
  { owner, repo }: RepositoryName,
  sha: string,
): Promise<PullRequestFacts[]> {
  const query = { owner, repo, commit_sha: sha, per_page: PER_PAGE };
  const answer = await orNull(github.rest.repos.listPullRequestsAssociatedWithCommit(query));
  return (answer?.data ?? []).map(toFacts);
}

/**
 * The pull request that brought a commit to a branch, however it was merged; null: the commit was pushed, or GitHub does
 * not know it.
 */
export async function findMergedPullRequest(
  github: GitHub,
  repository: RepositoryName,
  commit: { sha: string; branch: string },
): Promise<number | null> {
  const pulls = await listOfCommit(github, repository, commit.sha);
  // A commit can have come by a pull request to another branch, which this branch got by another one.
  const merged = pulls.filter(({ isMerged, base }) => isMerged && base.ref === commit.branch);
  return (merged.find((pull) => pull.mergeSha === commit.sha) ?? merged[0])?.number ?? null;
}

/**
 * The merged pull requests of a repository that brought any of the commits. It costs a request for each commit.
 * `id`: the repository's; GitHub can also name pull requests of its forks.
 */
export async function listMergedPullRequests(
  github: GitHub,
  repository: RepositoryName & { id: number },
  commits: readonly string[],
): Promise<PullRequestFacts[]> {
  const merged = new Map<number, PullRequestFacts>();
  for (const sha of commits) {
    for (const pull of await listOfCommit(github, repository, sha)) {
      if (pull.isMerged && pull.repositoryId === repository.id) merged.set(pull.number, pull);
    }
  }
  return [...merged.values()];
}
