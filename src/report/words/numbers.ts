/**
 * Rounds an average for display: to a whole number if it is nearly whole, else to one decimal. A very small value does
 * not become 0.
 */
export function formatNumber(value: number): string {
  const whole = Math.round(value);
  if (whole !== 0 && Math.abs(value - whole) < 0.05) return String(whole);
  if (value === 0) return '0';
  return Math.abs(value) < 0.05 ? value.toPrecision(1) : String(Number(value.toFixed(1)));
}

/**
 * Rounds the result of an experiment to one decimal. A value below 0.05 becomes 0: a few objects of a long run are
 * noise.
 */
export const formatTried = (value: number): string => String(Math.round(value * 10) / 10);

/** With its sign: `+1`, `-2`, `0`. */
export const formatSigned = (value: number): string =>
  value > 0 ? `+${formatNumber(value)}` : formatNumber(value);

/** `2 → 3`; a side that was not measured is a dash. */
export function formatChange({ base, head }: { base: number | null; head: number | null }): string {
  const show = (value: number | null): string => (value === null ? '–' : formatNumber(value));
  return base === head ? show(head) : `${show(base)} → ${show(head)}`;
}

/** Milliseconds as `34.1 s`. */
export const formatSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
