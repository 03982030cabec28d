import type { Claim, Store } from '../../store/types.ts';
import { type Moment, msSince, readClocks } from './elapsed-time.ts';
import type { Timing } from '../operate/timing.ts';

/** Why a run's work was ended from outside. */
type Stop = 'lost' | 'shutdown';

export type Heartbeat = {
  /** Aborted when the hold on the run is lost, or when this process is to end. */
  signal: AbortSignal;
  /** Why; null: it was not. */
  reason: () => Stop | null;
  /** Whether nobody else can have the run at this moment, as far as can be told without asking the database. */
  isHeld: () => boolean;
  stop: () => void;
};

/**
 * Prolongs a claim while work goes on. A claim that cannot be prolonged until its lease has run out, because the
 * database is away or this process was paused, is lost: somebody else may have it by then. `asked`: when the claim was
 * asked for; the database counts from later on.
 */
export function startHeartbeat(
  store: Pick<Store, 'extendClaim'>,
  claim: Claim,
  shutdown: AbortSignal,
  { leaseMs, beatMs, asked }: Pick<Timing, 'leaseMs' | 'beatMs'> & { asked: Moment },
): Heartbeat {
  const controller = new AbortController();
  let reason: Stop | null = null;
  let heldSince = asked;
  let isAsking = false;
  const end = (why: Stop): void => {
    reason ??= why;
    controller.abort();
  };
  const isHeld = (): boolean => reason !== 'lost' && msSince(heldSince) < leaseMs;
  const beat = async (): Promise<void> => {
    const now = readClocks();
    if (await store.extendClaim(claim, leaseMs)) heldSince = now;
    else end('lost');
  };
  const timer = setInterval(() => {
    if (!isHeld()) return end('lost');
    if (isAsking) return;
    isAsking = true;
    // An error is a database that is away: the next beat asks again, until the lease has run out.
    void beat()
      .catch(() => {})
      .finally(() => (isAsking = false));
  }, beatMs);
  const onShutdown = (): void => end('shutdown');
  shutdown.addEventListener('abort', onShutdown);
  if (shutdown.aborted) onShutdown();
  return {
    signal: controller.signal,
    reason: () => reason,
    isHeld,
    stop: () => {
      clearInterval(timer);
      shutdown.removeEventListener('abort', onShutdown);
    },
  };
}
