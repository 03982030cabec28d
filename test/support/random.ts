/** Numbers that are the same for the same seed. */
export type Random = {
  /** From 0 to below 1. */
  next: () => number;
  /** From 0 to below `end`. */
  integer: (end: number) => number;
  chance: (share: number) => boolean;
  pick: <T>(values: readonly T[]) => T;
};

/** A linear congruential generator modulo 2³² (Numerical Recipes' constants), of which the upper bits are used. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const integer = (end: number): number => Math.floor(next() * end);
  return {
    next,
    integer,
    chance: (share) => next() < share,
    pick: (values) => {
      const value = values[integer(values.length)];
      if (value === undefined) throw new Error('there is nothing to pick from');
      return value;
    },
  };
}
