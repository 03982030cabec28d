import { LostClaim } from '../github/errors.ts';
import { canWrite, readPermission, readPullRequest, type PullRequestFacts } from '../github/pull-requests.ts';
import { executePlan } from '../github/execute.ts';
import {
  describeCrashes,
  describeForkRefused,
  describeForkWaiting,
  describePartial,
  describeProgressOutput,
} from '../report/check-text.ts';
import { planPullRequest } from '../report/pull-request-plan.ts';
import type { Acceptance, PullRequestPlan } from '../report/pull-request.ts';
import type { Run, RunOutcome, Subject } from '../store/types.ts';
import { concludeCheck, openCheck } from './checks.ts';
import { readPolicy } from './policy.ts';
import { readClocks } from './clocks.ts';
import { startHeartbeat } from './heartbeat.ts';
import { settle } from './endings.ts';
import { measureBaseline, measureRun } from './measure.ts';
import { type App, createJournal, nameOf, type Work } from './types.ts';

/** So often may a run take its worker with it. */
const MAX_CRASHES = 3;

const outcomes: Record<PullRequestPlan['check']['conclusion'], RunOutcome> = {
  success: 'pass',
  failure: 'fail',
  neutral: 'neutral',
  action_required: 'action-required',
  cancelled: 'cancelled',
};

/**
 * Makes one run: claims it, measures, writes. Whatever happens, the run ends, is handed back, or is somebody else's.
 * Throws only when the database is away; the queue then tries again.
 */
export async function performRun(
  app: App,
  runId: string,
  owner: string,
  shutdown: AbortSignal,
): Promise<void> {
  const asked = readClocks();
  const claim = await app.store.claimRun(runId, owner, app.timing.leaseMs);
  if (claim === null) return;
  const repository = await app.store.findRepository(claim.run.repositoryId);
  if (repository === null) {
    await app.store.finishRun(claim, 'gone');
    return;
  }
  const log = app.log.child({ run: runId, attempt: claim.attempt });
  log.info({ step: 'claim', repository: repository.id, head: claim.run.headSha, subject: claim.run.subject });
  const heartbeat = startHeartbeat(app.store, claim, shutdown, { ...app.timing, asked });
  const started = performance.now();
  try {
    // The database was asked before a write waited for its turn; this process may have stood still since then.
    const requireHeld = (): void => {
      if (!heartbeat.isHeld()) throw new LostClaim();
    };
    const github = await app.gitHub.forInstallation(repository.installationId, requireHeld);
    const work: Work = { ...app, log, claim, run: claim.run, repository, github, heartbeat };
    const outcome = await settle(work, () => advance(work));
    const seconds = (performance.now() - started) / 1000;
    if (outcome !== null) app.metrics.observeRun(outcome, seconds);
    log.info({ step: 'end', outcome: outcome ?? 'handed on', seconds });
  } finally {
    heartbeat.stop();
  }
}

async function advance(work: Work): Promise<RunOutcome> {
  const { subject } = work.run;
  // Of a head that is none any more there is nothing to say: a pull request is looked at first.
  if (subject.kind === 'pull-request') return reviewPullRequest(work, subject.number);
  if (hasCrashed(work)) return giveUp(work);
  if (subject.kind === 'merge-group') return reviewMergeGroup(work, subject);
  await measureBaseline(work);
  return 'pass';
}

function hasCrashed({ run }: Work): boolean {
  // What was measured is only written again, which has its own reasons to fail: a red check is not given up so soon.
  return run.crashes >= (run.measured === null ? MAX_CRASHES : 2 * MAX_CRASHES);
}

/** Whatever kills workers must not go on doing so; the check ends, and a person can start it again. */
async function giveUp(work: Work): Promise<RunOutcome> {
  if (work.run.subject.kind === 'baseline') return 'crashed';
  await concludeCheck(work, 'neutral', describeCrashes(work.run.crashes));
  return 'crashed';
}

