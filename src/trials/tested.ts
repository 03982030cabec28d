import path from 'node:path';
import { createHash } from 'node:crypto';
import { diffSites } from '../compare/sites.ts';
import type { AllocationSite, Delta, SiteChange } from '../compare/types.ts';
import type { Review, Warning } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import type { Finding, TestedCost } from '../rules/types.ts';
import { createGoFileReader, openTests } from '../review/test-packages.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { compareRoots } from '../syntax/needs.ts';
import { buildVariant, type BuiltVariant, readFrom } from './lab.ts';
import { type Allocated, costPerCall, functionOfFrame, profileName, sumOf } from './tested-cost.ts';
import { type Block, buildCounting, coverBenchmarks, coverTest, listTests, profileTest } from './tests.ts';

/** The results of a package's tests. */
type Found = { deltas: Delta[]; costs: TestedCost[]; warnings: Warning[] };

type LeftOut = Extract<Warning, { kind: 'tests-left-out' }>['reason'];

/** The maximum number of tests that run separately in one package, and of tests that measure one function. */
const MAX_TESTS = 300;
const TESTS_A_FUNCTION = 2;
const REPEATS = 2;

/** Only functions that exist on both sides can be compared. */
const isComparable = ({ base, head }: ChangedFunction): boolean => base !== null && head !== null;

/** The number of calls of a function, which is the count of its first block. */
function callsOf({ head }: ChangedFunction, blocks: readonly Block[]): number {
  if (!head) return 0;
  const name = path.posix.basename(head.file);
  const own = blocks.filter(
    ({ file, line }) => file === name && head.firstLine <= line && line <= head.lastLine,
  );
  const [first] = own.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return first?.count ?? 0;
}

/** Base's test files of a package, which replace those of head, so that both sides run the same tests. */
function baseTests(lab: Lab, dir: string): Map<string, string | null> {
  const files = new Map<string, string | null>();
  for (const { basePath, headPath } of lab.diff) {
    const isOwn = (file: string | null): file is string =>
      file !== null && file.endsWith('_test.go') && path.posix.dirname(file) === dir;
    if (isOwn(headPath)) files.set(headPath, null);
    if (isOwn(basePath)) files.set(basePath, readFrom(lab, 'base')(basePath));
  }
  return files;
}

/** `names`: the tests and benchmarks that are the same on both sides; null: all of them. */
type Sides = { base: BuiltVariant; head: BuiltVariant; names: ReadonlySet<string> | null };

/**
 * Both sides of a package with base's tests; where these do not compile with head's code, each side with its own, of which
 * only those count that are the same on both sides with everything that they use. Null where a side does not compile.
 */
async function buildSides(lab: Lab, importPath: string, dir: string): Promise<Sides | null> {
  const base = await buildVariant(lab, importPath, new Map(), 'base');
  if ('errors' in base) return null;
  const crossed = await buildVariant(lab, importPath, baseTests(lab, dir));
  if (!('errors' in crossed)) return { base, head: crossed, names: null };
  const head = await buildVariant(lab, importPath, new Map());
  if (!('errors' in head)) return { base, head, names: findSame(importPath, base, head) };
  await base.discard();
  return null;
}

/** The tests and benchmarks of a package that both sides have alike. */
function findSame(importPath: string, base: BuiltVariant, head: BuiltVariant): Set<string> {
  const read = createGoFileReader();
  const [before, after] = [base, head].map(({ tree }) => openTests(tree, importPath, read));
  if (!before || !after) return new Set();
  const all = ['Test', 'Example', 'Fuzz', 'Benchmark'].flatMap((prefix) => [
    ...compareRoots(prefix, before, after),
  ]);
  return new Set(all.filter(([, sameness]) => sameness === 'same').map(([name]) => name));
}

/** Profiles one test on both sides in turn, `REPEATS` times; null: it fails once. */
async function profileSides(
  { base, head }: Sides,
  test: string,
): Promise<Record<'base' | 'head', AllocationSite[][]> | null> {
  const profiles: Record<'base' | 'head', AllocationSite[][]> = { base: [], head: [] };
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const before = await profileTest(base, test);
    const after = before && (await profileTest(head, test));
    if (!before || !after) return null;
    profiles.base.push(before);
    profiles.head.push(after);
  }
  return profiles;
}

