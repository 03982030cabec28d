import type { LineMap } from './line-map.ts';
import type { AllocationSite, CallerStack, Frame, Position, Side, SiteChange } from './types.ts';
import { compareText } from './order.ts';
import { hold, type Holding, type Taken, traceMoves } from './moves.ts';
import { type PairOptions, takePairs } from './pairing.ts';

/** Returns the compiler's name of the value that a line of one side puts on the heap; null: unknown, or several. */
export type NameValue = (position: Position) => string | null;

/** What is known of a line beside its allocations. */
export type LineFacts = {
  what: NameValue;
  /** The code of the line, without indentation and comments; null: unknown. */
  code: NameValue;
};

type Tier = PairOptions<AllocationSite>;

const noFacts: LineFacts = { what: () => null, code: () => null };

/** The same line of the same function, then of any function: one that was renamed, or is now inlined elsewhere. */
function listTiers(map: LineMap): Tier[] {
  return [byLineAndFunction, byLine].map((key) => ({
    baseKey: (site) => {
      const position = map.toHead(site.position);
      return position && key(site, position);
    },
    headKey: (site) => key(site, site.position),
  }));
}

/**
 * How the sites of one benchmark changed. Base's sites are mapped to head's lines. What they do not account for, because
 * of an edit or a move, is paired by what is allocated (see `traceMoves`), so that moved code is not a change. Only
 * sites whose values differ are listed: largest increase of objects first, then of bytes, then by position.
 */
export function diffSites(
  base: readonly AllocationSite[],
  head: readonly AllocationSite[],
  map: LineMap,
  facts: Record<Side, LineFacts> = { base: noFacts, head: noFacts },
): SiteChange[] {
  const matched: { base: AllocationSite; head: AllocationSite }[] = [];
  let left = { base: [...base], head: [...head] };
  for (const tier of listTiers(map)) {
    const taken = takePairs(left, tier);
    matched.push(...taken.pairs);
    left = taken.left;
  }
  const holdBase = (site: AllocationSite, isPaired: boolean): Holding =>
    hold(site, { ...factsOf(facts.base, site), isKept: map.toHead(site.position) !== null, isPaired });
  const holdHead = (site: AllocationSite, isPaired: boolean): Holding =>
    hold(site, { ...factsOf(facts.head, site), isKept: map.toBase(site.position) !== null, isPaired });
  const pairs = matched.map((pair) => ({ base: holdBase(pair.base, true), head: holdHead(pair.head, true) }));
  const free = {
    base: left.base.map((site) => holdBase(site, false)),
    head: left.head.map((site) => holdHead(site, false)),
  };
  const sources = traceMoves(pairs, free.base, free.head);
  const arrived = (holding: Holding): Taken[] => sources.get(holding) ?? [];
  return [
    ...pairs.map((pair) => describe(pair.head, [...arrived(pair.head), ...leftOver(pair.base)], map)),
    ...free.head.map((holding) => describe(holding, arrived(holding), map)),
    ...free.base.flatMap((holding) => leftOver(holding).map((gone) => describe(null, [gone], map))),
  ]
    .filter(isChange)
    .sort(compareChanges);
}

function factsOf({ what, code }: LineFacts, { position }: AllocationSite): Pick<Holding, 'what' | 'code'> {
  return { what: what(position), code: code(position) };
}

/** The parts of a base site that head does not allocate anywhere. */
function leftOver(holding: Holding): Taken[] {
  const left = holding.parts.filter(({ objects, bytes }) => objects > 0 || bytes > 0);
  return left.length > 0 ? [{ from: holding, ...add(left) }] : [];
}

function add(parts: readonly { objects: number; bytes: number }[]): { objects: number; bytes: number } {
  const sum = { objects: 0, bytes: 0 };
  for (const { objects, bytes } of parts) {
    sum.objects += objects;
    sum.bytes += bytes;
  }
  return sum;
}

function byLine(_: AllocationSite, { file, line }: Position): string {
  return `${file}:${line}`;
}

function byLineAndFunction(site: AllocationSite, position: Position): string {
  return `${byLine(site, position)} ${site.function}`;
}

/** The change of one site: at head, or of base if head has none. `taken`: base's allocations that it accounts for. */
function describe(holding: Holding | null, taken: readonly Taken[], map: LineMap): SiteChange {
  const before = add(taken);
  const heaviest = taken.toSorted((a, b) => b.objects - a.objects || b.bytes - a.bytes)[0]?.from.site;
  const head = holding?.site ?? null;
  const shown = head ?? heaviest;
  if (!shown) throw new Error('a change without a site');
  const { callees, inlines } = before.objects > (head?.objects ?? 0) ? (heaviest ?? shown) : shown;
  const added = before.objects > 0 && holding ? calleesOfAdded(holding) : null;
  const bases = [...new Set(taken.map(({ from }) => from.site))];
  return {
    position: head ? head.position : (map.toHead(shown.position) ?? shown.position),
    function: shown.function,
    objectsPerOp: { base: before.objects, head: head?.objects ?? 0 },
    bytesPerOp: { base: before.bytes, head: head?.bytes ?? 0 },
    callees: added ?? callees,
    ...(head?.ownObjectBytes === undefined ? {} : { ownObjectBytes: head.ownObjectBytes }),
    inlines,
    callers: mainCallers(bases, head, map),
  };
}

/** The callees of the objects that a site of head allocates and base did not; null if there are none. */
function calleesOfAdded({ parts }: Holding): string[][] | null {
  const left = parts.filter(({ objects }) => objects > 0);
  if (left.length === 0) return null;
  const stacks = left.flatMap(({ callees }) => callees);
  return [...new Map(stacks.map((stack) => [JSON.stringify(stack), stack])).values()];
}

/** A key of the calls: their names, and their lines if head still has base's line. */
function stackKey({ callers }: CallerStack, place: (position: Position) => Position | null): string {
  return JSON.stringify(
    callers.map(({ function: name, position }) => [name, position && (place(position)?.line ?? 'gone')]),
  );
}

/** The callers on the stack that adds most; for a site that is gone, on the heaviest stack. */
function mainCallers(bases: readonly AllocationSite[], head: AllocationSite | null, map: LineMap): Frame[] {
  const stacks = bases.flatMap((base) => base.stacks);
  const before = new Map(stacks.map((stack) => [stackKey(stack, map.toHead), stack]));
  const added = (head?.stacks ?? []).map((stack) => {
    const old = before.get(stackKey(stack, (position) => position));
    return { stack, objects: stack.objects - (old?.objects ?? 0), bytes: stack.bytes - (old?.bytes ?? 0) };
  });
  const [most] = added.sort((a, b) => b.objects - a.objects || b.bytes - a.bytes);
  return (most?.stack ?? stacks[0])?.callers ?? [];
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
