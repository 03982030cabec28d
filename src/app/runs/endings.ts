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
import { appLogs, checkLogs, handBackReasons } from '../../report/words/server.ts';
import { isDatabaseAway } from '../../store/database-errors.ts';
import { runKinds } from '../../store/run-kinds.ts';
import type { RunOutcome } from '../../store/types.ts';
import { CheckUnderWay, concludeCheck, endCancelledChecks } from './checks.ts';
import { GaveWay } from './give-way.ts';
import { planRun, type PlanWork } from './plan.ts';
import { settleSharedHeads } from './shared-checks.ts';
import { ensureReview } from './pull-requests.ts';
import type { CheckApp, Work } from '../types.ts';

/** The maximum number of tries without progress, for failures that can pass: GitHub can be unavailable for a while. */
const MAX_TRIES = 10;

/** The maximum number of tries if git fails on the mirror, which each try fetches again. */
const MAX_MIRROR_TRIES = 3;

/** The number of worker crashes after which a run ends. */
const MAX_CRASHES = 3;

/**
 * Does a run's work by `advance`, and ends the run or hands it back in every case. Resolves to the outcome; null: the
 * run continues later or in another process. Throws errors of the database.
 */
export function settle(work: Work, advance: () => Promise<RunOutcome>): Promise<RunOutcome | null> {
  return attempt(work, advance, async (error) => {
    const now = await readAgain(work);
    const tries = mayPass(error) ? MAX_TRIES : isOfMirror(error) ? MAX_MIRROR_TRIES : 0;
    if (now.run.retries + 1 < tries) return retryLater(now, error);
    // Reporting the failure can fail for the same reason as the review.
    return attempt(
      now,
      () => reportFailure(now, error),
      (why) => (mayPass(why) ? retryLater(now, why) : endUnreported(now, why)),
    );
  });
}

/** Reads the run again: before the failure, its check may have been created, and its result stored. */
async function readAgain(work: Work): Promise<Work> {
  const { store } = work;
  const run = (await store.findRun(work.run.id)) ?? work.run;
  const repository = (await store.findRepository(work.repository.id)) ?? work.repository;
  return { ...work, run, repository };
}

/** Handles an error after which it is not clear whether the run continues. */
type Fail = (error: unknown) => Promise<RunOutcome | null>;

/** Does `act` and ends the run with its outcome. `fail` handles errors that `settleError` does not. */
async function attempt(work: Work, act: () => Promise<RunOutcome>, fail: Fail): Promise<RunOutcome | null> {
  try {
    return await finish(work, await act());
  } catch (error) {
    return settleError(work, error, fail);
  }
}

/** Ends the run. Resolves to the outcome; null: another process has the run by now. */
async function finish(work: Work, outcome: RunOutcome): Promise<RunOutcome | null> {
  const isOurs = await work.store.finishRun(work.claim, outcome);
  const isObsolete = outcome === 'superseded' || outcome === 'closed' || outcome === 'gone';
  if (!isOurs || isObsolete) await endCheckIfCancelled(work);
  await settleSharedHeads(work, work.repository.id);
  const { subject } = work.run;
  if (isOurs && subject.kind === 'pull-request' && isObsolete) {
    const { repository } = await readAgain(work);
    // The pull request may need another run: the delivery about its new head may have been lost, or the repository was
    // transferred, and only the previous installation has no access.
    const hasMoved = repository.installationId !== work.repository.installationId;
    if (outcome === 'superseded' || hasMoved) await ensureReview(work, repository, subject.number);
  }
  return isOurs ? outcome : null;
}

/** Completes the check if the run was cancelled while this process was creating the check. */
async function endCheckIfCancelled(work: CheckApp & Pick<Work, 'run'>): Promise<void> {
  const now = await work.store.findRun(work.run.id);
  if (now?.state === 'cancelled') await endCancelledChecks(work, [now]);
}

const passingProblems: ReadonlySet<FetchProblem> = new Set<FetchProblem>([
  'network',
  'timed-out',
  'busy',
  'moved',
  'missing-commit',
]);

/**
 * Whether the reason of an error can pass, so that a retry can succeed: a service is unavailable, or the repository
 * moved.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Failure)) return isTransient(error) || isDatabaseAway(error);
  const { code, facts } = error.reason;
  return code === 'fetch-failed' && passingProblems.has(facts.problem);
}

/**
 * Whether git failed on the mirror. The mirror was discarded then, so the next try fetches it again. Another worker on
 * this machine may also have discarded it.
 */
