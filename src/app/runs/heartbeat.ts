import type { Store } from '../../store/store.ts';
import type { Claim } from '../../store/types.ts';
import { type Moment, msSince, readClocks } from './elapsed-time.ts';
import type { Timing } from '../operate/timing.ts';

/** Why the work on a run must end: the claim is lost, or the process shuts down. */
type Stop = 'lost' | 'shutdown';

export type Heartbeat = {
  /** Aborted when the claim on the run is lost, or when this process must end. */
  signal: AbortSignal;
  /** The reason; null: not aborted. */
  reason: () => Stop | null;
  /** Whether the claim's lease has not expired, so that no other process can have the run. Needs no query. */
  isHeld: () => boolean;
  stop: () => void;
};

/**
 * Extends a claim every `beatMs` during the work on its run. If that fails until the lease expires, because the database
 * is unavailable or this process was paused, the claim is lost: another process may have the run. `asked`: the time at
 * which the claim was requested, because the lease cannot have begun earlier.
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
