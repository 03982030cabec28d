import { RELEVANT_OBJECTS } from '../compare/thresholds.ts';
import type { Delta, SiteChange } from '../compare/types.ts';
import { addedBytes, addedObjects, type SiteNumber, type SitePlace, type SiteUse } from './places.ts';

/** The function of a site without the suffixes of closures: `F.func1` → `F`. */
const ownerOf = ({ function: name }: SiteChange): string => name.replace(/(?:\.(?:func)?\d+)+$/u, '');

/**
 * What each site of a benchmark adds per op, less its share of what other sites of the same function save. An edit can
 * move an allocation to another line of its function without the two sites being recognised as one; that costs nothing.
 * So the findings of a benchmark do not add up to more than its difference.
 */
export function netCosts({ sites }: Delta): { objects: SiteNumber; bytes: SiteNumber } {
  const byOwner = Map.groupBy(sites, ownerOf);
  const net = (added: SiteNumber): SiteNumber => {
    const shares = new Map<string, number>();
    for (const [owner, own] of byOwner) {
      const gained = own.reduce((sum, site) => sum + Math.max(added(site), 0), 0);
      const saved = own.reduce((sum, site) => sum + Math.max(-added(site), 0), 0);
      shares.set(owner, gained > 0 ? Math.max(0, gained - saved) / gained : 1);
    }
    return (site) => (added(site) > 0 ? added(site) * (shares.get(ownerOf(site)) ?? 1) : added(site));
  };
  return { objects: net(addedObjects), bytes: net(addedBytes) };
}

/**
 * The places that cost something, or more than chance where a benchmark makes many objects more. Where several lines share the blocks of the tiny allocator, one of them can take over
 * what others of its function seem to save. A benchmark that only such places explain keeps them.
 */
export function withCosts(places: readonly SitePlace[]): SitePlace[] {
  const costs = ({ delta, site }: SiteUse): boolean => {
    const { objects, bytes } = netCosts(delta);
    const added = delta.allocsPerOp.delta ?? 0;
    return objects(site) > Math.max(added, 0) * RELEVANT_OBJECTS || (added <= 0 && bytes(site) > 0);
  };
  const explained = new Set(places.flatMap(({ uses }) => uses.filter(costs).map(({ delta }) => delta)));
  return places.filter(({ uses }) => uses.some((use) => costs(use) || !explained.has(use.delta)));
}
