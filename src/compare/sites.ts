import type { LineMap } from './line-map.ts';
import type { AllocationSite, CallerStack, Frame, Position, SiteChange } from './types.ts';
import { compareText } from './order.ts';
import { type PairKey, type PairOptions, takePairs } from './pairing.ts';

type Pair = { base: AllocationSite | null; head: AllocationSite | null };
type Key = PairKey<AllocationSite>;

type Tier = PairOptions<AllocationSite>;

/** Which sites of base and head may be the same, the surest first. */
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
  // Two lines that both sides have are two places, whatever is allocated there. Changed lines are each other's first.
  const bothChanged: Tier['fits'] = (base, head) => !isKept(base) && !isOld(head);
  const oneChanged: Tier['fits'] = (base, head) => !isKept(base) || !isOld(head);
  const alike = (keys: readonly Key[], fits: Tier['fits']): Tier[] =>
    keys.map((key) => ({ baseKey: key, headKey: key, ...(fits && { fits }) }));
  // The same function calling the same: an edited line, or code that moved. What costs the same is the same first, in
  // another function too: one that was renamed and edited at once.
  const keys = [byFunctionAndCost, byFunctionAndCallees, byFunctionAndCalled, byCost];
  return [
    // The same line of the same function; then of any: a function that was renamed, or is now inlined elsewhere.
    { baseKey: mapped(byLineAndFunction), headKey: own(byLineAndFunction) },
    { baseKey: mapped(byLine), headKey: own(byLine) },
    // At last objects of the same size from the same calls: code that moved to another function and runs more often.
    ...alike([...keys, bySize], bothChanged),
    ...alike(keys, oneChanged),
  ];
}

/**
 * How the sites of one benchmark changed. Base's sites are mapped to head's lines; what an edit or a move left over is
 * paired by function and callees, then by what it allocates, so that moved code is no change. Only sites whose values
 * differ are listed: largest increase of objects first, then of bytes, then by position.
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

/** Closures are numbered in order, so `F.func2` may be what was `F.func1`. */
function ownerOf({ function: name }: AllocationSite): string {
  return name.replace(/(?:\.(?:func)?\d+)+$/u, '');
}

/** The stacks in an order of their own: by weight, equal ones trade places from run to run. */
function calleesOf({ callees }: AllocationSite): string[] {
  return callees.map((stack) => JSON.stringify(stack)).sort();
}

function byFunctionAndCost(site: AllocationSite): string {
  return JSON.stringify([ownerOf(site), byCost(site)]);
}

function byFunctionAndCallees(site: AllocationSite): string {
  return JSON.stringify([ownerOf(site), calleesOf(site)]);
}

/** By the functions that the line itself calls: what these do inside depends on what they are given. */
function byFunctionAndCalled(site: AllocationSite): string {
  const called = new Set(site.callees.map(([outermost]) => outermost ?? ''));
  return JSON.stringify([ownerOf(site), [...called].sort()]);
}

function byCost(site: AllocationSite): string {
  return JSON.stringify([site.objects, site.bytes, calleesOf(site)]);
}

/** Objects of many sizes, and bytes without whole objects, are nothing that another site could be known by. */
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

/** Calls by name, and by line where base's line still stands. */
function stackKey({ callers }: CallerStack, place: (position: Position) => Position | null): string {
  return JSON.stringify(
    callers.map(({ function: name, position }) => [name, position && (place(position)?.line ?? 'gone')]),
  );
}

/** The way to the site that adds most; of a site that is gone the heaviest. */
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
