/** The present time on two clocks: one can be changed, and the other stops while the machine sleeps. */
export type Moment = { wall: number; steady: number };

export const readClocks = (): Moment => ({ wall: Date.now(), steady: performance.now() });

/** The elapsed milliseconds, by the clock that shows more. */
export function msSince({ wall, steady }: Moment): number {
  const now = readClocks();
  return Math.max(now.wall - wall, now.steady - steady);
}
