import { Failure, toFailure } from '../errors.ts';
import { isGone, isTransient, LostClaim, RateLimited, StalePlan } from '../github/errors.ts';
import { describeNotMeasured } from '../report/check-text.ts';
import { isDatabaseAway } from '../store/away.ts';
import type { RunOutcome } from '../store/types.ts';
import { CheckUnderWay, concludeCheck, endCancelledChecks } from './checks.ts';
import { lookAtPullRequest } from './pull-requests.ts';
import type { Work } from './types.ts';

/** GitHub may be away for a while; a run that meets nothing else for so many attempts ends all the same. */
const MAX_ATTEMPTS = 10;

/**
 * Does a run's work and ends it, whatever happens. Resolves to how the run ended; null: it goes on elsewhere or later.
 */
export function settle(work: Work, advance: () => Promise<RunOutcome>): Promise<RunOutcome | null> {
  return attempt(work, advance, (error) =>
    // What keeps a review from being made may keep its telling from being written, too.
    attempt(work, () => tellFailure(work, toFailure(error)), rethrow),
  );
}

/** `fail`: what to do about an error that says nothing of where the run goes on. */
type Fail = (error: unknown) => Promise<RunOutcome | null>;

const rethrow: Fail = (why) => Promise.reject(why);

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
  const { subject } = work.run;
  // The delivery that told of the newer head may have been lost.
  if (isOurs && outcome === 'superseded' && subject.kind === 'pull-request') {
    await lookAtPullRequest(work, work.repository, subject.number);
  }
  return isOurs ? outcome : null;
}

/** A run that was cancelled while it was being made may have a check by now that its canceller did not know. */
async function endCheckIfCancelled({ store, run, ...app }: Work): Promise<void> {
  const now = await store.findRun(run.id);
  const outcome = now?.outcome;
  if (now === null || (outcome !== 'superseded' && outcome !== 'cancelled' && outcome !== 'gone')) return;
  await endCancelledChecks({ store, ...app }, [now]);
}

const passingReasons = new Set(['network', 'timed-out', 'busy', 'moved', 'missing-commit']);

/** Whether the same may succeed later: GitHub, the way to it or the database is away, or what is to be fetched has just moved. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Failure)) return isTransient(error) || isDatabaseAway(error);
  return error.code === 'fetch-failed' && passingReasons.has(String(error.facts['reason']));
}

/** Hands the run back, to be taken up again at a time. */
async function handBack({ store, claim, log }: Work, at: Date | null, why: string): Promise<null> {
  await store.releaseClaim(claim, at);
  log.info({ step: 'hand back', why, until: at?.toISOString() ?? 'now' });
  return null;
}

async function settleError(work: Work, error: unknown, fail: Fail): Promise<RunOutcome | null> {
  const { heartbeat, log, claim, timing } = work;
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
  if (mayPass(error) && claim.attempt < MAX_ATTEMPTS) {
    const at = new Date(Date.now() + timing.retryMs * claim.attempt);
    log.warn({ step: 'retry', err: error });
    return handBack(work, at, 'GitHub or the database does not answer');
  }
  return fail(error);
}

/** What keeps a review from being made is told on the check, which it does not turn red. */
async function tellFailure(work: Work, failure: Failure): Promise<RunOutcome> {
  work.log.warn({ step: 'failure', code: failure.code, err: failure });
  if (work.run.subject.kind !== 'baseline') {
    await concludeCheck(work, 'neutral', describeNotMeasured(failure));
  }
  return 'error';
}
