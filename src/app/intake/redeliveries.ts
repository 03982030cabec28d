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

/** GitHub sends nothing again that is older. */
const MAX_AGE_MS = 3 * 24 * 60 * 60_000;

/** What nobody acknowledged. `attemptId`: the last one. */
export type Missed = { attemptId: number; attempts: number; firstAt: Date; lastAt: Date };

/**
 * The oldest first. Where the first attempt is not in the list, it is too old, or was acknowledged long ago and a person
 * had it sent once more.
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
 * At once where it was sent only once; after that half a round later, and twice as long after each further attempt:
 * what is refused time and again must not use up what GitHub lets the App ask.
 */
export function isDue({ attempts, lastAt }: Missed, now: Date, roundMs: number): boolean {
  const pauseMs = attempts === 1 ? 0 : roundMs * 2 ** (attempts - 3);
  return now.getTime() - lastAt.getTime() >= pauseMs;
}

/**
 * Asks GitHub to send again what was refused or not answered: it does not do so by itself. What it sends has the ID that
 * it had, so where several servers ask for the same it is stored once all the same.
 */
export async function askForMissed(app: App, signal: AbortSignal): Promise<void> {
  const now = new Date();
  const seen = (await app.store.findDeliveriesSeen())?.getTime() ?? 0;
  const since = new Date(Math.max(now.getTime() - MAX_AGE_MS, seen - OVERLAP_MS));
  const github = await app.gitHub.asApp();
  const missed = findMissed(await listDeliveryAttempts(github, since, signal));
  if (signal.aborted) return;
  // The next round looks at what is missed now, whatever becomes of it here, and as long as it is.
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

/** False when GitHub does not send that one again, as when it has just become too old. */
async function ask(github: GitHub, { attemptId }: Missed): Promise<boolean> {
  try {
    await askForRedelivery(github, attemptId);
    return true;
  } catch (error) {
    if ([400, 404, 422].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}
