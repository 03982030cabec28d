/** Values of one unit over the repeats of one try. */
export type Range = { min: number; max: number };

/** What became of an allocation when a change was taken back. */
export type Weighed = 'gone' | 'less' | 'same';

/** Averages from profiles wobble: half an object, or a twentieth, is no remainder. */
const slack = (added: number): number => Math.max(0.5, added / 20);

export const rangeOf = (values: readonly number[]): Range => ({
  min: Math.min(...values),
  max: Math.max(...values),
});

/** How much less a try makes than head; nothing where their ranges meet. */
export const savedBy = (head: Range, tried: Range): number =>
  tried.max < head.min ? head.min - tried.min : 0;

/**
 * Whether a try is without what a finding adds.
 * @param added what the finding adds, in the same unit
 */
export function weigh(head: Range, tried: Range, added: number): Weighed {
  const saved = savedBy(head, tried);
  if (saved > 0 && added - saved <= slack(added)) return 'gone';
  return saved >= Math.min(1, added) || saved > slack(added) ? 'less' : 'same';
}
