/**
 * The present time on two clocks, in milliseconds. The wall clock can be set to another time, and the steady one stops
 * while the machine sleeps.
 */
export type Moment = { wall: number; steady: number };

export const readClocks = (): Moment => ({ wall: Date.now(), steady: performance.now() });

/** The milliseconds since a moment, by the clock on which more time has passed. */
export function msSince({ wall, steady }: Moment): number {
  const now = readClocks();
  return Math.max(now.wall - wall, now.steady - steady);
}
