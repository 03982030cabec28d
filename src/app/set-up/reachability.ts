import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reach } from '../../report/words/set-up-page.ts';

/** The milliseconds for an answer: as long as GitHub waits. */
const PATIENCE_MS = 10_000;

export type ReachCheck = {
  /** Sends a message to an address for webhooks, and resolves to whether it arrived here, or to the problem. */
  check: (address: string) => Promise<Reach>;
  /** Takes the body of a received request. Returns whether it is one of our messages. */
  receive: (body: string) => boolean;
};

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The message of `fetch` only says that it failed. The cause has the reason.
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Creates a check of whether messages to an address arrive here, through any proxy, tunnel or channel. */
export function createReachCheck(patienceMs = PATIENCE_MS): ReachCheck {
  const awaited = new Map<string, () => void>();

  async function send(address: string, nonce: string): Promise<Reach | null> {
    try {
      const { status } = await fetch(address, {
        method: 'POST',
        redirect: 'manual',
        body: JSON.stringify({ allocgate: nonce }),
        headers: { 'content-type': 'application/json', 'x-github-event': 'ping' },
        signal: AbortSignal.timeout(patienceMs),
      });
      return status >= 200 && status < 300 ? null : { kind: 'refused', status };
    } catch (error) {
      return { kind: 'failed', reason: describe(error) };
    }
  }

  return {
    check: async (address) => {
      const nonce = randomBytes(16).toString('hex');
      const arrival = Promise.withResolvers<void>();
      awaited.set(nonce, arrival.resolve);
      const arrived = arrival.promise.then((): Reach => ({ kind: 'reached' }));
      // A channel answers immediately, and forwards the message a moment later.
      const missed = async (): Promise<Reach> => {
        const problem = await send(address, nonce);
        if (problem !== null) return problem;
        return sleep(patienceMs / 2, { kind: 'elsewhere' }, { ref: false });
      };
      const reach = await Promise.race([arrived, missed()]);
      awaited.delete(nonce);
      return reach;
    },
    receive: (body) => {
      const nonce = /^\{"allocgate":"([0-9a-f]{32})"\}$/u.exec(body)?.[1];
      const arrive = awaited.get(nonce ?? '');
      arrive?.();
      return arrive !== undefined;
    },
  };
}
