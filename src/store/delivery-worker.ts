import type { DeliveryTable } from './deliveries.ts';
import type { HeldDelivery } from './types.ts';

/** The number of deliveries that one process handles at the same time: they mostly wait for GitHub. */
const AT_ONCE = 16;

/** Deliveries that end within this time, in ms, are recorded in one statement. */
const GATHER_MS = 5;

/** The longest pause after a failure, in beats: an hour in production. */
const MAX_DELAY_BEATS = 240;

export type DeliveryWorker = {
  /** Claims deliveries that are due. Resolves when there are no more, or when the maximum number is in progress. */
  look: () => Promise<void>;
  /** Claims no more deliveries, and resolves when those in progress have ended. */
  stop: () => Promise<void>;
};

/**
 * Processes deliveries of the table. Each beat prolongs the claims, and looks for other deliveries: failed ones that
 * are due again, and those of crashed processes.
 */
export function startDeliveryWorker(
  table: Pick<DeliveryTable, 'exchange' | 'extend' | 'postpone'>,
  work: (delivery: HeldDelivery) => Promise<void>,
  { leaseMs, beatMs, onError }: { leaseMs: number; beatMs: number; onError: (error: unknown) => void },
): DeliveryWorker {
  const inHand = new Map<string, Promise<void>>();
  let finished: string[] = [];
  let isStopping = false;
  let looking: Promise<void> | null = null;
  let isToLookAgain = false;
  let gathering: NodeJS.Timeout | null = null;

  async function workOn(delivery: HeldDelivery): Promise<void> {
    const { id, attempt } = delivery;
    try {
      await work(delivery);
      finished.push(id);
    } catch {
      await table.postpone(id, beatMs * Math.min(2 ** (attempt - 1), MAX_DELAY_BEATS)).catch(onError);
    } finally {
      inHand.delete(id);
    }
    gathering ??= setTimeout(() => {
      gathering = null;
      void look();
    }, GATHER_MS);
  }

  /** Records ended deliveries and claims new ones. Returns whether there may be more. */
  async function exchange(): Promise<boolean> {
    const ended = finished;
    const free = isStopping ? 0 : AT_ONCE - inHand.size;
    if (free === 0 && ended.length === 0) return false;
    finished = [];
    try {
      // When this process stands still for longer than its lease, what it has in hand is due again.
      const taken = await table.exchange(ended, [...inHand.keys()], free, leaseMs);
      for (const delivery of taken) inHand.set(delivery.id, workOn(delivery));
      return taken.length > 0;
    } catch (error) {
      finished.push(...ended);
      throw error;
    }
  }

  async function lookOn(): Promise<void> {
    try {
      do isToLookAgain = false;
      while ((await exchange()) || isToLookAgain);
    } catch (error) {
      // The next beat looks again.
      onError(error);
    } finally {
      looking = null;
    }
  }

  function look(): Promise<void> {
    isToLookAgain = true;
    return (looking ??= lookOn());
  }

  async function beat(): Promise<void> {
    if (inHand.size > 0) await table.extend([...inHand.keys()], leaseMs);
    await look();
  }

  const timer = setInterval(() => void beat().catch(onError), beatMs);
  void look();
  return {
    look,
    stop: async () => {
      isStopping = true;
      // The beats go on until then, so that no other process claims what is in hand.
      while (inHand.size > 0) await Promise.all(inHand.values());
      clearInterval(timer);
      if (gathering !== null) clearTimeout(gathering);
      await look();
    },
  };
}
