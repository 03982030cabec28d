import { buildAllocationTree } from '../compare/allocation-tree.ts';
import type { LineMap } from '../compare/line-map.ts';
import { perOp } from '../compare/per-op.ts';
import { parseProfile } from '../compare/profile.ts';
import { diffSites, type LineFacts } from '../compare/sites.ts';
import { allocatingDecisions, byWriting } from '../compare/allocating.ts';
import type {
  AllocationSite,
  Decision,
  Delta,
  Side,
  SiteChange,
  Position,
  TestSite,
} from '../compare/types.ts';
import {
  type BytesThreshold,
  correctTruncation,
  isUnclaimed,
  requireExplanation,
  revealAllocation,
  type Shown,
} from '../compare/verdict.ts';
import { profileBenchmark } from '../go/memory-profile.ts';
import type { TestBinary } from '../go/test-binary.ts';
import { isAdapted } from '../rules/adapted.ts';
import { type BuiltTree, type PackageBuild, readDecisions } from './build.ts';
import { isTestFile } from './cross-tree.ts';
import type { Judged } from './measure-package.ts';
import type { KeepProfile } from './keep-profiles.ts';
import { createResolver } from './positions.ts';
import { readCode } from './tree-files.ts';

type SiteOptions = {
  map: LineMap;
  /** What the compiler says of a line, and its code. */
  lineFacts: Record<Side, LineFacts>;
  threshold: BytesThreshold;
  onProgress: (name: string) => void;
  onProfile?: KeepProfile | undefined;
};

/**
 * Whether a benchmark must be profiled: a heap profile must confirm every difference that a report claims, and only a
 * profile shows a difference that rounding hides.
 */
export function needsProfile({ delta, mayHideAllocation }: Judged): boolean {
  if (mayHideAllocation && isUnclaimed(delta)) return true;
  return delta.verdict === 'regression' || delta.verdict === 'improvement' || isAdapted(delta);
}

async function profileSide(
  side: Side,
  binary: TestBinary,
  tree: BuiltTree,
  { judged, onProfile }: { judged: Judged; onProfile: KeepProfile | undefined },
): Promise<AllocationSite[] | null> {
  const { delta, opMs } = judged;
  const raw = await profileBenchmark(binary, delta.name, opMs);
  if (!raw) return null;
  await onProfile?.({ package: delta.package, name: delta.name, side, bytes: raw.high.bytes });
  const resolve = createResolver(tree);
  const low = parseProfile(raw.low.bytes, resolve);
  const high = parseProfile(raw.high.bytes, resolve);
  if ('problem' in low || 'problem' in high) return null;
  return perOp({ ...low, iterations: raw.low.iterations }, { ...high, iterations: raw.high.iterations })
    .sites;
}

/**
 * Adds up the sites, which all have a frame of the repository. Allocations without one come from the runtime and are
 * noise, especially at a small N.
 */
function sumUp(sites: readonly AllocationSite[]): Shown {
  const total = { objects: 0, bytes: 0 };
  for (const { objects, bytes } of sites) {
    total.objects += objects;
    total.bytes += bytes;
  }
  return total;
}

/**
 * The line map for a judged benchmark. Both binaries of a cross have the same tests, so lines of tests are not mapped.
 */
function mapFor(judged: Judged, map: LineMap): LineMap {
  if (judged.delta.reason?.kind !== 'crosswise') return map;
  return {
    ...map,
    toHead: (position) => (isTestFile(position.file) ? position : map.toHead(position)),
    toBase: (position) => (isTestFile(position.file) ? position : map.toBase(position)),
  };
}

/** A profiled benchmark. */
type Attached = { delta: Delta; testSites: TestSite[] };

