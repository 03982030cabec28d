/** Now, by two clocks: one may be set, the other one stands still while the machine sleeps. */
export type Moment = { wall: number; steady: number };

export const readClocks = (): Moment => ({ wall: Date.now(), steady: performance.now() });

/** By the clock that says more. */
export function msSince({ wall, steady }: Moment): number {
  const now = readClocks();
  return Math.max(now.wall - wall, now.steady - steady);
}
