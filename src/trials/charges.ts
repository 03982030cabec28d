import type { AllocationSite, Frame, Position } from '../compare/types.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { type Allocated, functionOfFrame, sharedOf } from './tested-cost.ts';

/**
 * What one changed function answers for in one run of a test: its own allocations, and those of unchanged and of new
 * functions that it calls, so that neither another call nor a helper that takes code over is overlooked or counted twice.
 */
export type Charge = Allocated & {
  /** The changed function, as a profile names it. */
  name: string;
  /** The line in it that allocates, or that leads there. */
  position: Position | null;
  /** Whether an unchanged function allocates. */
  isThrough: boolean;
  /** The changed functions that call it. */
  above: readonly string[];
};

/** The functions that both sides have and that changed, and those that one side alone has. */
export type ChangedNames = { both: ReadonlySet<string>; single: ReadonlySet<string> };

export function findChangedNames(changed: readonly ChangedFunction[]): ChangedNames {
  const nameOf = (one: ChangedFunction): string => `${one.package}.${one.name}`;
  const isOnBoth = ({ base, head }: ChangedFunction): boolean => base !== null && head !== null;
  return {
    both: new Set(changed.filter(isOnBoth).map(nameOf)),
    single: new Set(changed.filter((one) => !isOnBoth(one)).map(nameOf)),
  };
}

type Framed = { function: string; position: Position | null };

/** The innermost changed function on a stack, with the frames above it; null: there is none. */
export function findCharged(
  site: Framed,
  callers: readonly Framed[],
  { both }: ChangedNames,
): { name: string; position: Position | null; above: readonly Framed[] } | null {
  const stack = [site, ...callers];
  const index = stack.findIndex((frame) => both.has(functionOfFrame(frame.function)));
  const frame = stack[index];
  return frame
    ? { name: functionOfFrame(frame.function), position: frame.position, above: stack.slice(index + 1) }
    : null;
}

export const isTest = ({ file }: Position): boolean => file.endsWith('_test.go');

/** What all changed functions answer for. What tests allocate themselves is left out. */
export function listCharges(sites: readonly AllocationSite[], names: ChangedNames): Charge[] {
  return sites
    .filter(({ position }) => !isTest(position))
    .flatMap((site) => {
      const { objects, bytes } = site;
      const ratio = objects > 0 ? sharedOf(site) / objects : 0;
      const isOwn = names.both.has(functionOfFrame(site.function));
      const isThrough = !isOwn && !names.single.has(functionOfFrame(site.function));
      // The stacks of a site can be cut off, its sums are whole.
      const [heaviest] = site.stacks;
      const stacks =
        isOwn || site.stacks.length < 2
          ? [{ callers: heaviest?.callers ?? ([] as readonly Frame[]), objects, bytes }]
          : site.stacks;
      return stacks.flatMap((stack): Charge[] => {
        const charged = findCharged(site, stack.callers, names);
        if (!charged) return [];
        const { name, position } = charged;
        const above = charged.above.map((frame) => functionOfFrame(frame.function));
        return [
          {
            name,
            position,
            isThrough,
            above: [...new Set(above.filter((one) => one !== name && names.both.has(one)))],
            objects: stack.objects,
            bytes: stack.bytes,
            shared: stack.objects * ratio,
          },
        ];
      });
    });
}

export function addUp(charges: readonly Charge[]): Allocated {
  const sum = { objects: 0, bytes: 0, shared: 0 };
  for (const { objects, bytes, shared } of charges) {
    sum.objects += objects;
    sum.bytes += bytes;
    sum.shared += shared;
  }
  return sum;
}

/** What a function and all that it calls allocates. */
export const inclusiveOf = (charges: readonly Charge[], name: string): Allocated =>
  addUp(charges.filter((one) => one.name === name || one.above.includes(name)));
