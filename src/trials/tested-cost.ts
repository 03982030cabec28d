import { TINY_BLOCK } from '../compare/thresholds.ts';
import { withoutTypeArguments } from '../compare/type-arguments.ts';
import type { AllocationSite } from '../compare/types.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import type { Range } from './weigh.ts';

/** `example.com/m/pkg.(*T[...]).M.func1` → `example.com/m/pkg.(*T).M`: closures and instances count for their function. */
export const functionOfFrame = (name: string): string =>
  withoutTypeArguments(name).replace(/(?:\.(?:func|gowrap|deferwrap)?\d+|-range\d+)+$/u, '');

/** The function's name in a profile. */
export const profileName = ({ package: path, name }: Pick<ChangedFunction, 'package' | 'name'>): string =>
  `${path}.${name}`;

/**
 * The allocations of one function in one run of a test. `shared`: how many objects can be blocks of the tiny allocator, in
 * which several objects lie; the profile counts such a block once, for whoever opens it.
 */
export type Allocated = { objects: number; bytes: number; shared: number };

/** What a site allocates in objects of a block's size. */
export function sharedOf({ objects, bytes, callees, parts }: AllocationSite): number {
  const own = parts ?? [{ objects, bytes, callees }];
  return own
    .filter((part) => part.bytes === part.objects * TINY_BLOCK)
    .reduce((sum, part) => sum + part.objects, 0);
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
export function apart(base: readonly number[], head: readonly number[]): number {
  const [before, after] = [rangeOf(base), rangeOf(head)];
  const gap = after.min - before.max;
  const spread = Math.max(before.max - before.min, after.max - after.min);
  return gap > 0 && spread * 4 <= gap ? gap : 0;
}

/** A whole object per call, but for what an average loses. */
const WHOLE = 0.95;
/** In fewer calls, a neighbour can hide all tiny objects of a function. */
export const FEW_CALLS = 4;

/**
 * Whether objects of a block's size are more at head, and not only the blocks that tiny objects of both sides open: where
 * base has such objects, each call must add a whole one.
 */
function isSharedClear(base: readonly Allocated[], head: readonly Allocated[], calls: number): boolean {
  const of = (side: readonly Allocated[]): number[] => side.map(({ shared }) => shared);
  const isNew = calls >= FEW_CALLS && base.every(({ shared }) => shared === 0);
  return isNew || apart(of(base), of(head)) >= calls * WHOLE;
}

/** The same without objects of a block's size. */
const withoutShared = ({ objects, bytes, shared }: Allocated): Allocated => ({
  objects: objects - shared,
  bytes: bytes - shared * TINY_BLOCK,
  shared: 0,
});

/**
 * The additional allocations per call of a function at head; null: the ranges of the sides are not far apart.
 * @param calls how often the test calls the function
 */
export function costPerCall(
  base: readonly Allocated[],
  head: readonly Allocated[],
  calls: number,
): Pick<Allocated, 'objects' | 'bytes'> | null {
  if (calls <= 0 || base.length === 0 || head.length === 0) return null;
  const [before, after] = isSharedClear(base, head, calls)
    ? [base, head]
    : [base.map(withoutShared), head.map(withoutShared)];
  const of = (unit: 'objects' | 'bytes'): number =>
    apart(
      before.map((one) => one[unit]),
      after.map((one) => one[unit]),
    ) / calls;
  const cost = { objects: of('objects'), bytes: of('bytes') };
  if (cost.objects >= LEAST_PER_CALL) return cost;
  // The objects are larger, but not more.
  const fewer =
    rangeOf(after.map(({ objects }) => objects)).max <= rangeOf(before.map(({ objects }) => objects)).max;
  return fewer && cost.bytes >= LEAST_BYTES ? { objects: 0, bytes: cost.bytes } : null;
}
