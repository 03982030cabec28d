import type { Store } from '../../store/store.ts';
import type { Claim } from '../../store/types.ts';
import { type Moment, msSince, readClocks } from './elapsed-time.ts';
import type { Timing } from '../operate/timing.ts';

/** Why a run's work was ended from outside. */
type Stop = 'lost' | 'shutdown';

export type Heartbeat = {
  /** Aborted when the claim on the run is lost, or when this process must end. */
  signal: AbortSignal;
  /** The reason; null: not aborted. */
  reason: () => Stop | null;
  /** Whether no other process can hold the run now, as far as is known without a query. */
  isHeld: () => boolean;
  stop: () => void;
};

/**
 * Prolongs a claim during work. If it cannot be prolonged before its lease expires, because the database is unavailable
 * or this process was paused, the claim is lost: another process may hold it. `asked`: the time of the request for the
 * claim, which is earlier than the start of the lease.
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
    // An error means that the database is unavailable. The next beat tries again, until the lease expires.
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
