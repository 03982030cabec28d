import { topBenchmark } from '../compare/benchmark-id.ts';
import { type Discovery, discoverBenchmarks, type Selection } from './discovery.ts';
import { type Binaries, type Variant, allVariants } from './measured.ts';
import { lookAgain, refineEstimates } from './refine.ts';
import { type Estimate, QUICK_MS } from './run-plan.ts';
import type { TestBinary } from './test-binary.ts';

export type Discovered = Partial<Record<Variant, Discovery>>;

export type DiscoveryProgress = {
  step: 'discover';
  /** The number of benchmarks that ran once, and the last one. */
  found: number;
  name: string | null;
};

type DiscoveryOptions = {
  selection: Selection;
  isLate: () => boolean;
  onProgress: (progress: DiscoveryProgress) => void;
};

/** Discovers the benchmarks of several binaries at the same time, because these first runs do not count. */
export async function discoverAll(
  binaries: Binaries,
  { selection, isLate, onProgress }: DiscoveryOptions,
): Promise<Discovered> {
  const found: Discovered = {};
  const seen = new Set<string>();
  const onRow = (name: string): void => {
    seen.add(name);
    onProgress({ step: 'discover', found: seen.size, name });
  };
  const discover = async (variant: Variant): Promise<void> => {
    const binary = binaries[variant];
    if (binary) found[variant] = await discoverBenchmarks(binary, selection, { onRow, isLate });
  };
  await Promise.all(allVariants.map((variant) => discover(variant)));
  return found;
}

/**
 * Removes what an unfinished binary has not run from all binaries, where it would seem to be missing on one side, and
 * failures in unfinished benchmarks. Sub-benchmarks that each unfinished binary has run are kept. Returns the top-level
 * names of benchmarks that were not run completely.
 */
export function dropUnfinished(found: Discovered): string[] {
  const discoveries = allVariants.flatMap((variant) => found[variant] ?? []);
  const tops = new Set(discoveries.flatMap(({ unfinished }) => [...unfinished]));
  const isUnknown = (name: string): boolean =>
    discoveries.some(
      ({ unfinished, estimates }) => unfinished.has(topBenchmark(name)) && !estimates.has(name),
    );
  // A benchmark with a result of its own has no sub-benchmarks, so it was run completely.
  const incomplete = [...tops].filter(isUnknown);
  const names = new Set(discoveries.flatMap(({ estimates }) => [...estimates.keys()]));
  const unknown = [...names].filter(isUnknown);
  for (const discovery of discoveries) {
    for (const name of unknown) discovery.estimates.delete(name);
    discovery.failures = discovery.failures.filter(({ name }) => !incomplete.includes(topBenchmark(name)));
  }
  return incomplete;
}

type Estimates = Map<string, Estimate>;

/** If one side seems slower by this factor, the reason may be the machine. */
const MUCH_SLOWER = 3;

/** Checks again the estimates of one side that exceed those of the other by far. */
async function checkSlower(
  binary: TestBinary | undefined,
  own: Estimates,
  other: Estimates,
  isLate: () => boolean,
): Promise<Estimates> {
  const isDoubtful = ([name, { opMs }]: [string, Estimate]): boolean =>
    opMs > QUICK_MS && opMs > MUCH_SLOWER * (other.get(name)?.opMs ?? Infinity);
  const doubtful = [...own].filter(isDoubtful);
  return binary && doubtful.length > 0 ? lookAgain(binary, new Map(doubtful), isLate) : new Map();
}

function slowestOf(base: Estimates, head: Estimates): Estimates {
  const slowest = new Map(base);
  for (const [name, estimate] of head) {
    const known = slowest.get(name);
    const quietMs = Math.max(known?.quietMs ?? 0, estimate.quietMs ?? 0);
    slowest.set(name, { ...(known && known.opMs >= estimate.opMs ? known : estimate), quietMs });
  }
  return slowest;
}

/**
 * The estimates for all benchmarks. All variants must run the same N, so the slowest decides: code that allocates more
 * may take a thousand times as long. Only base and head are estimated, because a cross runs the code of one of them.
 */
export async function estimateAll(
  binaries: Binaries,
  found: Discovered,
  isLate: () => boolean,
): Promise<Map<string, Estimate>> {
  const refine = async (variant: Variant, isWanted: (name: string) => boolean): Promise<Estimates> => {
    const binary = binaries[variant];
    const wanted = [...(found[variant]?.estimates ?? [])].filter(([name]) => isWanted(name));
    return binary && wanted.length > 0 ? refineEstimates(binary, new Map(wanted), isLate) : new Map();
  };
  // One after the other: at the same time both would seem slower, and N would be too small.
  const base = await refine('base', () => true);
  const head = await refine('head', () => true);
  const estimates = slowestOf(
    new Map([...base, ...(await checkSlower(binaries.base, base, head, isLate))]),
    new Map([...head, ...(await checkSlower(binaries.head, head, base, isLate))]),
  );
  for (const variant of ['headCode', 'baseCode'] as const) {
    for (const [name, estimate] of await refine(variant, (one) => !estimates.has(one)))
      estimates.set(name, estimate);
  }
  return estimates;
}

/** Keeps only the first benchmarks, the same on all sides. Returns the names of the others. */
export function keepFirst(found: Discovered, most: number): string[] {
  const names = new Set(allVariants.flatMap((variant) => [...(found[variant]?.estimates.keys() ?? [])]));
  const dropped = [...names].slice(most);
  for (const name of dropped) for (const variant of allVariants) found[variant]?.estimates.delete(name);
  return dropped;
}