const isOfMirror = (error: unknown): boolean =>
  error instanceof Failure && (error.code === 'git-failed' || error.code === 'missing-objects');

/** Hands the run back to the queue, where it waits until a time; null: it can be taken at once. */
async function handBack(
  { store, claim, log }: Pick<Work, 'store' | 'claim' | 'log'>,
  at: Date | null,
  why: string,
): Promise<null> {
  await store.releaseClaim(claim, at);
  log.info({ step: 'hand back', why, until: at?.toISOString() ?? 'now' });
  return null;
}

/** Hands the run back after a failed try. Each pause is longer than the previous one. */
async function retryLater(
  { store, claim, run, log, timing }: Pick<Work, 'store' | 'claim' | 'run' | 'log' | 'timing'>,
  error: unknown,
): Promise<null> {
  const at = new Date(Date.now() + timing.retryMs * Math.min(run.retries + 1, MAX_TRIES));
  log.warn({ step: 'retry', until: at.toISOString(), err: error }, appLogs.tryFailed);
  await store.retryClaim(claim, at);
  return null;
}

/** Handles the errors after which it is clear what becomes of the run, and leaves the others to `fail`. */
async function settleError(work: Work, error: unknown, fail: Fail): Promise<RunOutcome | null> {
  const { heartbeat, log } = work;
  if (heartbeat.reason() === 'shutdown') return handBack(work, null, handBackReasons.shutdown);
  if (heartbeat.reason() === 'lost' || error instanceof LostClaim) {
    log.info({ step: 'lost' });
    await endCheckIfCancelled(work);
    return null;
  }
  if (error instanceof RateLimited) return handBack(work, error.until, handBackReasons.rateLimited);
  if (error instanceof CheckUnderWay) return handBack(work, error.until, handBackReasons.checkUnderWay);
  if (error instanceof GaveWay) return handBack(work, null, handBackReasons.gaveWay);
  if (error instanceof StalePlan) return finish(work, error.why === 'moved' ? 'superseded' : error.why);
  if (isGone(error)) return finish(work, 'gone');
  return fail(error);
}

/** Whether the run has crashed workers too often to be tried again. */
export function hasCrashed({ run }: Pick<Work, 'run'>): boolean {
  // After measuring, only writing is repeated, which crashes for other reasons. So a measured run gets more tries.
  return run.crashes >= (run.measured === null ? MAX_CRASHES : 2 * MAX_CRASHES);
}

/** Ends a run that crashes workers. The check is completed, and a person can start the run again. */
export async function giveUp(work: Work): Promise<RunOutcome> {
  if (!runKinds[work.run.subject.kind].hasCheck) return 'crashed';
  await concludeCheck(work, 'neutral', describeCrashes(work.run.crashes));
  return 'crashed';
}

/**
 * The plan for a measured run; null: nothing was measured, or the plan cannot be made. Throws errors that can pass.
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
 * Reports a failure on the check, and resolves to the run's outcome. A review that was not possible makes the check
 * neutral. If the review was measured and only writing its comments failed, the check has the review's result.
 */
async function reportFailure(work: Work, error: unknown): Promise<RunOutcome> {
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
  const text = kind === 'pull-request' ? describeUnwritten(output, statusOf(error)) : output;
  // A merge group has no command that accepts.
  const rest = kind === 'pull-request' ? { actions } : {};
  try {
    await concludeCheck(work, conclusion, text, { annotations, ...rest });
  } catch (why) {
    if (!isRefused(why)) throw why;
    // A single invalid annotation can be the reason, and the conclusion is more important than the annotations.
    await concludeCheck(work, conclusion, text, rest);
  }
  return outcomes[conclusion];
}

/** Ends a run whose failure GitHub refuses to show on the check. Only the log has the reason. */
async function endUnreported(work: Work, error: unknown): Promise<RunOutcome | null> {
  const answer = error instanceof Error ? error.message : String(error);
  const advice = lacksPermission(error) ? checkLogs.forbidden : checkLogs.refused;
  work.log.error({ step: 'untold', status: statusOf(error), answer, err: error }, advice);
  return finish(work, hasCrashed(work) ? 'crashed' : 'error');
}
