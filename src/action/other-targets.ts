import { listOpenPullRequests, type PullRequestFacts, readPullRequest } from '../github/pull-requests.ts';
import type { CheckOutput } from '../report/model/pull-request.ts';
import { describeRetargeted, describeSharedHead } from '../report/words/action.ts';
import type { EventOf, Job } from './types.ts';

/*
 * A required check belongs to a commit, and its newest run counts. So a run must not turn a commit green for a target
 * branch that it did not compare with.
 */

/** What is wrong if the pull request got another target branch since the run began, however late it ends; else null. */
export async function findRetargeting(
  { github, repository }: Job,
  { number, base }: EventOf<'pull-request'>,
): Promise<CheckOutput | null> {
  const facts = await readPullRequest(github, { ...repository, number });
  return facts === null || facts.base.ref === base.ref ? null : describeRetargeted(base.ref, facts.base.ref);
}

/**
 * What is wrong if another open pull request has the same head and another target branch; else null. One of a fork does
 * not count beside one of the repository, because anybody can open it.
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
