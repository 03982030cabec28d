import type { Config } from '../config/schema.ts';
import { listMergedPullRequests } from '../github/commit-pull-requests.ts';
import { listCommits, type PullRequestFacts, readPullRequest } from '../github/pull-requests.ts';
import type { Writer } from '../github/types.ts';
import { readWriter } from '../github/writer.ts';
import { planReview } from '../report/data/report.ts';
import type { PlannedReview } from '../report/decide/planned.ts';
import type { Review } from '../report/model/review.ts';
import { type Consented, readConsent } from './consent.ts';
import type { Job } from './types.ts';

/*
 * A pull request (the child) can contain commits of another one (its parent). When the parent is merged by squashing or
 * rebasing, GitHub shows the parent's changes in the child, and a review finds there what was accepted on the parent.
 * So the child takes over the parent's acceptances, as in the App (src/app/runs/inheritance.ts); but there is no
 * database, so they are read from the parent's conversation each time.
 */

/** The maximum number of commits to ask GitHub about. A repository's workflows share 1,000 requests an hour. */
const MAX_COMMITS = 100;

/** The maximum number of parents whose conversation is read. */
const MAX_PARENTS = 20;

/**
 * Finds the parents among merged pull requests that share commits with the child: those merged into the child's target
 * branch, into the child itself, or into another parent. The nearest ones are last, so that their withdrawals also apply
 * to what the others hand on.
 */
export function orderParents(
  child: PullRequestFacts,
  merged: readonly PullRequestFacts[],
): PullRequestFacts[] {
  const ownBranch = ({ isFork, head }: PullRequestFacts): string[] => (isFork ? [] : [head.ref]);
  const rest = new Set(merged.filter(({ number }) => number !== child.number));
  const parents: PullRequestFacts[] = [];
  let targets = [child.base.ref, ...ownBranch(child)];
  while (targets.length > 0) {
    const nearest = [...rest].filter(({ base }) => targets.includes(base.ref));
    for (const parent of nearest) rest.delete(parent);
    parents.unshift(...nearest.sort((a, b) => a.number - b.number));
    targets = nearest.flatMap(ownBranch);
  }
  return parents;
}

/**
 * Reads the acceptances of merged pull requests whose commits the child contains, by people who may still write. `on` of
 * each names its pull request.
 */
export async function readInherited(
  { github, repository }: Pick<Job, 'github' | 'repository'>,
  writer: Writer,
  child: PullRequestFacts,
): Promise<Consented[]> {
  const commits = await listCommits(github, { ...repository, number: child.number });
  const merged = await listMergedPullRequests(github, repository, commits.slice(0, MAX_COMMITS));
  let all: Consented[] = [];
  for (const { number } of orderParents(child, merged).slice(-MAX_PARENTS)) {
    const target = { ...repository, number };
    const consented = await readConsent({ github, target, writer }, { inherited: all });
    all = consented.map(({ acceptance, record }) => ({
      acceptance: { ...acceptance, on: acceptance.on ?? number },
      record,
    }));
  }
  return all;
}

/**
 * Plans the report of a review with the acceptances of its pull request. Only if it fails, those of merged parents are
 * read as well, because that costs many requests.
 */
export async function planWithConsent(
  job: Pick<Job, 'github' | 'repository'>,
  number: number,
  { review, config }: { review: Review; config: Config },
): Promise<PlannedReview> {
  const { github, repository } = job;
  const target = { ...repository, number };
  const writer = await readWriter(github);
  const plan = (consented: readonly Consented[]): PlannedReview =>
    planReview(
      review,
      config,
      consented.map(({ acceptance }) => acceptance),
    );
  const planned = plan(await readConsent({ github, target, writer }));
  if (planned.report.verdict !== 'fail') return planned;
  const child = await readPullRequest(github, target);
  const inherited = child === null ? [] : await readInherited(job, writer, child);
  if (inherited.length === 0) return planned;
  return plan(await readConsent({ github, target, writer }, { inherited }));
}
