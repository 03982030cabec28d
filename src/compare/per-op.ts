import { compareText } from './order.ts';
import { addTo, type GatheredSite, type ProfileTotals, type Stack, type Weighted } from './profile.ts';
import type { AllocationPart, AllocationPath, AllocationSite, CallerStack } from './types.ts';

/** The allocations of one operation of a benchmark. */
export type PerOp = {
  /** Sorted by file, line, function. */
  sites: AllocationSite[];
  /** All objects and bytes per op, including those without a frame in the repository. */
  objects: number;
  bytes: number;
};

const MAX_CALLEES = 8;
const MAX_STACKS = 16;
const MAX_PATHS = 64;
const MAX_PARTS = 64;
/** Objects of the tiny allocator share blocks, up to 16 in one (runtime/malloc.go): averages are multiples of this. */
const OBJECT_GRAIN = 1 / 16;
/**
 * The grain of bytes for rare objects: large allocations count even if they are rare, but refilling a pool does not.
 */
const RARE_BYTE_GRAIN = 64;

/**
 * The allocations of one operation: the difference of two profiles of one benchmark at different `iterations`, stack by
 * stack, which removes set-up work and the trial run. `high` must have more iterations than `low`; otherwise all values
 * are 0. Go's profile counts a 16-byte block of the tiny allocator once, however many objects are in it: it shows too
 * few objects of less than 16 bytes without pointers, so `objects` can be less than allocs/op. A site's objects are
 * rounded to sixteenths, so that two runs of the same code agree.
 */
export function perOp(
  low: ProfileTotals & { iterations: number },
  high: ProfileTotals & { iterations: number },
): PerOp {
  const ops = high.iterations - low.iterations;
  if (ops <= 0) return { sites: [], objects: 0, bytes: 0 };
  const rate = (before: Weighted | undefined, after: Weighted): Weighted => ({
    objects: Math.max(0, (after.objects - (before?.objects ?? 0)) / ops),
    bytes: Math.max(0, (after.bytes - (before?.bytes ?? 0)) / ops),
  });
  const sites = [...high.gathered].flatMap(([key, site]) => {
    const before = low.gathered.get(key);
    const stacks = [...site.stacks].map(([stackKey, stack]): [string, Stack] => [
      stackKey,
      { ...stack, ...rate(before?.stacks.get(stackKey), stack) },
    ]);
    const settled = settle(stacks);
    return isCounted(settled) ? [summarize({ ...site, ...settled })] : [];
  });
  return { sites: sites.sort(compareSites), ...rate(low, high) };
}

/**
 * Removes differences from run to run: each entry is rounded to whole grains of its objects. Entries that round to
 * nothing (a refilled pool, a background goroutine) count only if all of them at a site add up to a grain.
 */
function settle(stacks: readonly [string, Stack][]): Weighted & { stacks: Map<string, Stack> } {
  const isRare = ([, stack]: [string, Stack]): boolean => countGrains(stack) === 0;
  const regular = stacks
    .filter((entry) => !isRare(entry))
    .map(([key, stack]): [string, Stack] => {
      const objects = countGrains(stack) * OBJECT_GRAIN;
      return [key, { ...stack, objects, bytes: objects * stack.size }];
    });
  const rare = stacks.filter(isRare);
  const left = steady(sum(rare.map(([, stack]) => stack)));
  const kept = isCounted(left) ? [...regular, ...rare] : regular;
  return { ...sum([...regular.map(([, stack]) => stack), left]), stacks: new Map(kept) };
}

function countGrains({ objects }: Weighted): number {
  return Math.round(objects / OBJECT_GRAIN);
}

/** Rounds the sum of entries with different sizes. */
function steady(total: Weighted): Weighted {
  const grains = countGrains(total);
  const byteGrain = grains === 0 ? RARE_BYTE_GRAIN : 1;
  return { objects: grains * OBJECT_GRAIN, bytes: Math.round(total.bytes / byteGrain) * byteGrain };
}

