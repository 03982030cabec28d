import { type PullRequestFacts, readPullRequest } from '../../github/pull-requests.ts';
import type { GitHub, PullRequestName } from '../../github/types.ts';
import type { ToldPullRequest } from '../intents.ts';

/** Thrown when GitHub's API returns an older state than a delivery describes: its replicas lag behind its webhooks. */
export class StaleAnswer extends Error {
  override name = 'StaleAnswer';
}

/** The maximum number of attempts at a delivery, in about eight minutes. Then GitHub's answer is used anyway. */
const MAX_LAG_ATTEMPTS = 6;

/**
 * The data of a delivery about a pull request; null: only that it exists. `attempt`: the number of this attempt, from
 * 1.
 */
export type Told = { told: ToldPullRequest | null; attempt: number };

/** Whether an answer of GitHub differs from a delivery that is at least as new. GitHub's times are whole seconds. */
function isOlder(facts: PullRequestFacts, told: ToldPullRequest): boolean {
  const isSame =
    facts.head.sha === told.headSha &&
    facts.base.ref === told.baseRef &&
    facts.state === told.state &&
    facts.draft === told.draft;
  return !isSame && Date.parse(facts.updatedAt) <= Date.parse(told.updatedAt);
}

/**
 * Reads a pull request that a delivery is about. Throws `StaleAnswer` while GitHub does not know it yet, or returns an
 * older state; the delivery is then retried a little later.
 */
export async function readToldPullRequest(
  github: GitHub,
  target: PullRequestName,
  { told, attempt }: Told,
): Promise<PullRequestFacts | null> {
  const facts = await readPullRequest(github, target);
  const isStale = facts === null ? true : told !== null && isOlder(facts, told);
  if (isStale && attempt <= MAX_LAG_ATTEMPTS) {
    throw new StaleAnswer(`GitHub does not show the present state of #${target.number} yet`);
  }
  return facts;
}
