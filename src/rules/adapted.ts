import type { LineMap } from '../compare/line-map.ts';
import { WHOLE_OBJECTS } from '../compare/thresholds.ts';
import type { Delta, EscapeChange, SiteChange } from '../compare/types.ts';
import { addedObjects, isReviewed, lineKey, type Place, type SitePlace } from './places.ts';

/** Whether each side ran its own version of the benchmark, because neither version runs with the other side's code. */
export function isAdapted({ reason }: Pick<Delta, 'reason'>): boolean {
  return reason?.kind === 'not-comparable';
}

/**
 * The sites outside tests that certainly allocate more under an adapted benchmark. None if other sites save as much,
 * because then the change only moved the allocations.
 */
function addingSites({ sites }: Delta, isNew: (site: SiteChange) => boolean): SiteChange[] {
  const own = sites.filter((site) => isReviewed(site.position.file));
  const net = own.reduce((sum, site) => sum + addedObjects(site), 0);
  if (net < WHOLE_OBJECTS) return [];
  return own.filter((site) => addedObjects(site) >= WHOLE_OBJECTS && isNew(site));
}

/**
 * Lines outside tests on which head allocates more under benchmarks that had to change with the code. The new benchmark
 * may do more work, so only lines count that head added or changed, or for which the compiler's decision changed.
 */
export function adaptedPlaces(
  deltas: readonly Delta[],
  escapes: readonly EscapeChange[],
  map: LineMap,
  proven: readonly Place[],
): SitePlace[] {
  const taken = new Set(proven.map(({ file, line }) => lineKey(file, line)));
  const decided = new Set(
    escapes
      .filter(({ change }) => change === 'added')
      .map(({ decision: { position } }) => lineKey(position.file, position.line)),
  );
  const isNew = ({ position: { file, line } }: SiteChange): boolean =>
    map.isChangedInHead(file, line) || decided.has(lineKey(file, line));
  const uses = deltas
    .filter((delta) => isAdapted(delta))
    .flatMap((delta) => addingSites(delta, isNew).map((site) => ({ delta, site })));
  const byLine = Map.groupBy(uses, ({ site: { position } }) => lineKey(position.file, position.line));
  return [...byLine].flatMap(([key, all]): SitePlace[] => {
    const position = all[0]?.site.position;
    return position && !taken.has(key)
      ? [{ kind: 'site', file: position.file, line: position.line, uses: all }]
      : [];
  });
}
