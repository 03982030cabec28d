import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Lets one work after the other at what only one can use, and tells its result. `isUrgent`: before all that is not; where
 * something else has waited for longer than `patienceMs`, every fifth turn is its.
 */
export type Turns = <T>(work: () => Promise<T>, isUrgent?: boolean) => Promise<T>;

type Waiting = { since: number; begin: () => Promise<void> };

const URGENT_IN_A_ROW = 4;

/**
 * Between two turns the event loop goes round once: work that never really waits, like PGlite's, would else keep out
 * all that comes from the network until nobody has work any more.
 */
export function createTurns(patienceMs: number): Turns {
  const urgent: Waiting[] = [];
  const ordinary: Waiting[] = [];
  let isRunning = false;

  /** Since what is not urgent had its turn. */
  let urgentTurns = 0;

  function takeNext(): Waiting | undefined {
    const hasWaited = ordinary[0] !== undefined && performance.now() - ordinary[0].since > patienceMs;
    const isUrgent = urgent.length > 0 && !(hasWaited && urgentTurns >= URGENT_IN_A_ROW);
    urgentTurns = isUrgent ? urgentTurns + 1 : 0;
    return isUrgent ? urgent.shift() : ordinary.shift();
  }

  async function run(): Promise<void> {
    isRunning = true;
    for (;;) {
      await nextTurn();
      const next = takeNext();
      if (next === undefined) break;
      await next.begin();
    }
    isRunning = false;
  }

  return (work, isUrgent = false) =>
    new Promise((resolve, reject) => {
      const begin = (): Promise<void> => work().then(resolve, reject);
      (isUrgent ? urgent : ordinary).push({ since: performance.now(), begin });
      if (!isRunning) void run();
    });
}
