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
import type { RunOutcome } from '../../store/types.ts';
import { CheckUnderWay, concludeCheck, endCancelledChecks } from './checks.ts';
import { planRun } from './plan.ts';
import { settleSharedHeads } from './shared-checks.ts';
import { lookAtPullRequest } from './pull-requests.ts';
import type { CheckApp, Work } from '../types.ts';

/** GitHub may be away for a while; a run that gets no further in so many tries ends with what there is. */
const MAX_TRIES = 10;

/** A run that crashed its worker this often is given up. */
const MAX_CRASHES = 3;

/**
 * Does a run's work and ends it, whatever happens. Resolves to how the run ended; null: it goes on elsewhere or later.
 */
export function settle(work: Work, advance: () => Promise<RunOutcome>): Promise<RunOutcome | null> {
  return attempt(work, advance, async (error) => {
    const now = await readAgain(work);
    if (mayPass(error) && now.run.retries + 1 < MAX_TRIES) return retryLater(now, error);
    // What keeps a review from being made may keep its telling from being written, too.
    return attempt(
      now,
      () => tellFailure(now, error),
      (why) => (mayPass(why) ? retryLater(now, why) : endUntold(now, why)),
    );
  });
}

/** The work as the database has it: whatever failed, a check may have been made and something measured before. */
async function readAgain(work: Work): Promise<Work> {
  const { store } = work;
  const run = (await store.findRun(work.run.id)) ?? work.run;
  const repository = (await store.findRepository(work.repository.id)) ?? work.repository;
  return { ...work, run, repository };
}

/** `fail`: what to do about an error that says nothing of where the run goes on. */
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
  // The delivery that told of the newer head may have been lost.
  if (isOurs && outcome === 'superseded' && subject.kind === 'pull-request') {
    const { repository } = await readAgain(work);
    await lookAtPullRequest(work, repository, subject.number);
  }
  return isOurs ? outcome : null;
}

/** A run that was cancelled while it was being made may have a check by now that its canceller did not know. */
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

/** Whether the same may succeed later: GitHub, the way to it or the database is away, or what is to be fetched has just moved. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Failure)) return isTransient(error) || isDatabaseAway(error);
  const { code, facts } = error.reason;
  return code === 'fetch-failed' && passingProblems.has(facts.problem);
}

/** Hands the run back, to be taken up again at a time. */
async function handBack(
  { store, claim, log }: Pick<Work, 'store' | 'claim' | 'log'>,
  at: Date | null,
  why: string,
): Promise<null> {
  await store.releaseClaim(claim, at);
  log.info({ step: 'hand back', why, until: at?.toISOString() ?? 'now' });
  return null;
}

/** Hands the run back after a try that failed, for longer each time. */
async function retryLater(
  { store, claim, run, log, timing }: Pick<Work, 'store' | 'claim' | 'run' | 'log' | 'timing'>,
  error: unknown,
): Promise<null> {
  const at = new Date(Date.now() + timing.retryMs * Math.min(run.retries + 1, MAX_TRIES));
  log.warn({ step: 'retry', until: at.toISOString(), err: error }, 'GitHub or the database does not answer');
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
  if (error instanceof StalePlan) return finish(work, error.isClosed ? 'gone' : 'superseded');
  if (isGone(error)) return finish(work, 'gone');
  return fail(error);
}

export function hasCrashed({ run }: Pick<Work, 'run'>): boolean {
  // What was measured is only written again, which has its own reasons to fail: a red check is not given up so soon.
  return run.crashes >= (run.measured === null ? MAX_CRASHES : 2 * MAX_CRASHES);
}

/** Whatever kills workers must not go on doing so; the check ends, and a person can start it again. */
export async function giveUp(work: Work): Promise<RunOutcome> {
  if (work.run.subject.kind === 'baseline') return 'crashed';
  await concludeCheck(work, 'neutral', describeCrashes(work.run.crashes));
  return 'crashed';
}

/** null: nothing was measured, or it cannot be made into a plan, which is a failure to tell of. */
async function planMeasured(work: Pick<Work, 'store' | 'run'>): Promise<PullRequestPlan | null> {
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
 * What keeps a review from being made is told on the check, which it does not turn red. Where only the writing failed,
 * the check says what was measured.
 */
async function tellFailure(work: Work, error: unknown): Promise<RunOutcome> {
  const failure = toFailure(error);
  work.log.warn({ step: 'failure', code: failure.code, err: failure });
  if (hasCrashed(work)) return giveUp(work);
  const { kind } = work.run.subject;
  if (kind === 'baseline') return 'error';
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
    // One annotation that GitHub does not take is enough for that; how the check ends matters more.
    await concludeCheck(work, conclusion, told, rest);
  }
  return outcomes[conclusion];
}

/** The run ends: the same would be refused again. Who cannot be told of it on the check is told in the log. */
async function endUntold(work: Work, error: unknown): Promise<RunOutcome | null> {
  const answer = error instanceof Error ? error.message : String(error);
  const advice = lacksPermission(error) ? checkLogs.forbidden : checkLogs.refused;
  work.log.error({ step: 'untold', status: statusOf(error), answer, err: error }, advice);
  return finish(work, hasCrashed(work) ? 'crashed' : 'error');
}
