import type { DeliveryTable } from './deliveries.ts';
import type { HeldDelivery } from './types.ts';

/** How many deliveries one process works on at once: they wait for GitHub most of the time. */
const AT_ONCE = 16;

/** Those that end together are recorded together. */
const GATHER_MS = 5;

const MAX_DELAY_MS = 60 * 60_000;

export type DeliveryWorker = {
  /** Takes up what is due. Resolves when nothing more is, or as soon as there is no room for it. */
  look: () => Promise<void>;
  /** Takes up nothing more, and resolves when what is in hand has ended. */
  stop: () => Promise<void>;
};

/**
 * Works on deliveries of the table. Each beat it says that those in hand are still worked on, and looks for those that
 * nobody told it of: failed ones whose time has come, and those of processes that died.
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
      await table.postpone(id, Math.min(beatMs * 2 ** (attempt - 1), MAX_DELAY_MS)).catch(onError);
    } finally {
      inHand.delete(id);
    }
    gathering ??= setTimeout(() => {
      gathering = null;
      void look();
    }, GATHER_MS);
  }

  /** True when there may be more. */
  async function exchange(): Promise<boolean> {
    const ended = finished;
    const free = isStopping ? 0 : AT_ONCE - inHand.size;
    if (free === 0 && ended.length === 0) return false;
    finished = [];
    try {
      const taken = await table.exchange(ended, free, leaseMs);
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
      clearInterval(timer);
      while (inHand.size > 0) await Promise.all(inHand.values());
      if (gathering !== null) clearTimeout(gathering);
      await look();
    },
  };
}
