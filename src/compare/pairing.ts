/** The items of each side that have no partner yet, in order. */
export type Unpaired<T> = { base: T[]; head: T[] };

/** The key that two items must share to be a pair; null pairs with nothing. */
export type PairKey<T> = (item: T) => string | null;

export type PairOptions<T> = {
  baseKey: PairKey<T>;
  headKey: PairKey<T>;
  /** Can refuse a pair whose keys are equal. */
  fits?: (base: T, head: T) => boolean;
};

/**
 * Pairs each item of head, in order, with the first item of base that has the same key and fits. Call it once per key,
 * the strictest first, each time with the items that the previous call left unpaired.
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
