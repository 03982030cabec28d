import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from './errors.ts';

const MAX_ROUNDS = 4;
/** After an unclear answer GitHub may still be at work; the next look waits this long, the one after twice. */
const SETTLE_MS = 1000;

/**
 * Looks and writes until all is as it shall be. Each round looks first, so a write whose answer was lost is not sent
 * again when it had its effect. After an unclear answer it ends with a round that had nothing to do, so that what
 * showed late is found, too.
 * @param round returns how many writes it made
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
