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
import type { Decision, Delta, EscapeChange, SiteChange, TreeDiff } from '../compare/types.ts';

/** A site in the profile of a regressed benchmark. */
export type SiteUse = { delta: Delta; site: SiteChange };

/** A place where a rule can match: a profiled line, a changed decision, or a line that head changed. */
export type Place = SitePlace | DecisionPlace | { file: string; line: number; kind: 'change' };

export type DecisionPlace = { file: string; line: number; kind: 'decision'; change: EscapeChange };

export type SitePlace = { file: string; line: number; kind: 'site'; uses: SiteUse[] };

export function isReviewed(file: string): boolean {
  return file.endsWith('.go') && !file.endsWith('_test.go');
}

export function addedObjects(site: SiteChange): number {
  return site.objectsPerOp.head - site.objectsPerOp.base;
}

export function addedBytes(site: SiteChange): number {
  return site.bytesPerOp.head - site.bytesPerOp.base;
}

type Amount = (site: SiteChange) => number;

/** The largest sites that together explain the wanted amount, the largest first. */
function takeSites(sites: readonly SiteChange[], added: Amount, wanted: number, least: Amount): SiteChange[] {
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
 * The sites that explain a benchmark's regression, by objects, or by bytes if only those rose. Fractions of an object
 * count if the tiny allocator may hide a whole one, or if no site adds a whole one. Which of the lines that share blocks
 * opens a block is chance: where base allocates on the line, too, a fraction more is nothing new.
 */
function relevantSites({ sites, allocsPerOp, bytesPerOp }: Delta): SiteChange[] {
  const inObjects = (allocsPerOp.delta ?? 0) > 0;
  const added = inObjects ? addedObjects : addedBytes;
  const saved = sites.reduce((sum, site) => sum + Math.max(-added(site), 0), 0);
  const wanted = ((inObjects ? allocsPerOp : bytesPerOp).delta ?? 0) + saved;
  if (!inObjects) return takeSites(sites, added, wanted, () => wanted * RELEVANT_BYTES);
  const share = wanted * RELEVANT_OBJECTS;
  const parts = Math.max(TINY_OBJECTS, share);
  const whole = Math.max(WHOLE_OBJECTS, share);
  const found = takeSites(sites, added, wanted, (site) =>
    isTiny(site) && site.objectsPerOp.base === 0 ? parts : whole,
  );
  return found.length > 0 ? found : takeSites(sites, added, wanted, () => parts);
}

/** Identifies a line of head. */
export function lineKey(file: string, line: number): string {
  return `${file}:${line}`;
}

/**
 * The lines that make regressed benchmarks allocate more, in order of first appearance. A line of the benchmark itself
 * counts if code that it calls made its values escape; such a place needs a cause elsewhere.
 */
export function sitePlaces(deltas: readonly Delta[]): SitePlace[] {
  const places = new Map<string, SitePlace>();
  for (const delta of deltas) {
    if (delta.verdict !== 'regression') continue;
    for (const site of relevantSites(delta)) {
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
 * The new decisions, on changed lines or changed by the compiler, that no benchmark accounts for. The compiler reports
 * a decision where a function was inlined to, but a profile shows the inlined line, so the callers of a proven site are
 * accounted for as well.
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
 * Moves a site up to the calling line of a cause: a function that this line calls makes the allocation. Null if no
 * stack of the site contains that line.
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

/** Every line that head added or changed in Go files outside tests, except those that other places contain. */
export function changePlaces(diff: TreeDiff, others: readonly Place[]): Place[] {
  const held = new Set(others.map((place) => lineKey(place.file, place.line)));
  const places: Place[] = [];
  for (const { headPath: file, binary, hunks } of diff) {
    if (file === null || binary || !isReviewed(file)) continue;
    for (const { head } of hunks) {
      for (let line = head.start; line < head.start + head.lines; line += 1) {
        if (!held.has(lineKey(file, line))) places.push({ kind: 'change', file, line });
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
 * The files of base that may contain a function of head's file: the same file, then the changed files of its folder.
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

/** The new decisions of head, by lineKey. */
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
