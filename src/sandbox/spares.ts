import type { Command } from './types.ts';

/**
 * Jails that are created before they are needed. Creating a jail takes longer than many benchmarks run, and the same
 * benchmarks run repeatedly in equal jails. So while one runs, a shell waits in the next jail for its command.
 */
export type Spares<Jailed> = {
  /** Takes the spare jail that fits a command, if there is one. */
  take: (command: Command) => Promise<Jailed | null>;
  /** Starts to create a jail for the next command that equals this one in everything that determines its jail. */
  prepare: (command: Command) => void;
  /** Discards all spare jails. */
  close: () => Promise<void>;
};

/** The maximum number of spare jails. The two sides and the two crosses of a package run in turn. */
const MAX_SPARES = 4;

/** A text that is equal for commands with equal jails. */
function describeJail({ view, cwd, env, resultFile }: Command): string {
  return JSON.stringify([view, cwd, env, resultFile?.path ?? null, resultFile?.maxBytes ?? 0]);
}

/**
 * Whether a program can leave nothing behind and will probably run again in the same jail, as benchmarks do. Go commands
 * do not: each has its own folders.
 */
function mayRepeat({ view }: Command): boolean {
  return view.writable.length === 0 && view.moved === undefined && !view.network;
}

export function createSpares<Jailed>(
  make: (command: Command) => Promise<Jailed>,
  discard: (jailed: Jailed) => Promise<void>,
): Spares<Jailed> {
  const waiting = new Map<string, Promise<Jailed>>();
  const drop = async (spare: Promise<Jailed>): Promise<void> => {
    // A jail that could not be created needs no clean-up. The next command creates its own and gets the error.
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
      // The command that takes the jail handles an error. Until then it must not count as unhandled.
      spare.catch(() => {});
      waiting.set(key, spare);
      const [oldest] = waiting;
      if (waiting.size <= MAX_SPARES || !oldest) return;
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
