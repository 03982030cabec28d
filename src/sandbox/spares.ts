import type { Command } from './types.ts';

/**
 * Jails that are made before they are needed. To make one takes longer than many a benchmark runs; the same benchmarks
 * run again and again in equal jails, so while one runs, a shell waits in the next to be told what to become.
 */
export type Spares<Jailed> = {
  /** Takes the spare that suits a command, if there is one. */
  take: (command: Command) => Promise<Jailed | null>;
  /** Makes one for the next command of this kind. */
  prepare: (command: Command) => void;
  /** Discards all of them. */
  close: () => Promise<void>;
};

/** The two sides and the two crosses of a package, in turn. */
const MOST = 4;

/** What decides about a jail. */
function describeJail({ view, cwd, env, resultFile }: Command): string {
  return JSON.stringify([view, cwd, env, resultFile?.path ?? null, resultFile?.maxBytes ?? 0]);
}

/** A program that leaves nothing behind and will run again: a benchmark. Each go command has folders of its own. */
function mayRepeat({ view }: Command): boolean {
  return view.writable.length === 0 && view.moved === undefined && !view.network;
}

export function createSpares<Jailed>(
  make: (command: Command) => Promise<Jailed>,
  discard: (jailed: Jailed) => Promise<void>,
): Spares<Jailed> {
  const waiting = new Map<string, Promise<Jailed>>();
  const drop = async (spare: Promise<Jailed>): Promise<void> => {
    // One that could not be made has nothing to discard; whoever needs a jail makes one, and hears why not.
    const jailed = await spare.catch(() => null);
    if (jailed !== null) await discard(jailed);
  };
  const dropped: Promise<void>[] = [];
  return {
    take: async (command) => {
      const key = describeJail(command);
      const spare = waiting.get(key);
      waiting.delete(key);
      return spare ? spare.catch(() => null) : null;
    },
    prepare: (command) => {
      const key = describeJail(command);
      if (!mayRepeat(command) || waiting.has(key)) return;
      const spare = make(command);
      // Nobody may be waiting for it when it fails.
      spare.catch(() => {});
      waiting.set(key, spare);
      const [oldest] = waiting;
      if (waiting.size <= MOST || !oldest) return;
      waiting.delete(oldest[0]);
      dropped.push(drop(oldest[1]));
    },
    close: async () => {
      const left = [...waiting.values()];
      waiting.clear();
      await Promise.all([...dropped, ...left.map(drop)]);
    },
  };
}
