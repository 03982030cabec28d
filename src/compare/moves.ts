import type { AllocationPart, AllocationSite } from './types.ts';

/** Allocations of one site that no site of the other side explains yet. */
export type Holding = {
  site: AllocationSite;
  /** What the compiler calls the value (`Node`, `[]byte`); null: unknown, or several values. */
  what: string | null;
  /** The code of the line, without indentation and comments; null: unknown. */
  code: string | null;
  /** Whether the other side has the same line, too. */
  isKept: boolean;
  /** Whether the other side allocates on that line, too, so that the two sites are the same place. */
  isPaired: boolean;
  parts: Part[];
};

/** Objects of one size and one list of callees; `objects` is what is left of them. */
type Part = AllocationPart & { key: string; cost: string };

/** What a site of head takes over from base: `objects` and `bytes` per op. */
export type Taken = { from: Holding; objects: number; bytes: number };

/** The function around a closure. Closures are numbered in order, so `F.func2` can be the former `F.func1`. */
function ownerOf({ function: name }: Pick<AllocationSite, 'function'>): string {
  return name.replace(/(?:\.(?:func)?\d+)+$/u, '');
}

/** The parts of a site; one without known sizes is a single part, with a size if its objects can all have the same. */
function partsOf({ objects, bytes, callees, parts }: AllocationSite): AllocationPart[] {
  const known = (parts ?? []).map((part) => ({ ...part }));
  const rest = {
    objects: objects - known.reduce((sum, part) => sum + part.objects, 0),
    bytes: bytes - known.reduce((sum, part) => sum + part.bytes, 0),
  };
  return rest.objects > 0 || rest.bytes > 0 ? [...known, { ...rest, callees }] : known;
}

/** Sorted, because lists that are sorted by weight trade places from run to run. */
const calleesKey = ({ callees }: AllocationPart): string =>
  JSON.stringify(callees.map((stack) => JSON.stringify(stack)).sort());

export function hold(
  site: AllocationSite,
  { what, code, isKept, isPaired }: Omit<Holding, 'site' | 'parts'>,
): Holding {
  const parts = partsOf(site).map((part) => {
    const size = part.bytes / part.objects;
    const callees = calleesKey(part);
    const cost = JSON.stringify([part.objects, part.bytes, callees]);
    const key = part.objects > 0 && Number.isInteger(size) ? JSON.stringify([size, callees]) : cost;
    return { ...part, key, cost };
  });
  return { site, what, code, isKept, isPaired, parts };
}

type Key = (holding: Holding, part: Part) => string | null;
type Tier = { key: Key; fits: (base: Holding, head: Holding) => boolean };

const inOwner =
  (key: Key): Key =>
  (holding, part) => {
    const found = key(holding, part);
    return found && `${ownerOf(holding.site)} ${found}`;
  };
const byCost: Key = (_, { cost }) => cost;
const bySize: Key = (_, { key }) => key;
const byCallees: Key = (_, part) => calleesKey(part);
/** The functions that the line itself calls. What happens inside them depends on their arguments. */
const byCalled: Key = (_, { callees }) =>
  JSON.stringify([...new Set(callees.map(([outermost]) => outermost ?? ''))].sort());
/** Only where it is known what is allocated: the compiler says it, or the functions that allocate do. */
const byWhat =
  (key: Key): Key =>
  (holding, part) => {
    const isCalled = part.callees.some((stack) => stack.length > 0);
    return holding.what === null && !isCalled
      ? null
      : `${isCalled ? '' : holding.what} ${key(holding, part)}`;
  };

/** Only where the code of the line is known: a line that was moved or indented is recognised by it. */
const byCode =
  (key: Key): Key =>
  (holding, part) =>
    holding.code && `${holding.code} ${key(holding, part)}`;

const TARGET =
  /^(?:var |(?!(?:if|for|switch|select|case|else|go|defer|return)\b))(?<target>[\p{L}_][\p{L}\p{N}_.]*)(?:\s[^=]*)?:?=(?!=)/u;
/** Only where the line sets one variable or field: its memory was made at once, and now grows, or the reverse. */
const byTarget =
  (key: Key): Key =>
  (holding, part) => {
    const target = TARGET.exec(holding.code ?? '')?.groups?.['target'];
    return target === undefined ? null : `${target} ${key(holding, part)}`;
  };

// Two different lines that both sides have are two different places.
const bothChanged: Tier['fits'] = (base, head) => !base.isKept && !head.isKept;
const oneChanged: Tier['fits'] = (base, head) => !base.isKept || !head.isKept;
const oneChangedAndFree: Tier['fits'] = (base, head) =>
  oneChanged(base, head) && !base.isPaired && !head.isPaired;

