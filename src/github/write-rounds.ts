import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from './errors.ts';

const MAX_ROUNDS = 4;
/**
 * After an unclear answer GitHub may still process the request. The next read waits this long, the one after it twice
 * as long.
 */
const SETTLE_MS = 1000;

/**
 * Reads and writes until everything is as planned. Each round reads first, so a write whose answer was lost is not
 * repeated if it had its effect. After an unclear answer the last round must find nothing to do, so that late effects
 * are found, too.
 * @param round returns the number of its writes
 */
export async function writeInRounds(round: () => Promise<number>, settleMs = SETTLE_MS): Promise<void> {
  let wasUnclear = false;
  for (let count = 1; ; count += 1) {
    try {
      const writes = await round();
      if (writes === 0 || !wasUnclear || count === MAX_ROUNDS) return;
    } catch (error) {
      if (!isTransient(error) || count === MAX_ROUNDS) throw error;
      wasUnclear = true;
    }
    await sleep(settleMs * count);
  }
}