const noAmount = { base: null, head: null, delta: null };

/** Represents a test as a benchmark: the additional allocations of one run, at the lines of changed functions. */
function toDelta(importPath: string, test: string, sites: SiteChange[]): Delta {
  const sum = (unit: 'objectsPerOp' | 'bytesPerOp', side: 'base' | 'head'): number =>
    sites.reduce((total, site) => total + site[unit][side], 0);
  const amount = (unit: 'objectsPerOp' | 'bytesPerOp') => {
    const [base, head] = [sum(unit, 'base'), sum(unit, 'head')];
    return { base, head, delta: head - base };
  };
  return {
    package: importPath,
    name: test,
    verdict: 'regression',
    allocsPerOp: amount('objectsPerOp'),
    bytesPerOp: amount('bytesPerOp'),
    nsPerOp: noAmount,
    samples: { base: {}, head: {} },
    reason: null,
    sites,
  };
}

/** Which of these functions each test calls, and the tests for which this is unknown. */
async function coverAll(
  sides: Sides,
  functions: readonly ChangedFunction[],
  dir: string,
  isOver: () => boolean,
): Promise<{
  calls: Map<string, Map<ChangedFunction, number>>;
  left: Map<LeftOut, string[]>;
  unrun: ChangedFunction[];
}> {
  const left = new Map<LeftOut, string[]>();
  const leave = (reason: LeftOut, test: string): void => {
    left.set(reason, [...(left.get(reason) ?? []), test]);
  };
  const calls = new Map<string, Map<ChangedFunction, number>>();
  const counting = await buildCounting(sides.head, dir);
  if (!counting) return { calls, left, unrun: [] };
  const { names } = sides;
  const benchmarked = await coverBenchmarks(counting, names);
  const unrun = functions.filter((one) => callsOf(one, benchmarked) === 0);
  const listed = unrun.length > 0 ? await listTests(sides.head.binary) : [];
  const tests = names === null ? listed : listed.filter((test) => names.has(test));
  for (const [index, test] of tests.entries()) {
    if (isOver() || index >= MAX_TESTS) {
      leave('budget', test);
      continue;
    }
    const blocks = await coverTest(counting, test);
    if (typeof blocks === 'string') leave(blocks, test);
    else calls.set(test, new Map(unrun.map((one) => [one, callsOf(one, blocks)])));
  }
  return { calls, left, unrun };
}

