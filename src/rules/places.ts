import {
  EXPLAINED,
  RELEVANT_BYTES,
  RELEVANT_OBJECTS,
  TINY_BLOCK,
  TINY_OBJECTS,
  WHOLE_OBJECTS,
} from '../compare/thresholds.ts';
import { allocatingDecisions, isOnHeap } from '../compare/allocating.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Decision, Delta, EscapeChange, PlacedSite, SiteChange, TreeDiff } from '../compare/types.ts';

/** A site in the profile of a regressed benchmark. */
export type SiteUse = { delta: Delta; site: PlacedSite };

/** A benchmark whose sites are placed where rules look for them. */
export type MatchedDelta = Omit<Delta, 'sites'> & { sites: PlacedSite[] };

/** A place where a rule can match: a profiled line, a changed decision, or a line that head changed. */
export type Place = SitePlace | DecisionPlace | { file: string; line: number; kind: 'change' };

/** A line with a decision of the compiler that changed. */
export type DecisionPlace = { file: string; line: number; kind: 'decision'; change: EscapeChange };

/** A line that allocates more in the heap profiles of some benchmarks. */
export type SitePlace = { file: string; line: number; kind: 'site'; uses: SiteUse[] };

/** Whether a file is Go code outside tests, which findings may be about. */
export function isReviewed(file: string): boolean {
  return file.endsWith('.go') && !file.endsWith('_test.go');
}

/** How many more objects per op a site allocates at head. */
export function addedObjects(site: SiteChange): number {
  return site.objectsPerOp.head - site.objectsPerOp.base;
}

/** How many more bytes per op a site allocates at head. */
export function addedBytes(site: SiteChange): number {
  return site.bytesPerOp.head - site.bytesPerOp.base;
}

/** A number of a site, such as what it adds. */
export type SiteNumber = (site: SiteChange) => number;

/**
 * The largest sites that together explain the amount `wanted`, the largest first. Sites that add less than `least` are
 * left out.
 */
function takeSites(
  sites: readonly PlacedSite[],
  added: SiteNumber,
  wanted: number,
  least: SiteNumber,
): PlacedSite[] {
  let sum = 0;
  return [...sites]
    .sort((a, b) => added(b) - added(a))
    .filter((site) => {
      if (sum >= wanted * EXPLAINED || added(site) < least(site)) return false;
      sum += added(site);
      return true;
    });
}

/**
 * Whether the objects that a site adds can be from the tiny allocator, so that the profile shows only the blocks that
 * they share.
 */
const isTiny: (site: SiteChange) => boolean = (site) => addedBytes(site) <= TINY_BLOCK * addedObjects(site);

/**
 * The sites that explain a benchmark's regression, by objects, or by bytes if only those rose. A fraction of an object
 * counts if the runtime's tiny allocator may hide a full object, or if no site adds a full one. Several lines can share
 * a block of the tiny allocator, and it is chance which of them the profile shows: where base also allocates on the
 * line, a fraction more is nothing new, and less than an object if head did not change the line either.
 */
function relevantSites(
  { sites, allocsPerOp, bytesPerOp }: MatchedDelta,
  isChanged: (site: SiteChange) => boolean,
): PlacedSite[] {
  const inObjects = (allocsPerOp.delta ?? 0) > 0;
  const added = inObjects ? addedObjects : addedBytes;
  const saved = sites.reduce((sum, site) => sum + Math.max(-added(site), 0), 0);
  const wanted = ((inObjects ? allocsPerOp : bytesPerOp).delta ?? 0) + saved;
  if (!inObjects) return takeSites(sites, added, wanted, () => wanted * RELEVANT_BYTES);
  const share = wanted * RELEVANT_OBJECTS;
  const parts = Math.max(TINY_OBJECTS, share);
  const whole = Math.max(WHOLE_OBJECTS, share);
  const found = takeSites(sites, added, wanted, (site) => {
    if (!isTiny(site)) return whole;
    if (site.objectsPerOp.base === 0) return parts;
    return isChanged(site) ? whole : Math.max(ALL_OF_AN_OBJECT, share);
  });
  return found.length > 0 ? found : takeSites(sites, added, wanted, () => parts);
}

/** A site that adds less adds no full object: a block of the tiny allocator can be shared in its last sixteenth. */
const ALL_OF_AN_OBJECT = 1 - TINY_OBJECTS;

/** Identifies a line of head: `file:line`. */
export function lineKey(file: string, line: number): string {
  return `${file}:${line}`;
}

/**
 * The lines that make regressed benchmarks allocate more, in order of first appearance. They can be lines of a
 * benchmark itself, whose values escape because of code that it calls; `matchRules` reports those only with a cause
 * elsewhere. `isChanged`: whether head changed a site's line, or what the compiler decided there.
 */