async function attachOne(judged: Judged, options: SiteOptions): Promise<Attached> {
  const { base, head, binaries, delta } = judged;
  const bare = { delta, testSites: [] };
  if (!base || !head || !binaries.base || !binaries.head) return bare;
  options.onProgress(delta.name);
  const { onProfile } = options;
  // Counts of allocations do not depend on other programs, so both sides can run at the same time.
  const [before, after] = await Promise.all([
    profileSide('base', binaries.base, base.tree, { judged, onProfile }),
    profileSide('head', binaries.head, head.tree, { judged, onProfile }),
  ]);
  if (!before || !after) return bare;
  const allocations = buildAllocationTree(before, after, mapFor(judged, options.map));
  // The benchmarks of the sides differ, so their totals cannot be compared, but single lines of the code can.
  if (isAdapted(delta))
    return {
      delta: { ...delta, sites: diffSites(before, after, options.map, options.lineFacts), allocations },
      testSites: [],
    };
  const shown = { base: sumUp(before), head: sumUp(after) };
  const exact = { base: shown.base.objects, head: shown.head.objects };
  const truncated = correctTruncation(delta, exact, options.threshold);
  const revealed = judged.mayHideAllocation ? revealAllocation(truncated, exact) : truncated;
  const corrected = requireExplanation(revealed, shown.base, shown.head);
  const sites = diffSites(before, after, mapFor(judged, options.map), options.lineFacts);
  const { own, lost } = splitByHead(sites, judged, options.map);
  const testSites = await Promise.all(
    lost.map(async (site) => ({
      package: delta.package,
      name: delta.name,
      site,
      ...(await readLine(head, site.position)),
    })),
  );
  return { delta: { ...corrected, sites: own, allocations }, testSites };
}

/** The decisions about the packages of a cross, as far as they were needed so far, by import path. */
const crossDecisions = new WeakMap<BuiltTree, Map<string, Promise<Decision[]>>>();

/** The code of a line of a benchmark, and what the compiler said of the value that it puts on the heap. */
async function readLine(
  { tree, goPackage }: PackageBuild,
  position: Position,
): Promise<Pick<TestSite, 'code' | 'decision' | 'inlined'>> {
  const { importPath } = goPackage;
  const wanted = (name: string): boolean => name === importPath || name === `${importPath}_test`;
  const ofTree = crossDecisions.get(tree) ?? new Map<string, Promise<Decision[]>>();
  crossDecisions.set(tree, ofTree);
  const reading = ofTree.get(importPath) ?? readDecisions(tree, wanted).then((read) => read.decisions);
  ofTree.set(importPath, reading);
  const own = (await reading).filter((one) => one.position.file === position.file);
  const at = (line: number): Decision[] => own.filter((one) => one.position.line === line);
  const code = readCode(tree.context.treeDir)(position) ?? '';
  const decision = byWriting(allocatingDecisions(at(position.line)), code)[0] ?? null;
  const steps = (decision?.flow ?? []).flatMap((step) => step.position ?? []);
  const lines = steps.filter(({ file }) => file === position.file).map(({ line }) => line);
  const inlined = [...new Set([position.line, ...lines])]
    .flatMap((line) => at(line))
    .filter(({ kind }) => kind === 'inlining-call')
    .map(({ expression }) => expression);
  return { code, decision, inlined };
}

/**
 * The sites of a cross with base's benchmark, with lines of tests mapped to head, where another benchmark can be on the same
 * line. `lost`: sites on lines of tests that head changed or deleted, which allocate more; they stay where the cross has
 * them.
 */
function splitByHead(
  sites: readonly SiteChange[],
  { delta: { reason } }: Judged,
  map: LineMap,
): { own: SiteChange[]; lost: SiteChange[] } {
  if (reason?.kind !== 'crosswise' || reason.benchmarkOf !== 'base') return { own: [...sites], lost: [] };
  const placeOf = (position: Position): Position | null =>
    isTestFile(position.file) ? map.toHead(position) : position;
  const lost: SiteChange[] = [];
  const own = sites.flatMap((site) => {
    const position = placeOf(site.position);
    if (!position && site.objectsPerOp.head > site.objectsPerOp.base) lost.push(site);
    const callers = site.callers.map((frame) => ({
      ...frame,
      position: frame.position && placeOf(frame.position),
    }));
    return position ? [{ ...site, position, callers }] : [];
  });
  return { own, lost };
}

/** Profiles the changed benchmarks on both sides, and adds the sites that make the difference. */
export async function attachSites(
  judged: readonly Judged[],
  options: SiteOptions,
): Promise<{ deltas: Delta[]; testSites: TestSite[] }> {
  const attached: Attached[] = [];
  for (const one of judged)
    attached.push(needsProfile(one) ? await attachOne(one, options) : { delta: one.delta, testSites: [] });
  return {
    deltas: attached.map(({ delta }) => delta),
    testSites: attached.flatMap(({ testSites }) => testSites),
  };
}