/** The tests that call a function most often. */
function choose(
  one: ChangedFunction,
  calls: ReadonlyMap<string, ReadonlyMap<ChangedFunction, number>>,
): string[] {
  return [...calls]
    .map(([test, own]) => ({ test, count: own.get(one) ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, TESTS_A_FUNCTION)
    .map(({ test }) => test);
}

async function measurePackageTests(
  lab: Lab,
  importPath: string,
  functions: readonly ChangedFunction[],
  isOver: () => boolean,
): Promise<Found> {
  const found: Found = { deltas: [], costs: [], warnings: [] };
  const warn = (reason: LeftOut, tests: string[]): void => {
    found.warnings.push({ kind: 'tests-left-out', package: importPath, tests, reason });
  };
  const dir = path.posix.dirname(functions[0]?.head?.file ?? '.');
  const sides = await buildSides(lab, importPath, dir);
  if (!sides) {
    warn('compile', []);
    return found;
  }
  try {
    const { calls, left, unrun } = await coverAll(sides, functions, lab.dir, isOver);
    for (const [reason, tests] of left) warn(reason, tests);
    const wanted = new Set(unrun.flatMap((one) => choose(one, calls)));
    const told = new Set<ChangedFunction>();
    for (const test of wanted) {
      if (isOver()) break;
      const profiles = await profileSides(sides, test);
      if (!profiles) {
        warn('not-repeatable', [test]);
        continue;
      }
      addEvidence(found, {
        importPath,
        test,
        profiles,
        unrun,
        told,
        calls: calls.get(test) ?? new Map(),
        lab,
      });
    }
    return found;
  } finally {
    await sides.base.discard();
    await sides.head.discard();
  }
}

type Evidence = {
  importPath: string;
  test: string;
  profiles: Record<'base' | 'head', AllocationSite[][]>;
  unrun: readonly ChangedFunction[];
  /** Functions for which another test already gave evidence. */
  told: Set<ChangedFunction>;
  calls: ReadonlyMap<ChangedFunction, number>;
  lab: Lab;
};

/** Adds the evidence of a test about changed functions. */
function addEvidence(found: Found, { importPath, test, profiles, unrun, told, calls, lab }: Evidence): void {
  const costs = new Map<string, Allocated>();
  for (const one of unrun) {
    const name = profileName(one);
    const of = (side: 'base' | 'head'): Allocated[] => profiles[side].map((sites) => sumOf(sites, name));
    const count = calls.get(one) ?? 0;
    const cost = told.has(one) ? null : costPerCall(of('base'), of('head'), count);
    if (!cost) continue;
    told.add(one);
    costs.set(name, cost);
    found.costs.push({ function: one.name, test: `${importPath}.${test}`, calls: count, ...cost });
  }
  const [before, after] = [profiles.base.at(-1) ?? [], profiles.head.at(-1) ?? []];
  const sites = diffSites(before, after, lab.map).filter((site) => costs.has(functionOfFrame(site.function)));
  if (sites.length > 0) found.deltas.push(toDelta(importPath, test, sites));
}

const lineOf = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

/**
 * Adds the findings of tests, except for lines that a benchmark proves. They replace possible findings on the same
 * lines.
 */
function join(
  review: Review,
  found: readonly Finding[],
  costs: readonly TestedCost[],
  warnings: readonly Warning[],
): Review {
  const measured = new Set(
    review.findings
      .filter(({ evidence }) => evidence !== 'possible')
      .flatMap(({ places }) => places.map(lineOf)),
  );
  const tested = found.flatMap((finding): Finding[] => {
    const cost = costs.find(
      ({ function: name, test }) =>
        functionOfFrame(finding.site?.function ?? '').endsWith(`.${name}`) &&
        finding.benchmarks.some((one) => `${one.package}.${one.name}` === test),
    );
    if (
      finding.evidence !== 'proven' ||
      !cost ||
      finding.places.every((place) => measured.has(lineOf(place)))
    )
      return [];
    const id = createHash('sha256').update(`${finding.id} tested`).digest('hex').slice(0, 16);
    return [{ ...finding, id, evidence: 'tested', tested: cost }];
  });
  const lines = new Set(tested.flatMap(({ places }) => places.map(lineOf)));
  const others = review.findings.filter(
    ({ evidence, places }) => evidence !== 'possible' || !places.some((place) => lines.has(lineOf(place))),
  );
  return { ...review, findings: [...others, ...tested], warnings: [...review.warnings, ...warnings] };
}

/**
 * Runs the tests of packages with changed functions that none of their benchmarks runs: the same tests on both sides,
 * with every allocation profiled. Adds findings for functions that allocate more. Examples and the seeds of fuzz tests
 * count as tests.
 */
export async function measureTests(review: Review, lab: Lab, budgetMs: number): Promise<Review> {
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started > budgetMs || lab.signal.aborted;
  const byPackage = Map.groupBy(lab.unrun.filter(isComparable), (one) => one.package);
  const found: Found = { deltas: [], costs: [], warnings: [] };
  for (const [importPath, functions] of byPackage) {
    if (isOver()) {
      found.warnings.push({
        kind: 'tests-left-out',
        package: importPath,
        tests: [],
        reason: 'budget',
      });
      continue;
    }
    lab.onProgress({ phase: 'prove', done: 0, total: 1, place: importPath });
    const own = await measurePackageTests(lab, importPath, functions, isOver);
    found.deltas.push(...own.deltas);
    found.costs.push(...own.costs);
    found.warnings.push(...own.warnings);
  }
  return join(review, lab.explain(found.deltas), found.costs, found.warnings);
}
