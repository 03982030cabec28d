import { setTimeout as sleep } from 'node:timers/promises';

/** Thrown when the database does not answer in time. The commit may still happen. */
export class CommitTimeout extends Error {
  override name = 'CommitTimeout';
}

export type GroupCommit<Item> = {
  /** Resolves when the item is committed; throws the error of its commit, or `CommitTimeout`. */
  add: (item: Item) => Promise<void>;
};

type Entry<Item> = { item: Item; resolve: () => void; reject: (error: unknown) => void };

/** Resolves when the promise does, or after `ms`. */
async function waitAtMost(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}

/**
 * Commits items in groups: items that arrive during a commit go into the next one, so the number of transactions
 * depends on the speed of the disk and not on the number of items. If a group fails, each of its items is committed
 * separately once, so that one bad item does not affect the others.
 *
 * Each commit begins after a pause of `gatherMs`: PGlite runs in this thread and blocks all requests while it
 * commits, so without a pause a group would never have more than one item.
 *
 * An item that is not committed within `patienceMs` fails, and its commit is not started afterwards. When a commit has
 * taken half of that time, the next one starts beside it, so that a hanging connection affects only its own group.
 */
export function createGroupCommit<Item>({
  commit,
  maxBatch,
  gatherMs,
  patienceMs,
}: {
  commit: (items: readonly Item[]) => Promise<void>;
  maxBatch: number;
  gatherMs: number;
  patienceMs: number;
}): GroupCommit<Item> {
  let waiting: Entry<Item>[] = [];
  let isRunning = false;

  async function commitEntries(entries: readonly Entry<Item>[]): Promise<void> {
    try {
      await commit(entries.map(({ item }) => item));
      for (const { resolve } of entries) resolve();
    } catch (error) {
      const [only, second] = entries;
      if (only && !second) only.reject(error);
      else await Promise.all(entries.map((entry) => commitEntries([entry])));
    }
  }

  async function drain(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      await sleep(gatherMs);
      await waitAtMost(patienceMs / 2, commitEntries(waiting.splice(0, maxBatch)));
    }
    isRunning = false;
  }

  async function add(item: Item): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { item, resolve, reject };
    const timer = setTimeout(() => {
      waiting = waiting.filter((other) => other !== entry);
      reject(new CommitTimeout(`not stored within ${patienceMs} ms`));
    }, patienceMs);
    waiting.push(entry);
    if (!isRunning) void drain();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  return { add };
}