export function sitePlaces(
  deltas: readonly MatchedDelta[],
  isChanged: (site: SiteChange) => boolean = () => true,
): SitePlace[] {
  const places = new Map<string, SitePlace>();
  for (const delta of deltas) {
    if (delta.verdict !== 'regression') continue;
    for (const site of relevantSites(delta, isChanged)) {
      const { file, line } = site.position;
      if (!file.endsWith('.go')) continue;
      const known = places.get(lineKey(file, line));
      if (known) known.uses.push({ delta, site });
      else places.set(lineKey(file, line), { kind: 'site', file, line, uses: [{ delta, site }] });
    }
  }
  return [...places.values()];
}

/**
 * The new decisions outside tests, on changed lines or flipped on unchanged ones, that no site accounts for. The
 * compiler reports a decision at the call that a function was inlined into, but a profile shows the inlined line, so a
 * site accounts for the lines of its callers as well.
 */
export function decisionPlaces(escapes: readonly EscapeChange[], sites: readonly Place[]): DecisionPlace[] {
  const allocating = new Set([...addedDecisions(escapes).values()].flat());
  const covered = new Set<string>();
  for (const place of sites) {
    if (place.kind !== 'site') continue;
    covered.add(lineKey(place.file, place.line));
    for (const { position } of place.uses.flatMap((use) => use.site.callers)) {
      if (position) covered.add(lineKey(position.file, position.line));
    }
  }
  const isPlace = ({ change, flipped, onChangedLine, decision }: EscapeChange): boolean =>
    change === 'added' &&
    (flipped || onChangedLine) &&
    allocating.has(decision) &&
    isReviewed(decision.position.file) &&
    !covered.has(lineKey(decision.position.file, decision.position.line));
  return escapes.filter(isPlace).map((change) => {
    const { file, line } = change.decision.position;
    return { kind: 'decision', file, line, change };
  });
}

/**
 * Moves a site up to a line that calls the allocating function, so that rules can match the call. Null if no stack of
 * the site contains that line.
 */
export function atCaller(place: SitePlace, { file, line }: { file: string; line: number }): SitePlace | null {
  const uses = place.uses.flatMap(({ delta, site }) => {
    const index = site.callers.findIndex(({ position }) => position?.file === file && position.line === line);
    const caller = site.callers[index];
    if (!caller?.position) return [];
    const between = [
      site.function,
      ...site.callers.slice(0, index).map((frame) => frame.function),
    ].toReversed();
    const stacks = site.callees.length > 0 ? site.callees : [[]];
    const callees = stacks.map((stack) => [...between, ...stack]);
    const callers = site.callers.slice(index + 1);
    const own = { ...site, position: caller.position, function: caller.function, callees, callers };
    return [{ delta, site: { ...own, inlines: false } }];
  });
  return uses.length > 0 ? { kind: 'site', file, line, uses } : null;
}

/** Every line that head added or changed in Go files outside tests, except the lines of other places. */
export function changePlaces(diff: TreeDiff, others: readonly Place[]): Place[] {
  const taken = new Set(others.map((place) => lineKey(place.file, place.line)));
  const places: Place[] = [];
  for (const { headPath: file, binary, hunks } of diff) {
    if (file === null || binary || !isReviewed(file)) continue;
    for (const { head } of hunks) {
      for (let line = head.start; line < head.start + head.lines; line += 1) {
        if (!taken.has(lineKey(file, line))) places.push({ kind: 'change', file, line });
      }
    }
  }
  return places;
}

/** The path at base of a file of head; null if head added the file. */
export function basePathOf(diff: TreeDiff, file: string): string | null {
  const change = diff.find((entry) => entry.headPath === file);
  return change ? change.basePath : file;
}

/**
 * The files of base that may contain a function of head's file: the same file, then other changed files of its folder.
 */
export function basePathsOf(diff: TreeDiff, file: string): string[] {
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const own = basePathOf(diff, file);
  const neighbours = diff
    .map((change) => change.basePath)
    .filter((path) => path !== null)
    .filter(
      (path) => path.startsWith(folder) && !path.slice(folder.length).includes('/') && isReviewed(path),
    );
  return [...new Set([...(own === null ? [] : [own]), ...neighbours])];
}

/** The new decisions of head, by `lineKey`, without values on the heap that do not allocate each time the line runs. */
export function addedDecisions(escapes: readonly EscapeChange[]): Map<string, Decision[]> {
  const added = escapes.filter(({ change }) => change === 'added').map(({ decision }) => decision);
  const byLine = Map.groupBy(added, ({ position: { file, line } }) => lineKey(file, line));
  for (const [key, decisions] of byLine) {
    const others = decisions.filter((decision) => !isOnHeap(decision));
    byLine.set(key, [...allocatingDecisions(decisions), ...others]);
  }
  return byLine;
}

/** Whether head added or changed the place's line. */
export function isOnChangedLine(map: LineMap, place: Place): boolean {
  return map.isChangedInHead(place.file, place.line);
}
