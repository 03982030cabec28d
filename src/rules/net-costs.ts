import type { Delta, SiteChange } from '../compare/types.ts';
import { addedBytes, addedObjects } from './places.ts';

/** The function around a closure. */
const ownerOf = ({ function: name }: SiteChange): string => name.replace(/(?:\.(?:func)?\d+)+$/u, '');

type Amount = (site: SiteChange) => number;

/**
 * What the sites of a benchmark add, without what other sites of the same function save: an allocation that an edit moved
 * to another line of its function, where the pairing of the sites did not recognise it, costs nothing more. So the
 * findings of a benchmark do not add up to more than its difference.
 */
export function netCosts({ sites }: Delta): { objects: Amount; bytes: Amount } {
  const byOwner = Map.groupBy(sites, ownerOf);
  const net = (added: Amount): Amount => {
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
