import type { Delta, SiteChange } from '../compare/types.ts';
import { addedBytes, addedObjects, type SiteNumber } from './places.ts';

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
