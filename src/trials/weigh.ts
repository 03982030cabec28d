/** Values of one unit over the repeats of one try. */
export type Range = { min: number; max: number };

/** The effect of taking a change back on an allocation. */
export type Weighed = 'gone' | 'less' | 'same';

/** Averages of profiles vary: half an object, or a twentieth of the cost, does not count as remaining. */
const slack = (added: number): number => Math.max(0.5, added / 20);

export const rangeOf = (values: readonly number[]): Range => ({
  min: Math.min(...values),
  max: Math.max(...values),
});

/** By how much a try is below head; 0 if their ranges overlap. */
export const savedBy = (head: Range, tried: Range): number =>
  tried.max < head.min ? head.min - tried.min : 0;

/**
 * Whether the cost of a finding disappeared in a try.
 * @param added the finding's cost, in the same unit
 */
export function weigh(head: Range, tried: Range, added: number): Weighed {
  const saved = savedBy(head, tried);
  if (saved > 0 && added - saved <= slack(added)) return 'gone';
  return saved >= Math.min(1, added) || saved > slack(added) ? 'less' : 'same';
}
