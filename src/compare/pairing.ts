/** What is still without a partner on each side, in order. */
export type Unpaired<T> = { base: T[]; head: T[] };

/** What two things must have in common to be a pair; null pairs with nothing. */
export type PairKey<T> = (item: T) => string | null;

export type PairOptions<T> = {
  baseKey: PairKey<T>;
  headKey: PairKey<T>;
  /** Refuses a pair whose keys are equal. */
  fits?: (base: T, head: T) => boolean;
};

/**
 * Pairs each item of head, in order, with the first of base that has the same key and fits. Call it with one key after
 * the other, the strictest first, each with what the call before left over.
 */
export function takePairs<T>(
  left: Unpaired<T>,
  { baseKey, headKey, fits = () => true }: PairOptions<T>,
): { pairs: { base: T; head: T }[]; left: Unpaired<T> } {
  const waiting = Map.groupBy(left.base, baseKey);
  const pairs: { base: T; head: T }[] = [];
  const head = left.head.filter((item) => {
    const key = headKey(item);
    const list = key === null ? [] : (waiting.get(key) ?? []);
    const index = list.findIndex((base) => fits(base, item));
    const [partner] = index < 0 ? [] : list.splice(index, 1);
    if (partner === undefined) return true;
    pairs.push({ base: partner, head: item });
    return false;
  });
  const taken = new Set(pairs.map(({ base }) => base));
  return { pairs, left: { base: left.base.filter((item) => !taken.has(item)), head } };
}
