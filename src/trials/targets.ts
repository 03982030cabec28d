import path from 'node:path';
import type { Position, SiteChange } from '../compare/types.ts';
import type { Lab } from '../review/lab.ts';
import { listRuns } from '../review/unmeasured-code.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { addUp, type ChangedNames, type Charge, findCharged, inclusiveOf } from './charges.ts';
import { type Allocated, costPerCall, FEW_CALLS, profileName } from './tested-cost.ts';
import type { Block } from './tests.ts';

/** What unchanged functions allocate varies more, so it counts as evidence only from this many objects per call on. */
const LEAST_THROUGH = 0.5;

/** A changed function that both sides have, to be measured by tests. `lines`: only these lines of head; null: all. */
export type TestTarget = { function: ChangedFunction; lines: ReadonlySet<number> | null };

/** A target, and what is known: whether no benchmark runs it, and whether one does in its set-up. */
export type TargetCandidate = TestTarget & { isKnown: boolean; isSetUp: boolean };

/** What tests may be asked about: functions that no benchmark is known to run, and lines of others. */
export function listCandidates({
  unrun,
  setUp,
  partlyRun,
}: Pick<Lab, 'unrun' | 'setUp' | 'partlyRun'>): TargetCandidate[] {
  const whole = unrun.map((one): TargetCandidate => ({
    function: one,
    lines: null,
    isKnown: true,
    isSetUp: setUp.has(one),
  }));
  const branches = partlyRun.map((one): TargetCandidate => ({ ...one, isSetUp: false }));
  return [...whole, ...branches].filter(({ function: { base, head } }) => base !== null && head !== null);
}

/**
 * The candidates that benchmarks do not run. Of those that are not known, the lines that they do not run, each group of
 * consecutive lines alone.
 * @param benchmarked what the benchmarks run; null: that could not be found out
 */
export function confirmTargets(
  candidates: readonly TargetCandidate[],
  benchmarked: readonly Block[] | null,
): TestTarget[] {
  return candidates.flatMap((one): TestTarget[] => {
    if (one.isSetUp) return [one];
    if (one.isKnown || one.lines === null) return callsOf(one, benchmarked ?? []) === 0 ? [one] : [];
    const own = benchmarked ? blocksWithin(one.function, benchmarked) : [];
    const isOpen = (line: number): boolean => {
      const around = own.filter((block) => block.line <= line && line <= block.lastLine);
      return around.length > 0 && around.every(({ count }) => count === 0);
    };
    return listRuns([...one.lines].filter(isOpen)).map((lines) => ({ ...one, lines: new Set(lines) }));
  });
}

function blocksWithin({ head }: ChangedFunction, blocks: readonly Block[]): Block[] {
  if (!head) return [];
  const name = path.posix.basename(head.file);
  return blocks.filter(({ file, line }) => file === name && head.firstLine <= line && line <= head.lastLine);
}

/** How often a test runs a target: the count of a function's first block, or of the lines' most frequent one. */
export function callsOf({ function: one, lines }: TestTarget, blocks: readonly Block[]): number {
  const own = blocksWithin(one, blocks);
  if (lines !== null) {
    const within = own.filter(({ line, lastLine }) =>
      [...lines].some((one) => line <= one && one <= lastLine),
    );
    return Math.max(0, ...within.map(({ count }) => count));
  }
  const [first] = own.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return first?.count ?? 0;
}

/** The parts of a review that tell which lines of the sides belong together. */
export type Lines = Pick<Lab, 'map' | 'diff'>;

/** The lines of head that stand where base has a line that head lacks; null: head has none there. */
function replacementOf({ file, line }: Position, diff: Lab['diff']): { first: number; last: number } | null {
  const hunk = diff
    .find(({ basePath }) => basePath === file)
    ?.hunks.find(({ base }) => base.start <= line && line < base.start + base.lines);
  return hunk && hunk.head.lines > 0
    ? { first: hunk.head.start, last: hunk.head.start + hunk.head.lines - 1 }
    : null;
}

/**
 * Whether a line of a side is in a target. What base allocated on lines that head replaces counts for the lines there;
 * where head has none, it may have been on any of the target's lines, so it counts as there.
 */
function isWithin({ lines }: TestTarget, side: 'base' | 'head', { map, diff }: Lines) {
  return ({ position }: { position: Position | null }): boolean => {
    if (lines === null || position === null) return true;
    const line = side === 'base' ? map.toHead(position)?.line : position.line;
    if (line !== undefined) return lines.has(line);
    const instead = replacementOf(position, diff);
    return instead === null || [...lines].some((one) => instead.first <= one && one <= instead.last);
  };
}

const directOf = (charges: readonly Charge[]): Allocated =>
  addUp(charges.filter(({ isThrough }) => !isThrough));

/**
 * What a target costs in one test; null: nothing. What only moved between it and changed functions above it, or between its
 * own lines and functions that it calls, costs nothing.
 */
export function costOf(
  target: TestTarget,
  charges: Record<'base' | 'head', Charge[][]>,
  calls: number,
  lines: Lines,
): Pick<Allocated, 'objects' | 'bytes'> | null {
  const name = profileName(target.function);
  const ownOf = (side: 'base' | 'head'): Charge[][] =>
    charges[side].map((one) =>
      one.filter((charge) => charge.name === name && isWithin(target, side, lines)(charge)),
    );
  const own = { base: ownOf('base'), head: ownOf('head') };
  const cost = costPerCall(own.base.map(addUp), own.head.map(addUp), calls);
  const costOfDirect = costPerCall(own.base.map(directOf), own.head.map(directOf), calls);
  if (!cost || (!costOfDirect && (cost.objects < LEAST_THROUGH || calls < FEW_CALLS))) return null;
  const above = new Set(own.head.flat().flatMap((one) => one.above));
  const outer = [name, ...above].map((one) => {
    const [base, head] = [charges.base, charges.head].map((side) => side.map((all) => inclusiveOf(all, one)));
    return costPerCall(base ?? [], head ?? [], calls);
  });
  return outer.reduce<Pick<Allocated, 'objects' | 'bytes'> | null>(
    (least, one) => (least && one ? (one.objects < least.objects ? one : least) : null),
    cost,
  );
}

/** The line of a target that answers for a site; null: it does not. */
export function chargedLine(
  site: SiteChange,
  target: TestTarget,
  names: ChangedNames,
  lines: Lines,
): number | null {
  const charged = findCharged(site, site.callers, names);
  if (charged?.name !== profileName(target.function) || !isWithin(target, 'head', lines)(charged))
    return null;
  return charged.position?.line ?? site.position.line;
}
