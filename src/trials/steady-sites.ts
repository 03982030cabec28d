import type { LineMap } from '../compare/line-map.ts';
import { diffSites } from '../compare/sites.ts';
import type { AllocationSite, SiteChange } from '../compare/types.ts';
import { isTest } from './charges.ts';
import { apart } from './tested-cost.ts';

/** The allocations of one test by site, in each of its repeats. */
export type Profiles = Record<'base' | 'head', AllocationSite[][]>;

type Unit = 'objectsPerOp' | 'bytesPerOp';

/** A line's site of head, or what is gone from there. */
const keyOf = ({ position: { file, line }, function: name, objectsPerOp, bytesPerOp }: SiteChange): string =>
  `${file}:${line} ${name} ${objectsPerOp.head > 0 || bytesPerOp.head > 0}`;

/** Without the lines of tests: both sides run base's, and head can have other code on the same lines. */
const withoutTests = ({ callers, ...site }: SiteChange): SiteChange => ({
  ...site,
  callers: callers.map((frame) =>
    frame.position && isTest(frame.position) ? { ...frame, position: null } : frame,
  ),
});

/** One unit of a site: as it is if the sides are apart in all repeats, else without a difference. */
function steadyOf(repeats: readonly SiteChange[], last: SiteChange, unit: Unit): SiteChange[Unit] {
  const [base, head] = [repeats.map((one) => one[unit].base), repeats.map((one) => one[unit].head)];
  return apart(base, head) > 0 || apart(head, base) > 0
    ? last[unit]
    : { base: last[unit].head, head: last[unit].head };
}

/**
 * How the sites of a test changed, as far as all repeats agree: what goroutines and timers allocate varies from run to
 * run, and two profiles alone cannot tell it from what the change costs.
 */
export function diffSteadySites({ base, head }: Profiles, map: LineMap): SiteChange[] {
  const repeats = base.map((before, index) => diffSites(before, head[index] ?? [], map));
  const byKey = repeats.map((sites) => new Map(sites.map((site) => [keyOf(site), site])));
  return (repeats.at(-1) ?? []).flatMap((site): SiteChange[] => {
    const own = byKey.map((sites) => sites.get(keyOf(site))).filter((one) => one !== undefined);
    // A repeat without the site showed no difference.
    if (own.length < repeats.length) return [];
    const objectsPerOp = steadyOf(own, site, 'objectsPerOp');
    const bytesPerOp = steadyOf(own, site, 'bytesPerOp');
    const isChange = objectsPerOp.base !== objectsPerOp.head || bytesPerOp.base !== bytesPerOp.head;
    return isChange ? [withoutTests({ ...site, objectsPerOp, bytesPerOp })] : [];
  });
}
