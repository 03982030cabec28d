import { benchmarkId } from '../../compare/benchmark-id.ts';
import {
  canWrite,
  listCommits,
  listOpenPullRequests,
  type PullRequestFacts,
  readPermission,
  readPullRequest,
} from '../../github/pull-requests.ts';
import type { Review } from '../../report/model/review.ts';
import type { InheritableAcceptances, StoredRepository } from '../../store/types.ts';
import { type App, nameOf, type Work } from '../types.ts';

/*
 * A pull request (the child) can contain commits of another one (its parent). When the parent is merged by squashing or
 * rebasing, GitHub shows the parent's changes in the child, and a review finds there what was accepted on the parent. So
 * the child takes over the parent's acceptances.
 */

/** Whether a parent was merged into the child's target branch, or into the child itself. */
function isMergedFor(parent: PullRequestFacts, child: PullRequestFacts): boolean {
  if (!parent.isMerged) return false;
  return parent.base.ref === child.base.ref || (!child.isFork && parent.base.ref === child.head.ref);
}

/** The acceptances of a parent by people who may still write. Others must be accepted again. */
async function listValid(
  { github, repository }: Pick<Work, 'github' | 'repository'>,
  { number, acceptances }: InheritableAcceptances,
): Promise<InheritableAcceptances['acceptances']> {
  const writers = new Set<string>();
  for (const by of new Set(acceptances.map((one) => one.by))) {
    if (canWrite(await readPermission(github, nameOf(repository), by))) writers.add(by);
  }
  return acceptances.filter(({ by }) => writers.has(by)).map((one) => ({ ...one, on: one.on ?? number }));
}

const subjectsOf = ({ findings, deltas }: Review): string[] => [
  ...findings.map(({ id }) => id),
  ...deltas.filter(({ verdict }) => verdict === 'regression').map(benchmarkId),
];

/**
 * Copies to a child the acceptances of merged pull requests whose commits it contains. GitHub is asked only if something
 * of the review was accepted elsewhere. Resolves to whether there is anything new.
 */
export async function inheritAcceptances(
  work: Pick<Work, 'store' | 'github' | 'repository' | 'log'>,
  child: PullRequestFacts,
  review: Review,
): Promise<boolean> {
  const { store, github, repository, log } = work;
  const parents = await store.listInheritable(repository.id, child.number, subjectsOf(review));
  if (parents.length === 0) return false;
  const commits = new Set(await listCommits(github, { ...nameOf(repository), number: child.number }));
  let isNew = false;
  for (const parent of parents) {
    const facts = await readPullRequest(github, { ...nameOf(repository), number: parent.number });
    if (facts === null || !isMergedFor(facts, child)) continue;
    if (![...parent.heads, facts.mergeSha].some((sha) => sha !== null && commits.has(sha))) continue;
    const acceptances = await listValid(work, parent);
    await store.inheritAcceptances(repository.id, child.number, parent.number, acceptances);
    log.info({ step: 'inherit', parent: parent.number, acceptances: acceptances.length });
    isNew ||= acceptances.length > 0;
  }
  return isNew;
}

/**
 * After a merge, writes the red pull requests again whose parent the merged pull request may be. Children whose target
 * branch changes need not be among them, because that requests a review anyway.
 */
export async function reviewChildren(
  { store, gitHub }: Pick<App, 'store' | 'gitHub'>,
  repository: StoredRepository,
  number: number,
): Promise<void> {
  if ((await store.listAcceptances(repository.id, number)).length === 0) return;
  const github = await gitHub.forInstallation(repository.installationId);
  const parent = await readPullRequest(github, { ...nameOf(repository), number });
  if (!parent?.isMerged) return;
  const open = await listOpenPullRequests(github, nameOf(repository), new Date(0));
  const children = open.filter((child) => child.number !== number && isMergedFor(parent, child));
  await store.rewriteRed(
    repository.id,
    children.map((child) => child.number),
  );
}
