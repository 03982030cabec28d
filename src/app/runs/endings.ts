import { Failure, type FetchProblem, toFailure } from '../../errors.ts';
import {
  isGone,
  isRefused,
  isTransient,
  lacksPermission,
  LostClaim,
  RateLimited,
  StalePlan,
  statusOf,
} from '../../github/errors.ts';
import { describeCrashes, describeNotMeasured, describeUnwritten } from '../../report/pull-request/check.ts';
import type { PullRequestPlan } from '../../report/model/pull-request.ts';
import { outcomes } from '../../report/model/verdicts.ts';
import { checkLogs } from '../../report/words/server.ts';
import { isDatabaseAway } from '../../store/database-errors.ts';
import { runKinds } from '../../store/run-kinds.ts';
import type { RunOutcome } from '../../store/types.ts';
import { CheckUnderWay, concludeCheck, endCancelledChecks } from './checks.ts';
import { GaveWay } from './give-way.ts';
import { planRun, type PlanWork } from './plan.ts';
import { settleSharedHeads } from './shared-checks.ts';
import { lookAtPullRequest } from './pull-requests.ts';
import type { CheckApp, Work } from '../types.ts';

/**
 * The maximum number of tries. GitHub can be unavailable for a while; after this many tries without progress, a run
 * ends.
 */
const MAX_TRIES = 10;

/** The maximum number of tries if git fails on a mirror that was fetched again. */
const MAX_MIRROR_TRIES = 3;

/** The number of worker crashes after which a run ends. */
const MAX_CRASHES = 3;

/** Does a run's work and ends the run in every case. Resolves to its outcome; null: it continues elsewhere or later. */
export function settle(work: Work, advance: () => Promise<RunOutcome>): Promise<RunOutcome | null> {
  return attempt(work, advance, async (error) => {
    const now = await readAgain(work);
    const tries = mayPass(error) ? MAX_TRIES : isOfMirror(error) ? MAX_MIRROR_TRIES : 0;
    if (now.run.retries + 1 < tries) return retryLater(now, error);
    // The reason why a review failed can also prevent the failure from being reported.
    return attempt(
      now,
      () => tellFailure(now, error),
      (why) => (mayPass(why) ? retryLater(now, why) : endUntold(now, why)),
    );
  });
}

/** Reads the run from the database again: a check may have been created and something measured before the failure. */
async function readAgain(work: Work): Promise<Work> {
  const { store } = work;
  const run = (await store.findRun(work.run.id)) ?? work.run;
  const repository = (await store.findRepository(work.repository.id)) ?? work.repository;
  return { ...work, run, repository };
}

/** `fail` handles an error that does not say where the run continues. */
type Fail = (error: unknown) => Promise<RunOutcome | null>;

async function attempt(work: Work, act: () => Promise<RunOutcome>, fail: Fail): Promise<RunOutcome | null> {
  try {
    return await finish(work, await act());
  } catch (error) {
    return settleError(work, error, fail);
  }
}

async function finish(work: Work, outcome: RunOutcome): Promise<RunOutcome | null> {
  const isOurs = await work.store.finishRun(work.claim, outcome);
  if (!isOurs || outcome === 'superseded' || outcome === 'gone') await endCheckIfCancelled(work);
  await settleSharedHeads(work);
  const { subject } = work.run;
  if (isOurs && subject.kind === 'pull-request' && (outcome === 'superseded' || outcome === 'gone')) {
    const { repository } = await readAgain(work);
    // The delivery about the newer head may have been lost. If the repository was transferred to another
    // installation, only the previous installation has no access.
    const hasMoved = repository.installationId !== work.repository.installationId;
    if (outcome === 'superseded' || hasMoved) await lookAtPullRequest(work, repository, subject.number);
  }
  return isOurs ? outcome : null;
}

/** If a run was cancelled while its check was being created, the check has to be completed here. */
async function endCheckIfCancelled(work: CheckApp & Pick<Work, 'run'>): Promise<void> {
  const now = await work.store.findRun(work.run.id);
  const outcome = now?.outcome;
  if (now === null || (outcome !== 'superseded' && outcome !== 'cancelled' && outcome !== 'gone')) return;
  await endCancelledChecks(work, [now]);
}

const passingProblems: ReadonlySet<FetchProblem> = new Set<FetchProblem>([
  'network',
  'timed-out',
  'busy',
  'moved',
  'missing-commit',
]);

/**
 * Whether a retry can succeed: GitHub, the network or the database is unavailable, or the repository has just moved.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Failure)) return isTransient(error) || isDatabaseAway(error);
  const { code, facts } = error.reason;
  return code === 'fetch-failed' && passingProblems.has(facts.problem);
}

/**
 * Whether git failed on the mirror. The mirror was discarded, so the next try fetches it again. If another worker
 * on this machine discarded it, neither the change nor the server is to blame.
 */
