import type { AllocationSite } from '../compare/types.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import type { Range } from './weigh.ts';

/** `example.com/m/pkg.(*T[...]).M.func1` → `example.com/m/pkg.(*T).M`: closures and instances count for their function. */
export const functionOfFrame = (name: string): string =>
  name.replaceAll(/\[[^\]]*\]/gu, '').replace(/(?:\.(?:func|gowrap|deferwrap)?\d+|-range\d+)+$/u, '');

/** The function's name in a profile. */
export const profileName = ({ package: path, name }: Pick<ChangedFunction, 'package' | 'name'>): string =>
  `${path}.${name}`;

/** The allocations of one function in one run of a test. */
export type Allocated = { objects: number; bytes: number };

/** The allocations of a function's own lines, including its closures. */
export function sumOf(sites: readonly AllocationSite[], name: string): Allocated {
  const own = sites.filter((site) => functionOfFrame(site.function) === name);
  return {
    objects: own.reduce((sum, { objects }) => sum + objects, 0),
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** A smaller number of objects per call is random, or happens only once. */
const LEAST_PER_CALL = 0.1;
/** Fewer bytes than the smallest object do not count. */
const LEAST_BYTES = 8;

const rangeOf = (values: readonly number[]): Range => ({
  min: Math.min(...values),
  max: Math.max(...values),
});

/**
 * The difference of the sides if their ranges are far apart: each range is narrower than a quarter of the gap.
 * Otherwise 0.
 */
function apart(base: readonly number[], head: readonly number[]): number {
  const [before, after] = [rangeOf(base), rangeOf(head)];
  const gap = after.min - before.max;
  const spread = Math.max(before.max - before.min, after.max - after.min);
  return gap > 0 && spread * 4 <= gap ? gap : 0;
}

/**
 * The additional allocations per call of a function at head; null: the ranges of the sides are not far apart.
 * @param calls how often the test calls the function
 */
export function costPerCall(
  base: readonly Allocated[],
  head: readonly Allocated[],
  calls: number,
): Allocated | null {
  if (calls <= 0 || base.length === 0 || head.length === 0) return null;
  const of = (unit: keyof Allocated): number =>
    apart(
      base.map((one) => one[unit]),
      head.map((one) => one[unit]),
    ) / calls;
  const cost = { objects: of('objects'), bytes: of('bytes') };
  if (cost.objects >= LEAST_PER_CALL) return cost;
  // The objects are larger, but not more.
  const fewer =
    rangeOf(head.map(({ objects }) => objects)).max <= rangeOf(base.map(({ objects }) => objects)).max;
  return fewer && cost.bytes >= LEAST_BYTES ? { objects: 0, bytes: cost.bytes } : null;
}
