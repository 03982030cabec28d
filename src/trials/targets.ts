import path from 'node:path';
import type { Position, SiteChange } from '../compare/types.ts';
import type { Lab } from '../review/lab.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { addUp, type ChangedNames, type Charge, findCharged, inclusiveOf } from './charges.ts';
import { type Allocated, costPerCall, FEW_CALLS, profileName } from './tested-cost.ts';
import type { Block } from './tests.ts';

/** What unchanged functions allocate varies more, so it counts as evidence only from this many objects per call on. */
const LEAST_THROUGH = 0.5;

/** A changed function that both sides have, to be measured by tests. `lines`: only these lines of head; null: all. */
export type TestTarget = { function: ChangedFunction; lines: ReadonlySet<number> | null };

/** What tests are asked about: functions that no benchmark runs, and lines of others. */
export function listTargets({ unrun, partlyRun }: Lab): TestTarget[] {
  const whole = unrun.map((one): TestTarget => ({ function: one, lines: null }));
  return [...whole, ...partlyRun].filter(({ function: { base, head } }) => base !== null && head !== null);
}

/** How often a test runs a target: the count of a function's first block, or of the lines' most frequent one. */
export function callsOf({ function: { head }, lines }: TestTarget, blocks: readonly Block[]): number {
  if (!head) return 0;
  const name = path.posix.basename(head.file);
  const own = blocks.filter(
    ({ file, line }) => file === name && head.firstLine <= line && line <= head.lastLine,
  );
  if (lines !== null) {
    const within = own.filter(({ line, lastLine }) =>
      [...lines].some((one) => line <= one && one <= lastLine),
    );
    return Math.max(0, ...within.map(({ count }) => count));
  }
  const [first] = own.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return first?.count ?? 0;
}

/**
 * Whether a line of a side is in a target. What base allocated on lines that head lacks may have been on any of the
 * target's lines, so it counts as there.
 */
function isWithin({ lines }: TestTarget, side: 'base' | 'head', map: Lab['map']) {
  return ({ position }: { position: Position | null }): boolean => {
    const line = (position && (side === 'base' ? map.toHead(position) : position))?.line;
    return lines === null || line === undefined || lines.has(line);
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
  map: Lab['map'],
): Pick<Allocated, 'objects' | 'bytes'> | null {
  const name = profileName(target.function);
  const ownOf = (side: 'base' | 'head'): Charge[][] =>
    charges[side].map((one) =>
      one.filter((charge) => charge.name === name && isWithin(target, side, map)(charge)),
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
  map: Lab['map'],
): number | null {
  const charged = findCharged(site, site.callers, names);
  if (charged?.name !== profileName(target.function) || !isWithin(target, 'head', map)(charged)) return null;
  return charged.position?.line ?? site.position.line;
}
