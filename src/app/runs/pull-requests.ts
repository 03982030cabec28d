import { ensureCheckRun } from '../../github/checks.ts';
import { type PullRequestFacts, readPullRequest } from '../../github/pull-requests.ts';
import { describeQueued } from '../../report/pull-request/check.ts';
import { runKinds } from '../../store/run-kinds.ts';
import type { Run, StoredRepository, RunSubject } from '../../store/types.ts';
import { msSince, readClocks } from './elapsed-time.ts';
import { endCancelledChecks } from './checks.ts';
import { readToldPullRequest, type Told } from './read-lag.ts';
import { settleSharedHeads } from './shared-checks.ts';
import { isHeadShared } from './shared-heads.ts';
import { readPolicy } from './policy.ts';
import { checkToMake, nameOf, type CheckApp, type RunApp } from '../types.ts';

/**
 * How to review a pull request. `again`: review the head even if it was reviewed before; equal texts are one request.
 * `isAsked`: a person asked for it, so drafts are reviewed as well. `bench`: a regular expression for benchmarks; null:
 * the config's. `told`: the delivery with the request; null: there is none.
 */
type Wish = { again: string | null; isAsked: boolean; bench: string | null; told: Told | null };

/** The wish if nobody asked for a review. */
const automaticWish: Wish = { again: null, isAsked: false, bench: null, told: null };

/**
 * Reads the current state of a pull request, and requests a review of its head unless there is one. Resolves to the
 * run; null: the pull request is closed, does not exist, or is a draft that nobody asked to review. Throws errors of
 * GitHub or the database, and `StaleAnswer`.
 */
export async function ensureReview(
  app: RunApp,
  repository: StoredRepository,
  number: number,
  wish: Partial<Wish> = {},
): Promise<Run | null> {
  const { again, isAsked, bench, told } = { ...automaticWish, ...wish };
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const facts = await (told === null
    ? readPullRequest(github, target)
    : readToldPullRequest(github, target, told));
  const subject: RunSubject = { kind: 'pull-request', number };
  if (facts === null || facts.state === 'closed') {
    await dropRuns(app, repository, subject, facts === null ? 'gone' : 'closed');
    return null;
  }
  if (facts.draft && !isAsked) {
    const { drafts } = await readPolicy(github, repository, facts.base.sha);
    if (drafts === 'skip') {
      await supersedeRuns(app, repository, facts);
      return null;
    }
  }
  const { base, head } = facts;
  const { isFork } = facts;
  return requestRun(app, repository, { subject, headSha: head.sha, baseRef: base.ref, bench, again, isFork });
}

/** Cancels the unfinished runs of a draft's earlier heads, because no new run replaces them. */
async function supersedeRuns(
  app: CheckApp,
  repository: StoredRepository,
  { number, head }: Pick<PullRequestFacts, 'number' | 'head'>,
): Promise<void> {
  const unfinished = (await app.store.listRuns(repository.id, number)).filter(
    ({ state }) => state === 'queued' || state === 'running',
  );
  if (unfinished.every(({ headSha }) => headSha === head.sha)) return;
  const github = await app.gitHub.forInstallation(repository.installationId);
  // In the meantime, a newer head may have been pushed, whose run must not be cancelled.
  const now = await readPullRequest(github, { ...nameOf(repository), number });
  for (const { subject, headSha } of unfinished) {
    if (now === null || headSha === now.head.sha) continue;
    const runs = await app.store.cancelRuns(repository.id, subject, 'superseded', headSha);
    await endCancelledChecks(app, runs);
  }
}

/** Cancels the runs of a pull request or merge group that is closed, or that GitHub no longer shows. */
export async function dropRuns(
  app: RunApp,
  repository: StoredRepository,
  subject: RunSubject,
  why: 'closed' | 'gone',
): Promise<void> {
  const runs = await app.store.cancelRuns(repository.id, subject, why);
  await endCancelledChecks(app, runs);
  await settleSharedHeads(app, repository.id);
}

type Request = {
  subject: RunSubject;
  headSha: string;
  baseRef: string | null;
  bench: string | null;
  again: string | null;
  isFork?: boolean;
};

/**
 * Creates a run unless it exists, shows a queued check, enqueues the run, and completes the checks of the runs that it
 * replaces.
 */
export async function requestRun(app: RunApp, repository: StoredRepository, request: Request): Promise<Run> {
  const { run, isNew, superseded } = await app.store.requestRun({ repositoryId: repository.id, ...request });
  if (isNew) app.log.info({ step: 'request', run: run.id, repository: repository.id, ...request });
  try {
    // A queued check for a stranger's pull request would hide the check of another pull request, or of a merge group, with
    // the same head. So the worker decides later.
    const isDeferred = run.isFork && (await isHeadShared(app.store, run));
    if (runKinds[request.subject.kind].hasCheck && !isDeferred) await queueCheck(app, repository, run);
  } finally {
    // Even if creating the queued check fails, the run must be enqueued. The worker then creates the check.
    if (isNew) await app.store.enqueueRun(run.id);
  }
  await endCancelledChecks(app, superseded);
  if (isNew) await settleSharedHeads(app, repository.id);
  return run;
}

/**
 * Creates the queued check of a run. Of several processes that request the same run, only one does so, and it gives up
 * before a worker may create the check.
 */
async function queueCheck(app: RunApp, repository: StoredRepository, run: Run): Promise<void> {
  const asked = readClocks();
  if (!(await app.store.reserveCheck(run.id))) return;
  const requireReserved = (): void => {
    if (msSince(asked) >= app.timing.checkMs / 2) throw new Error('no time left to make the queued check');
  };
  const progress = { status: 'queued', output: describeQueued() } as const;
  try {
    const github = await app.gitHub.forInstallation(repository.installationId, requireReserved);
    const id = await ensureCheckRun(github, nameOf(repository), checkToMake(app, repository, run), progress);
    await app.store.saveCheckRun(run.id, id);
  } catch (error) {
    await app.store.releaseCheck(run.id);
    throw error;
  }
}