const isOfMirror = (error: unknown): boolean =>
  error instanceof Failure && (error.code === 'git-failed' || error.code === 'missing-objects');

/** Hands the run back, to be taken again at a given time. */
async function handBack(
  { store, claim, log }: Pick<Work, 'store' | 'claim' | 'log'>,
  at: Date | null,
  why: string,
): Promise<null> {
  await store.releaseClaim(claim, at);
  log.info({ step: 'hand back', why, until: at?.toISOString() ?? 'now' });
  return null;
}

/** Hands the run back after a failed try, with a longer pause each time. */
async function retryLater(
  { store, claim, run, log, timing }: Pick<Work, 'store' | 'claim' | 'run' | 'log' | 'timing'>,
  error: unknown,
): Promise<null> {
  const at = new Date(Date.now() + timing.retryMs * Math.min(run.retries + 1, MAX_TRIES));
  log.warn(
    { step: 'retry', until: at.toISOString(), err: error },
    'this try failed: GitHub, the database, or git',
  );
  await store.retryClaim(claim, at);
  return null;
}

async function settleError(work: Work, error: unknown, fail: Fail): Promise<RunOutcome | null> {
  const { heartbeat, log } = work;
  if (heartbeat.reason() === 'shutdown') return handBack(work, null, 'this worker stops');
  if (heartbeat.reason() === 'lost' || error instanceof LostClaim) {
    log.info({ step: 'lost' });
    await endCheckIfCancelled(work);
    return null;
  }
  if (error instanceof RateLimited) return handBack(work, error.until, 'GitHub asks to wait');
  if (error instanceof CheckUnderWay) return handBack(work, error.until, 'its check is being made');
  if (error instanceof GaveWay) return handBack(work, null, 'a more urgent run waits');
  if (error instanceof StalePlan) return finish(work, error.isClosed ? 'gone' : 'superseded');
  if (isGone(error)) return finish(work, 'gone');
  return fail(error);
}

export function hasCrashed({ run }: Pick<Work, 'run'>): boolean {
  // After measuring, only writing is retried, which fails for other reasons, so more crashes are allowed.
  return run.crashes >= (run.measured === null ? MAX_CRASHES : 2 * MAX_CRASHES);
}

/** Ends a run that crashes workers. The check is completed, and a person can start the run again. */
export async function giveUp(work: Work): Promise<RunOutcome> {
  if (!runKinds[work.run.subject.kind].hasCheck) return 'crashed';
  await concludeCheck(work, 'neutral', describeCrashes(work.run.crashes));
  return 'crashed';
}

/**
 * The plan for a measured run; null: nothing was measured, or the plan cannot be made, which is reported as a failure.
 */
async function planMeasured(work: PlanWork): Promise<PullRequestPlan | null> {
  const { measured } = work.run;
  if (measured === null) return null;
  try {
    return await planRun(work, measured);
  } catch (error) {
    if (mayPass(error)) throw error;
    return null;
  }
}

/**
 * Reports on the check why a review failed, without making the check red. If only writing failed, the check contains
 * the result.
 */
async function tellFailure(work: Work, error: unknown): Promise<RunOutcome> {
  const failure = toFailure(error);
  work.log.warn({ step: 'failure', code: failure.code, err: failure });
  if (hasCrashed(work)) return giveUp(work);
  const { kind } = work.run.subject;
  if (!runKinds[kind].hasCheck) return 'error';
  const plan = await planMeasured(work);
  if (plan === null) {
    await concludeCheck(work, 'neutral', describeNotMeasured(failure.reason));
    return 'error';
  }
  const { conclusion, annotations, actions, ...output } = plan.check;
  const told = kind === 'pull-request' ? describeUnwritten(output, statusOf(error)) : output;
  // A merge group has no command that accepts.
  const rest = kind === 'pull-request' ? { actions } : {};
  try {
    await concludeCheck(work, conclusion, told, { annotations, ...rest });
  } catch (why) {
    if (!isRefused(why)) throw why;
    // A single invalid annotation can cause that. The conclusion of the check is more important.
    await concludeCheck(work, conclusion, told, rest);
  }
  return outcomes[conclusion];
}

/** Ends the run, because GitHub would refuse the same again. The log contains the reason if the check cannot. */
async function endUntold(work: Work, error: unknown): Promise<RunOutcome | null> {
  const answer = error instanceof Error ? error.message : String(error);
  const advice = lacksPermission(error) ? checkLogs.forbidden : checkLogs.refused;
  work.log.error({ step: 'untold', status: statusOf(error), answer, err: error }, advice);
  return finish(work, hasCrashed(work) ? 'crashed' : 'error');
}
