import { listOpenPullRequests, type PullRequestFacts, readPullRequest } from '../github/pull-requests.ts';
import type { CheckOutput } from '../report/model/pull-request.ts';
import { describeRetargeted, describeSharedHead } from '../report/words/action.ts';
import type { EventOf, Job } from './types.ts';

/*
 * A required check belongs to a commit, and its newest run counts. So a run must not turn a commit green for a target
 * branch that it did not compare with.
 */

/** The problem if the target branch of the pull request was changed after the run began; else null. */
export async function findRetargeting(
  { github, repository }: Job,
  { number, base }: EventOf<'pull-request'>,
): Promise<CheckOutput | null> {
  const facts = await readPullRequest(github, { ...repository, number });
  return facts === null || facts.base.ref === base.ref ? null : describeRetargeted(base.ref, facts.base.ref);
}

/**
 * The problem if another open pull request has the same head and another target branch; else null. For a pull request of
 * the repository itself, those from forks do not count, because anybody can open them.
 */
export async function findSharedHead(
  { github, repository }: Job,
  { number, base, headSha, isFork }: EventOf<'pull-request'>,
): Promise<CheckOutput | null> {
  const isOther = (other: PullRequestFacts): boolean =>
    other.number !== number && other.head.sha === headSha && other.base.ref !== base.ref;
  const open = await listOpenPullRequests(github, repository, new Date(0));
  const found = open.find((other) => isOther(other) && (isFork || !other.isFork));
  return found === undefined ? null : describeSharedHead(found.number, found.base.ref);
}
