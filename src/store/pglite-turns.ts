import { setImmediate as nextRound, setTimeout as sleep } from 'node:timers/promises';

/** `urgent`: before all ordinary work. `burst`: urgent, and more of it follows. */
type Urgency = 'ordinary' | 'urgent' | 'burst';

/** Runs work when the resource is free, and resolves to its result. */
export type Turns = <T>(work: () => Promise<T>, urgency?: Urgency) => Promise<T>;

type Waiting = { since: number; urgency: Urgency; begin: () => Promise<void> };

/** After a turn of a burst, ordinary work waits this long for the next one, in ms. */
const BURST_GAP_MS = 20;

const URGENT_IN_A_ROW = 4;

/**
 * Ordinary work waits for urgent work and until the end of a burst. After `patienceMs`, it gets every fifth turn.
 *
 * Between two turns the event loop runs once: PGlite's work never really waits, and would otherwise block the network
 * until no work is left.
 */
export function createTurns(patienceMs: number): Turns {
  const urgent: Waiting[] = [];
  const ordinary: Waiting[] = [];
  let isRunning = false;
  /** The number of urgent turns since the last ordinary one. */
  let urgentTurns = 0;
  let burstUntil = 0;

  function takeNext(): Waiting | undefined {
    const now = performance.now();
    const hasWaited = ordinary[0] !== undefined && now - ordinary[0].since > patienceMs;
    if (urgent.length > 0 && !(hasWaited && urgentTurns >= URGENT_IN_A_ROW)) return urgent.shift();
    return hasWaited || now >= burstUntil ? ordinary.shift() : undefined;
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (urgent.length + ordinary.length > 0) {
      await nextRound();
      const next = takeNext();
      await (next === undefined ? sleep(1) : next.begin());
      if (next?.urgency === 'burst') burstUntil = performance.now() + BURST_GAP_MS;
      if (next !== undefined) urgentTurns = next.urgency === 'ordinary' ? 0 : urgentTurns + 1;
    }
    isRunning = false;
  }

  return (work, urgency = 'ordinary') =>
    new Promise((resolve, reject) => {
      const begin = (): Promise<void> => work().then(resolve, reject);
      (urgency === 'ordinary' ? ordinary : urgent).push({ since: performance.now(), urgency, begin });
      if (!isRunning) void run();
    });
}