/** Requires that the compiler gives both values the same name, or neither of them one. */
const byWord =
  (key: Key): Key =>
  (holding, part) =>
    `${holding.what ?? ''} ${key(holding, part)}`;

const sameThing = [byWhat(byCost), byWhat(bySize)];
/** The same thing at another size: a longer text, a larger buffer. */
const sameKind = byWhat(byCallees);
const sameCode = [byCode(byCost), byCode(bySize), byCode(byCallees)].map(inOwner);
const moves = [...sameThing.map(inOwner), ...sameThing];
const edits = [byWord(byCost), byWord(bySize), byCost, bySize, byCallees, byCalled].map(inOwner);
const under = (fits: Tier['fits'], keys: readonly Key[]): Tier[] => keys.map((key) => ({ key, fits }));

/**
 * The ways to recognise base's allocations at head, the most certain first: by the same code in the same function; the
 * same thing in the same function, then in another one; what the same variable gets; other things on edited lines of the
 * same function; finally objects of the same size. Objects that an unchanged line no longer allocates can only be on a
 * changed line now, and only as the same thing.
 */
const tiers: readonly Tier[] = [
  ...under(bothChanged, [...sameCode, ...moves]),
  ...under(oneChanged, [inOwner(byTarget(byCallees))]),
  ...under(bothChanged, [inOwner(sameKind), sameKind, ...edits, byCost, bySize]),
  ...under(oneChanged, moves),
  ...under(oneChangedAndFree, [...edits, byCost]),
];

/** The share of a part that has `objects` objects; exact, because counts are sixteenths and sizes are whole. */
function bytesOf(part: Part, objects: number): number {
  return objects === part.objects ? part.bytes : objects * (part.bytes / part.objects);
}

/** Takes as many objects as both parts have from base's part, or bytes if no objects are left. */
function take(from: Holding, part: Part, wanted: Part): Taken {
  const objects = Math.min(part.objects, wanted.objects);
  const least = Math.min(part.bytes, wanted.bytes);
  const [given, filled] = objects > 0 ? [bytesOf(part, objects), bytesOf(wanted, objects)] : [least, least];
  part.objects -= objects;
  part.bytes -= given;
  wanted.objects -= objects;
  wanted.bytes -= filled;
  return { from, objects, bytes: given };
}

const isLeft = ({ objects, bytes }: Part): boolean => objects > 0 || bytes > 0;

function runTier(
  base: readonly Holding[],
  head: readonly Holding[],
  { key, fits }: Tier,
  note: (head: Holding, taken: Taken) => void,
): void {
  const offers = Map.groupBy(
    base.flatMap((from) => from.parts.filter(isLeft).map((part) => ({ from, part, key: key(from, part) }))),
    (offer) => offer.key,
  );
  for (const to of head) {
    for (const wanted of to.parts.filter(isLeft)) {
      const name = key(to, wanted);
      for (const { from, part } of name === null ? [] : (offers.get(name) ?? [])) {
        if (!isLeft(wanted)) break;
        if (!isLeft(part) || part.objects > 0 !== wanted.objects > 0 || !fits(from, to)) continue;
        note(to, take(from, part, wanted));
      }
    }
  }
}

const always = (): boolean => true;

/** Settles a line that both sides have: head's allocations there are base's. */
function settlePair(base: Holding, head: Holding, note: (head: Holding, taken: Taken) => void): void {
  for (const key of [byCost, bySize, byCallees, () => ''])
    runTier([base], [head], { key, fits: always }, note);
}

/**
 * Finds the origin of head's sites. `pairs` are sites on lines that both sides have; the other holdings are on one
 * side only. Afterwards, what is left of a site of base is gone, and what is left of a site of head is new.
 */
export function traceMoves(
  pairs: readonly { base: Holding; head: Holding }[],
  base: readonly Holding[],
  head: readonly Holding[],
): Map<Holding, Taken[]> {
  const sources = new Map<Holding, Taken[]>();
  const note = (to: Holding, taken: Taken): void => {
    sources.set(to, [...(sources.get(to) ?? []), taken]);
  };
  for (const pair of pairs) settlePair(pair.base, pair.head, note);
  const all = {
    base: [...pairs.map((pair) => pair.base), ...base],
    head: [...pairs.map((pair) => pair.head), ...head],
  };
  for (const tier of tiers) runTier(all.base, all.head, tier, note);
  return sources;
}