function sum(parts: readonly Weighted[]): Weighted {
  const total = { objects: 0, bytes: 0 };
  for (const { objects, bytes } of parts) addTo(total, objects, bytes);
  return total;
}

function isCounted({ objects, bytes }: Weighted): boolean {
  return objects > 0 || bytes > 0;
}

function summarize({ position, function: name, objects, bytes, stacks }: GatheredSite): AllocationSite {
  const byWeight = [...stacks].sort(
    ([ka, a], [kb, b]) => b.objects - a.objects || b.bytes - a.bytes || compareText(ka, kb),
  );
  const lists = new Map<string, string[]>();
  for (const [, stack] of byWeight) {
    const key = JSON.stringify(stack.callees);
    if (lists.size < MAX_CALLEES && !lists.has(key)) lists.set(key, stack.callees);
  }
  const callees = [...lists.values()].filter((list) => lists.size > 1 || list.length > 0);
  const ways = mergeCallers(byWeight.map(([, stack]) => stack));
  const paths = mergePaths(byWeight.map(([, stack]) => stack));
  const parts = mergeParts(byWeight.map(([, stack]) => stack));
  const inlines = [...stacks.values()].some((stack) => stack.inlines);
  const direct = sum([...stacks.values()].filter((stack) => stack.callees.length === 0));
  const own =
    direct.objects > 0 && callees.length > 0 ? { ownObjectBytes: direct.bytes / direct.objects } : {};
  return { position, function: name, objects, bytes, callees, inlines, stacks: ways, paths, parts, ...own };
}

/** Merges the stacks to one entry per list of callers. */
function mergeCallers(stacks: readonly Stack[]): CallerStack[] {
  const ways = new Map<string, CallerStack>();
  for (const { callers, objects, bytes } of stacks) {
    const key = JSON.stringify(callers);
    const way = ways.get(key) ?? { callers, objects: 0, bytes: 0 };
    addTo(way, objects, bytes);
    ways.set(key, way);
  }
  return [...ways.values()].sort((a, b) => b.objects - a.objects || b.bytes - a.bytes).slice(0, MAX_STACKS);
}

/**
 * Merges the entries of a stack with objects of different sizes. Values are rounded as those of sites, so that two runs
 * agree.
 */
function mergePaths(stacks: readonly Stack[]): AllocationPath[] {
  const paths = new Map<string, AllocationPath>();
  for (const { callers, callees, objects, bytes } of stacks) {
    const key = JSON.stringify([callers, callees]);
    const path = paths.get(key) ?? { callers, callees, objects: 0, bytes: 0 };
    addTo(path, objects, bytes);
    paths.set(key, path);
  }
  return [...paths]
    .map(([key, path]): [string, AllocationPath] => [key, { ...path, ...steady(path) }])
    .filter(([, path]) => isCounted(path))
    .sort(([ka, a], [kb, b]) => b.objects - a.objects || b.bytes - a.bytes || compareText(ka, kb))
    .slice(0, MAX_PATHS)
    .map(([, path]) => path);
}

/** Merges the entries of all callers whose objects have the same size and callees. */
function mergeParts(stacks: readonly Stack[]): AllocationPart[] {
  const parts = new Map<string, AllocationPart>();
  for (const { callees, size, objects, bytes } of stacks) {
    if (countGrains({ objects, bytes }) === 0) continue;
    const key = JSON.stringify([callees, size]);
    const part = parts.get(key) ?? { callees: callees.length > 0 ? [callees] : [], objects: 0, bytes: 0 };
    addTo(part, objects, bytes);
    parts.set(key, part);
  }
  return [...parts.values()].sort((a, b) => b.objects - a.objects || b.bytes - a.bytes).slice(0, MAX_PARTS);
}

function compareSites(a: AllocationSite, b: AllocationSite): number {
  return (
    compareText(a.position.file, b.position.file) ||
    a.position.line - b.position.line ||
    compareText(a.function, b.function)
  );
}
