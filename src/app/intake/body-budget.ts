/** The maximum size of a body that counts as small. GitHub's usual payloads have 5 to 60 KiB. */
const SMALL_BYTES = 256 * 1024;

/** The memory of a request without its body: socket, parser, headers and objects. */
const REQUEST_BYTES = 16 * 1024;

/** The limits for the memory of all bodies together, in bytes. */
export type BodyShares = {
  /** For bodies of up to 256 KiB, each counted with 16 KiB for its request. Larger bodies cannot use it. */
  small: number;
  /** For all larger bodies. */
  large: number;
};

/**
 * The default limits. They suffice for 2,048 requests without a body yet, and for three of GitHub's largest payloads.
 */
export const defaultShares: BodyShares = { small: 32 * 1024 * 1024, large: 96 * 1024 * 1024 };

/** The account of one body that is being read. */
type BodyAccount = {
  /** Adds bytes that are kept from now on. If the share is used up, this body or another one is dropped. */
  add: (bytes: number) => void;
  /** Releases all bytes of the body. */
  close: () => void;
};

export type BodyBudget = {
  /**
   * Opens an account for a body of that length in bytes; null: unknown. `drop` is called at most once, when the body
   * has to make room for others.
   */
  open: (length: number | null, drop: () => void) => BodyAccount;
};

type Sender = { share: keyof BodyShares; bytes: number; since: number; drop: () => void };

/**
 * Creates a budget that limits the memory of bodies whose signature is not verified yet, because anybody can send
 * those. If a share is used up, the sender that is slowest on average is dropped first: GitHub sends a payload quickly,
 * while an attacker must occupy memory for a long time. `now`: milliseconds of a steady clock.
 */
export function createBodyBudget(
  shares: BodyShares = defaultShares,
  now: () => number = () => performance.now(),
): BodyBudget {
  const senders = new Set<Sender>();
  const used = { small: 0, large: 0 };

  function remove(sender: Sender): void {
    if (senders.delete(sender)) used[sender.share] -= sender.bytes;
  }

  function findSlowest(share: keyof BodyShares): Sender | null {
    const time = now();
    let slowest: Sender | null = null;
    let leastRate = Infinity;
    for (const sender of senders) {
      // The extra millisecond avoids a division by zero for a new sender.
      const rate = sender.bytes / (time - sender.since + 1);
      if (sender.share !== share || rate >= leastRate) continue;
      leastRate = rate;
      slowest = sender;
    }
    return slowest;
  }

  function makeRoom(share: keyof BodyShares): void {
    while (used[share] > shares[share]) {
      const slowest = findSlowest(share);
      if (slowest === null) return;
      remove(slowest);
      slowest.drop();
    }
  }

  function add(sender: Sender, bytes: number): void {
    if (!senders.has(sender)) return;
    sender.bytes += bytes;
    used[sender.share] += bytes;
    makeRoom(sender.share);
  }

  return {
    open: (length, drop) => {
      const share = length !== null && length <= SMALL_BYTES ? 'small' : 'large';
      const sender: Sender = { share, bytes: 0, since: now(), drop };
      senders.add(sender);
      add(sender, REQUEST_BYTES);
      return { add: (bytes) => add(sender, bytes), close: () => remove(sender) };
    },
  };
}