/** Ends the run of a fork's commit that nobody who may has consented to. Who could push a branch needs no consent. */
async function refuseFork(work: Work, facts: PullRequestFacts): Promise<RunOutcome | null> {
  const { store, github, repository, run } = work;
  if (!facts.isFork || run.measured !== null) return null;
  const { forks } = await readPolicy(github, repository, facts.base.sha);
  if (forks === 'never') {
    await concludeCheck(work, 'neutral', describeForkRefused());
    return 'neutral';
  }
  if (await store.isApproved(repository.id, facts.number, run.headSha)) return null;
  if (canWrite(await readPermission(github, nameOf(repository), facts.author))) return null;
  await concludeCheck(work, 'action_required', describeForkWaiting());
  return 'action-required';
}

/** The API leads on from an old name, git does not: what follows uses the present one. */
async function followRename(work: Work, { owner, repo: name }: PullRequestFacts): Promise<void> {
  const { repository, store } = work;
  if (repository.owner === owner && repository.name === name) return;
  work.repository = { ...repository, owner, name };
  await store.saveRepositories([work.repository]);
}

async function reviewPullRequest(work: Work, number: number): Promise<RunOutcome> {
  const { github, run, store, heartbeat } = work;
  const facts = await readPullRequest(github, { ...nameOf(work.repository), number });
  if (facts === null || facts.state === 'closed') return 'gone';
  await followRename(work, facts);
  const { repository } = work;
  if (facts.head.sha !== run.headSha) return 'superseded';
  if (hasCrashed(work)) return giveUp(work);
  await openCheck(work, describeProgressOutput(null));
  const refusal = await refuseFork(work, facts);
  if (refusal !== null) return refusal;
  const refs = [`refs/pull/${number}/head`];
  const isTrusted = facts.base.ref === repository.defaultBranch;
  const measured = run.measured ?? (await measureRun(work, { baseSha: facts.base.sha, refs, isTrusted }));
  const acceptances = await store.listAcceptances(repository.id, number);
  if (run.bench !== null) return tellPartial(work, run.bench, measured, acceptances);
  const plan = planPullRequest(measured, { headSha: run.headSha, acceptances });
  const written = await executePlan({
    github,
    target: { ...nameOf(repository), number },
    writer: await work.gitHub.writer(),
    runId: run.id,
    plan,
    journal: createJournal(store, work.claim),
    signal: heartbeat.signal,
  });
  if (written.forbidden !== null) {
    work.log.error({ step: 'forbidden', answer: written.forbidden }, 'the App lacks a permission to comment');
  }
  work.log.info({ step: 'write', ...written, conclusion: plan.check.conclusion });
  return outcomes[plan.check.conclusion];
}

/** Some benchmarks alone are told on a check of their own: it gates nothing, and the comments are about the whole. */
async function tellPartial(
  work: Work,
  bench: string,
  { review, config }: NonNullable<Run['measured']>,
  acceptances: readonly Acceptance[],
): Promise<RunOutcome> {
  const information = { review, config: { ...config, gate: 'neutral' as const } };
  const { check } = planPullRequest(information, { headSha: work.run.headSha, acceptances });
  await concludeCheck(work, 'neutral', describePartial(bench, check));
  return 'neutral';
}

/**
 * The pull request that a merge group adds to its base, which the queue's branch is named after:
 * https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
 */
function numberOfGroup(headRef: string): number | null {
  const number = /^refs\/heads\/gh-readonly-queue\/.+\/pr-(\d+)-[0-9a-f]+$/u.exec(headRef)?.[1];
  return number === undefined ? null : Number(number);
}

/** A merge queue's commit has no comments: the check says it all. What was accepted for its pull request counts. */
async function reviewMergeGroup(
  work: Work,
  { headRef, baseSha }: Extract<Subject, { kind: 'merge-group' }>,
): Promise<RunOutcome> {
  const { run, store } = work;
  await openCheck(work, describeProgressOutput(null));
  const measured = run.measured ?? (await measureRun(work, { baseSha, refs: [], isTrusted: false }));
  const number = numberOfGroup(headRef);
  const acceptances = number === null ? [] : await store.listAcceptances(run.repositoryId, number);
  const { check } = planPullRequest(measured, { headSha: run.headSha, acceptances });
  await concludeCheck(work, check.conclusion, check, check.annotations);
  return outcomes[check.conclusion];
}
