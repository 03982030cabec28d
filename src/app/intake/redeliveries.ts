import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from '../../github/errors.ts';
import {
  askForRedelivery,
  type DeliveryAttempt,
  listDeliveryAttempts,
} from '../../github/hook-deliveries.ts';
import type { GitHub } from '../../github/types.ts';
import { OVERLAP_MS } from '../operate/timing.ts';
import type { App } from '../types.ts';

/** The age of the oldest delivery that GitHub redelivers. */
const MAX_AGE_MS = 3 * 24 * 60 * 60_000;

/** A delivery that was not acknowledged. `attemptId`: of its last attempt. `attempts`: their number. */
export type Missed = { attemptId: number; attempts: number; firstAt: Date; lastAt: Date };

/**
 * The deliveries that were not acknowledged, oldest first. A delivery whose first attempt is not in the list is left
 * out: it is too old, or it was acknowledged long ago and a person had it redelivered.
 */
export function findMissed(attempts: readonly DeliveryAttempt[]): Missed[] {
  const missed = [...Map.groupBy(attempts, ({ guid }) => guid).values()].flatMap((some) => {
    const sorted = some.toSorted((a, b) => a.at.getTime() - b.at.getTime());
    const first = sorted.find(({ isRedelivery }) => !isRedelivery);
    const last = sorted.at(-1);
    if (!first || !last || some.some(({ isAcknowledged }) => isAcknowledged)) return [];
    return [{ attemptId: last.id, attempts: some.length, firstAt: first.at, lastAt: last.at }];
  });
  return missed.toSorted((a, b) => a.firstAt.getTime() - b.firstAt.getTime());
}

/**
 * Whether a redelivery may be requested: immediately after the first attempt, then half a round later, and after twice
 * the time for each further attempt. A delivery that is refused repeatedly must not use up the rate limit.
 */
export function isDue({ attempts, lastAt }: Missed, now: Date, roundMs: number): boolean {
  const pauseMs = attempts === 1 ? 0 : roundMs * 2 ** (attempts - 3);
  return now.getTime() - lastAt.getTime() >= pauseMs;
}

/**
 * Asks GitHub to redeliver deliveries that were refused or not answered, because GitHub does not retry them itself. A
 * redelivery keeps its ID, so it is stored only once even if several servers request it.
 */
export async function askForMissed(app: App, signal: AbortSignal): Promise<void> {
  const now = new Date();
  const seen = (await app.store.findDeliveriesSeen())?.getTime() ?? 0;
  const since = new Date(Math.max(now.getTime() - MAX_AGE_MS, seen - OVERLAP_MS));
  const github = await app.gitHub.asApp();
  const missed = findMissed(await listDeliveryAttempts(github, since, signal));
  if (signal.aborted) return;
  // The next round begins with the oldest missed delivery, so it is tried again until it is acknowledged.
  await app.store.markDeliveriesSeen(missed[0]?.firstAt ?? now);
  const counts = { asked: 0, refused: 0 };
  try {
    for (const one of missed.filter((each) => isDue(each, now, app.timing.redeliveryMs))) {
      if (signal.aborted) return;
      counts[(await ask(github, one)) ? 'asked' : 'refused'] += 1;
      await sleep(app.timing.redeliverySpacingMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    if (missed.length > 0) app.log.info({ step: 'redeliver', missed: missed.length, ...counts });
  }
}

/** Resolves to whether GitHub redelivers it. It does not, for example, if the delivery has just become too old. */
async function ask(github: GitHub, { attemptId }: Missed): Promise<boolean> {
  try {
    await askForRedelivery(github, attemptId);
    return true;
  } catch (error) {
    if ([400, 404, 422].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}
