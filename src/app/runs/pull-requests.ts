import { ensureCheckRun } from '../../github/checks.ts';
import { type PullRequestFacts, readPullRequest } from '../../github/pull-requests.ts';
import { describeQueued } from '../../report/pull-request/check.ts';
import type { Run, StoredRepository, RunSubject } from '../../store/types.ts';
import { msSince, readClocks } from './elapsed-time.ts';
import { endCancelledChecks } from './checks.ts';
import { readToldPullRequest, type Told } from './read-lag.ts';
import { settleSharedHeads } from './shared-checks.ts';
import { isHeadShared } from './shared-heads.ts';
import { readPolicy } from './policy.ts';
import { checkOf, nameOf, type CheckApp, type RunApp } from '../types.ts';

/**
 * `again`: review it also where its head was reviewed already; the same text once more is the same wish. `isAsked`: a
 * person asked for it, so drafts are reviewed too. `told`: the delivery that tells of it.
 */
type Wish = { again: string | null; isAsked: boolean; bench: string | null; told: Told | null };

const BY_ITSELF: Wish = { again: null, isAsked: false, bench: null, told: null };

/**
 * Looks at a pull request as it is now, whatever was said of it, and sees to it that its head is reviewed: once. null: it
 * is closed, not there, or a draft that nobody asked about.
 */
export async function lookAtPullRequest(
  app: RunApp,
  repository: StoredRepository,
  number: number,
  wish: Partial<Wish> = {},
): Promise<Run | null> {
  const { again, isAsked, bench, told } = { ...BY_ITSELF, ...wish };
  const github = await app.gitHub.forInstallation(repository.installationId);
  const target = { ...nameOf(repository), number };
  const facts = await (told === null
    ? readPullRequest(github, target)
    : readToldPullRequest(github, target, told));
  const subject: RunSubject = { kind: 'pull-request', number };
  if (facts === null || facts.state === 'closed') {
    await dropRuns(app, repository, subject);
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
  const request = { subject, headSha: head.sha, baseRef: base.ref, bench, again };
  return requestRun(app, repository, request, facts.isFork);
}

/** Ends the runs of a draft's earlier heads, which somebody asked for: nothing else replaces them. */
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
  // Since it was looked at, a run of a still newer head may have been asked for.
  const now = await readPullRequest(github, { ...nameOf(repository), number });
  for (const { subject, headSha } of unfinished) {
    if (now === null || headSha === now.head.sha) continue;
    const runs = await app.store.cancelRuns(repository.id, subject, 'superseded', headSha);
    await endCancelledChecks(app, runs);
  }
}

/** Ends the runs of what is not there any more. */
export async function dropRuns(
  app: RunApp,
  repository: StoredRepository,
  subject: RunSubject,
): Promise<void> {
  const runs = await app.store.cancelRuns(repository.id, subject, 'gone');
  await endCancelledChecks(app, runs);
  await settleSharedHeads(app);
}

type Request = {
  subject: RunSubject;
  headSha: string;
  baseRef: string | null;
  bench: string | null;
  again: string | null;
};

/** Makes a run, shows a queued check, lets a worker have it, and ends the checks of those that it replaces. */
export async function requestRun(
  app: RunApp,
  repository: StoredRepository,
  request: Request,
  isFork = false,
): Promise<Run> {
  const { run, isNew, superseded } = await app.store.requestRun({ repositoryId: repository.id, ...request });
  if (isNew) app.log.info({ step: 'request', run: run.id, repository: repository.id, ...request });
  try {
    // A stranger's check would stand before that of the pull request which has the head, too: the worker knows more.
    const isQuiet = request.subject.kind === 'baseline' || (isFork && (await isHeadShared(app.store, run)));
    if (!isQuiet) await queueCheck(app, repository, run);
  } finally {
    // Without its queued check a run is made all the same: the worker makes the check then.
    if (isNew) await app.store.enqueueRun(run.id);
  }
  await endCancelledChecks(app, superseded);
  if (isNew) await settleSharedHeads(app);
  return run;
}

/** Of several who ask for the same run only one makes its check, and only as long as no worker may make it. */
async function queueCheck(app: RunApp, repository: StoredRepository, run: Run): Promise<void> {
  const asked = readClocks();
  if (!(await app.store.reserveCheck(run.id))) return;
  const requireReserved = (): void => {
    if (msSince(asked) >= app.timing.checkMs / 2) throw new Error('no time left to make the queued check');
  };
  const progress = { status: 'queued', output: describeQueued() } as const;
  try {
    const github = await app.gitHub.forInstallation(repository.installationId, requireReserved);
    const id = await ensureCheckRun(github, nameOf(repository), checkOf(run), progress);
    await app.store.saveCheckRun(run.id, id);
  } catch (error) {
    await app.store.releaseCheck(run.id);
    throw error;
  }
}
