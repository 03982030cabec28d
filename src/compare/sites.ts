import type { LineMap } from './line-map.ts';
import type { AllocationSite, CallerStack, Frame, Position, SiteChange } from './types.ts';
import { compareText } from './order.ts';
import { type PairKey, type PairOptions, takePairs } from './pairing.ts';

type Pair = { base: AllocationSite | null; head: AllocationSite | null };
type Key = PairKey<AllocationSite>;

type Tier = PairOptions<AllocationSite>;

/** The ways to recognise a site of base at head, the most certain first. */
function listTiers(map: LineMap): Tier[] {
  const mapped =
    (key: (site: AllocationSite, position: Position) => string): Key =>
    (site) => {
      const position = map.toHead(site.position);
      return position && key(site, position);
    };
  const own =
    (key: (site: AllocationSite, position: Position) => string): Key =>
    (site) =>
      key(site, site.position);
  const isKept = (site: AllocationSite): boolean => map.toHead(site.position) !== null;
  const isOld = (site: AllocationSite): boolean => map.toBase(site.position) !== null;
  // Two different lines that both sides have are two different places. Changed lines are first paired with each other.
  const bothChanged: Tier['fits'] = (base, head) => !isKept(base) && !isOld(head);
  const oneChanged: Tier['fits'] = (base, head) => !isKept(base) || !isOld(head);
  const alike = (keys: readonly Key[], fits: Tier['fits']): Tier[] =>
    keys.map((key) => ({ baseKey: key, headKey: key, ...(fits && { fits }) }));
  // The same function with the same calls: an edited line, or code that moved. Sites with the same cost are paired
  // first, also in another function: one that was renamed and edited at the same time.
  const keys = [byFunctionAndCost, byFunctionAndCallees, byFunctionAndCalled, byCost];
  return [
    // The same line of the same function, then of any function: one that was renamed, or is now inlined elsewhere.
    { baseKey: mapped(byLineAndFunction), headKey: own(byLineAndFunction) },
    { baseKey: mapped(byLine), headKey: own(byLine) },
    // Finally objects of the same size from the same calls: code that moved to another function and runs more often.
    ...alike([...keys, bySize], bothChanged),
    ...alike(keys, oneChanged),
  ];
}

/**
 * How the sites of one benchmark changed. Base's sites are mapped to head's lines. The others, because of an edit or a
 * move, are paired by function and callees, then by what they allocate, so that moved code is not a change. Only sites
 * whose values differ are listed: largest increase of objects first, then of bytes, then by position.
 */
export function diffSites(
  base: readonly AllocationSite[],
  head: readonly AllocationSite[],
  map: LineMap,
): SiteChange[] {
  const pairs: Pair[] = [];
  let left = { base: [...base], head: [...head] };
  for (const tier of listTiers(map)) {
    const taken = takePairs(left, tier);
    pairs.push(...taken.pairs);
    left = taken.left;
  }
  const gone = left.base.map((site) => ({ base: site, head: null }));
  const added = left.head.map((site) => ({ base: null, head: site }));
  return [...pairs, ...gone, ...added]
    .flatMap((pair) => describe(pair, map))
    .filter(isChange)
    .sort(compareChanges);
}

function byLine(_: AllocationSite, { file, line }: Position): string {
  return `${file}:${line}`;
}

function byLineAndFunction(site: AllocationSite, position: Position): string {
  return `${byLine(site, position)} ${site.function}`;
}

/** The function around a closure. Closures are numbered in order, so `F.func2` can be the former `F.func1`. */
function ownerOf({ function: name }: AllocationSite): string {
  return name.replace(/(?:\.(?:func)?\d+)+$/u, '');
}

/** The callees in alphabetical order: sorted by weight, equal ones would swap from run to run. */
function calleesOf({ callees }: AllocationSite): string[] {
  return callees.map((stack) => JSON.stringify(stack)).sort();
}

function byFunctionAndCost(site: AllocationSite): string {
  return JSON.stringify([ownerOf(site), byCost(site)]);
}

function byFunctionAndCallees(site: AllocationSite): string {
  return JSON.stringify([ownerOf(site), calleesOf(site)]);
}

/** The functions that the line itself calls. What happens inside them depends on their arguments. */
function byFunctionAndCalled(site: AllocationSite): string {
  const called = new Set(site.callees.map(([outermost]) => outermost ?? ''));
  return JSON.stringify([ownerOf(site), [...called].sort()]);
}

function byCost(site: AllocationSite): string {
  return JSON.stringify([site.objects, site.bytes, calleesOf(site)]);
}

/**
 * The size of a site's objects; null if it has objects of many sizes or no whole objects, which identify no other site.
 */
function bySize(site: AllocationSite): string | null {
  const size = site.bytes / site.objects;
  return site.objects > 0 && Number.isInteger(size) ? JSON.stringify([size, calleesOf(site)]) : null;
}

function describe({ base, head }: Pair, map: LineMap): SiteChange[] {
  const shown = head ?? base;
  if (!shown) return [];
  const heavier = (base?.objects ?? 0) > (head?.objects ?? 0) ? base : head;
  const { callees, inlines } = heavier ?? shown;
  return [
    {
      position: head ? head.position : (map.toHead(shown.position) ?? shown.position),
      function: shown.function,
      objectsPerOp: { base: base?.objects ?? 0, head: head?.objects ?? 0 },
      bytesPerOp: { base: base?.bytes ?? 0, head: head?.bytes ?? 0 },
      callees,
      ...(head?.ownObjectBytes === undefined ? {} : { ownObjectBytes: head.ownObjectBytes }),
      inlines,
      callers: mainCallers(base, head, map),
    },
  ];
}

/** A key of the calls: their names, and their lines if head still has base's line. */
function stackKey({ callers }: CallerStack, place: (position: Position) => Position | null): string {
  return JSON.stringify(
    callers.map(({ function: name, position }) => [name, position && (place(position)?.line ?? 'gone')]),
  );
}

/** The callers on the stack that adds most; for a site that is gone, on the heaviest stack. */
function mainCallers(base: AllocationSite | null, head: AllocationSite | null, map: LineMap): Frame[] {
  const before = new Map(base?.stacks.map((stack) => [stackKey(stack, map.toHead), stack]));
  const added = (head?.stacks ?? []).map((stack) => {
    const old = before.get(stackKey(stack, (position) => position));
    return { stack, objects: stack.objects - (old?.objects ?? 0), bytes: stack.bytes - (old?.bytes ?? 0) };
  });
  const [most] = added.sort((a, b) => b.objects - a.objects || b.bytes - a.bytes);
  return (most?.stack ?? base?.stacks[0])?.callers ?? [];
}

function isChange(change: SiteChange): boolean {
  return addedObjects(change) !== 0 || addedBytes(change) !== 0;
}

function addedObjects({ objectsPerOp: { base, head } }: SiteChange): number {
  return head - base;
}

function addedBytes({ bytesPerOp: { base, head } }: SiteChange): number {
  return head - base;
}

function compareChanges(a: SiteChange, b: SiteChange): number {
  return (
    addedObjects(b) - addedObjects(a) ||
    addedBytes(b) - addedBytes(a) ||
    compareText(a.position.file, b.position.file) ||
    a.position.line - b.position.line ||
    compareText(a.function, b.function)
  );
}
