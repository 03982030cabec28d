import path from 'node:path';
import { createHash } from 'node:crypto';
import { topBenchmark } from '../compare/benchmark-id.ts';
import type { Delta, SiteChange, Verdict } from '../compare/types.ts';
import type { Review, Warning } from '../report/model/review.ts';
import type { Lab } from '../review/lab.ts';
import type { Finding, QuietTests, TestedCost } from '../rules/types.ts';
import { addUp, type ChangedNames, type Charge, listCharges, findChangedNames } from './charges.ts';
import { diffSteadySites, type Profiles } from './steady-sites.ts';
import {
  type TargetCandidate,
  callsOf,
  chargedLine,
  confirmTargets,
  costOf,
  listCandidates,
  type TestTarget,
} from './targets.ts';
import { runsOf, watchLines } from './quiet-tests.ts';
import { buildSides, profileSides, type TestedSides } from './test-sides.ts';
import { buildCounting, coverBenchmarks, coverTest, listTests } from './tests.ts';

/** What a target costs in one test. */
type TargetCost = { target: TestTarget; cost: TestedCost };

/** The results of a package's tests. */
type Found = {
  deltas: Delta[];
  costs: TargetCost[];
  /** Possible findings on whose lines tests saw no allocation. */
  quiet: Map<Finding, QuietTests>;
  warnings: Warning[];
};

type LeftOut = Extract<Warning, { kind: 'tests-left-out' }>['reason'];

/**
 * The maximum number of tests that run separately in one package, and of tests that measure one function: of those that run
 * it most often, and as many of those that run it least often.
 */
const MAX_TESTS = 300;
const TESTS_A_FUNCTION = 2;

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

/** Verdicts on benchmarks that were not compared: one that failed has none at all. */
const uncompared: ReadonlySet<Verdict> = new Set(['new', 'removed', 'benchmark-changed']);

/** The benchmarks of a package that the review compared: what only others run, nothing measured. */
function listCompared({ deltas }: Pick<Review, 'deltas'>, importPath: string): Set<string> {
  const own = deltas.filter((one) => one.package === importPath && !uncompared.has(one.verdict));
  return new Set(own.map(({ name }) => topBenchmark(name)));
}

/** Which targets each test runs, how often it runs the lines of findings, and the tests for which this is unknown. */
async function coverAll(
  sides: TestedSides,
  candidates: readonly TargetCandidate[],
  { compared, watched }: { compared: ReadonlySet<string>; watched: readonly Finding[] },
  dir: string,
  isLate: () => boolean,
): Promise<{
  calls: Map<string, Map<TestTarget, number>>;
  runs: Map<string, Map<Finding, number>>;
  left: Map<LeftOut, string[]>;
  unrun: TestTarget[];
}> {
  const left = new Map<LeftOut, string[]>();
  const leave = (reason: LeftOut, test: string): void => {
    left.set(reason, [...(left.get(reason) ?? []), test]);
  };
  const calls = new Map<string, Map<TestTarget, number>>();
  const runs = new Map<string, Map<Finding, number>>();
  const counting = await buildCounting(sides.head, dir);
  if (!counting) return { calls, runs, left, unrun: [] };
  const { names } = sides;
  const benchmarked = await coverBenchmarks(counting, names?.intersection(compared) ?? compared, isLate);
  const unrun = confirmTargets(candidates, benchmarked);
  const listed = unrun.length > 0 ? await listTests(sides.head.binary) : [];
  const tests = names === null ? listed : listed.filter((test) => names.has(test));
  for (const [index, test] of tests.entries()) {
    if (isLate() || index >= MAX_TESTS) {
      leave('budget', test);
      continue;
    }
    const blocks = await coverTest(counting, test);
    if (typeof blocks === 'string') leave(blocks, test);
    else {
      calls.set(test, new Map(unrun.map((one) => [one, callsOf(one, blocks)])));
      runs.set(test, new Map(watched.map((one) => [one, runsOf(one, blocks)])));
    }
  }
  return { calls, runs, left, unrun };
}

/** The tests that run a target most often, and those that run it least often: what they allocate is the most exact. */
function choose(one: TestTarget, calls: ReadonlyMap<string, ReadonlyMap<TestTarget, number>>): string[] {
  const tests = [...calls]
    .map(([test, own]) => ({ test, count: own.get(one) ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ test }) => test);
  return [...new Set([...tests.slice(0, TESTS_A_FUNCTION), ...tests.slice(-TESTS_A_FUNCTION)])];
}

/** What changed functions answer for on both sides, in each repeat. */
function chargesIn(profiles: Profiles, names: ChangedNames): Record<'base' | 'head', Charge[][]> {
  const of = (side: 'base' | 'head'): Charge[][] => profiles[side].map((one) => listCharges(one, names));
  return { base: of('base'), head: of('head') };
}

/** Whether the repeats of each side agree. */
const isExact = (charges: Record<'base' | 'head', Charge[][]>): boolean =>
  Object.values(charges).every((side) => new Set(side.map((one) => JSON.stringify(addUp(one)))).size === 1);

/** Whether half of the time is over that is left now, so that finding the tests leaves time for measuring them. */
export function createHalfTime(leftMs: () => number): () => boolean {
  const half = leftMs() / 2;
  return () => leftMs() <= half;
}

async function measurePackageTests(
  review: Pick<Review, 'deltas' | 'findings'>,
  lab: Lab,
  importPath: string,
  candidates: readonly TargetCandidate[],
  leftMs: () => number,
): Promise<Found> {
  const isOver = (): boolean => leftMs() <= 0;
  const found: Found = { deltas: [], costs: [], quiet: new Map(), warnings: [] };
  const warn = (reason: LeftOut, tests: string[]): void => {
    found.warnings.push({ kind: 'tests-left-out', package: importPath, tests, reason });
  };
  const dir = path.posix.dirname(candidates[0]?.function.head?.file ?? '.');
  const sides = await buildSides(lab, importPath, dir);
  if (sides === 'compile') warn('compile', []);
  if (sides === 'compile' || sides === 'no-tests') return found;
  try {
    const watched = review.findings.filter(
      ({ evidence, contract, file }) =>
        evidence === 'possible' && !contract && path.posix.dirname(file) === dir,
    );
    const { calls, runs, left, unrun } = await coverAll(
      sides,
      candidates,
      { compared: listCompared(review, importPath), watched },
      lab.dir,
      createHalfTime(leftMs),
    );
    for (const [reason, tests] of left) warn(reason, tests);
    const wanted = new Set(unrun.flatMap((one) => choose(one, calls)));
    const told = new Set<TestTarget>();
    const watch = watchLines();
    const names = findChangedNames(lab.changed);
    for (const test of wanted) {
      if (isOver()) break;
      const isEnough = (known: Profiles): boolean => isOver() || isExact(chargesIn(known, names));
      const profiled = await profileSides(sides, test, isEnough);
      if (!profiled) {
        warn('not-repeatable', [test]);
        continue;
      }
      const { profiles, whole } = profiled;
      watch.add(runs.get(test) ?? new Map(), whole);
      addEvidence(found, {
        importPath,
        test,
        profiles,
        unrun,
        told,
        names,
        calls: calls.get(test) ?? new Map(),
        lab,
      });
    }
    return { ...found, quiet: watch.listQuiet() };
  } finally {
    await sides.base.discard();
    await sides.head.discard();
  }
}

type Evidence = {
  importPath: string;
  test: string;
  profiles: Profiles;
  unrun: readonly TestTarget[];
  /** Targets for which another test already gave evidence. */
  told: Set<TestTarget>;
  names: ChangedNames;
  calls: ReadonlyMap<TestTarget, number>;
  lab: Lab;
};

/** Adds the evidence of a test about its targets. */
function addEvidence(
  found: Found,
  { importPath, test, profiles, unrun, told, names, calls, lab }: Evidence,
): void {
  const charges = chargesIn(profiles, names);
  const costly: TestTarget[] = [];
  for (const target of unrun) {
    const count = calls.get(target) ?? 0;
    const cost = told.has(target) ? null : costOf(target, charges, count, lab);
    if (!cost) continue;
    told.add(target);
    costly.push(target);
    const own = { function: target.function.name, test: `${importPath}.${test}`, calls: count };
    found.costs.push({ target, cost: { ...own, ...cost } });
  }
  const sites = diffSteadySites(profiles, lab.map).filter((site) =>
    costly.some((target) => chargedLine(site, target, names, lab) !== null),
  );
  if (sites.length > 0) found.deltas.push(toDelta(importPath, test, sites));
}

const lineOf = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

const testOf = ({ package: importPath, name }: { package: string; name: string }): string =>
  `${importPath}.${name}`;

/** Where several findings are about one function, says what part of its cost each of them has. */
export function splitCosts(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ tested }: Finding): string => `${tested?.test} ${tested?.function}`;
  const shared = Map.groupBy(findings, keyOf);
  return findings.map((finding): Finding => {
    const { tested, benchmarks } = finding;
    const own = benchmarks.find((each) => testOf(each) === tested?.test);
    if (!tested || !own || shared.get(keyOf(finding))?.length === 1) return finding;
    const partOf = (added: number, whole: number): number =>
      Math.max(0, Math.min(added / tested.calls, whole));
    const here = {
      objects: partOf(own.addedObjects, tested.objects),
      bytes: partOf(own.addedBytes, tested.bytes),
    };
    return { ...finding, tested: { ...tested, here } };
  });
}

/**
 * Adds the findings of tests, except for lines that a benchmark proves. They replace possible findings on the same
 * lines. Possible findings on lines where tests saw no allocation say so.
 */
function join(
  review: Review,
  found: readonly Finding[],
  { costs, quiet, warnings }: Omit<Found, 'deltas'>,
  lab: Lab,
): Review {
  const names = findChangedNames(lab.changed);
  const measured = new Set(
    review.findings
      .filter(({ evidence }) => evidence !== 'possible')
      .flatMap(({ places }) => places.map(lineOf)),
  );
  const tested = splitCosts(
    found.flatMap((finding): Finding[] => {
      const { site, benchmarks } = finding;
      const [own] = costs
        .filter(({ cost: { test } }) => benchmarks.some((each) => testOf(each) === test))
        .flatMap(({ target, cost }) => {
          const line = site && chargedLine(site, target, names, lab);
          return line === null ? [] : [{ ...cost, ...(target.lines && { line }) }];
        });
      if (
        finding.evidence !== 'proven' ||
        !own ||
        finding.places.every((place) => measured.has(lineOf(place)))
      )
        return [];
      const id = createHash('sha256').update(`${finding.id} tested`).digest('hex').slice(0, 16);
      return [{ ...finding, id, evidence: 'tested', tested: own }];
    }),
  );
  const lines = new Set(tested.flatMap(({ places }) => places.map(lineOf)));
  const others = review.findings
    .filter(
      ({ evidence, places }) => evidence !== 'possible' || !places.some((place) => lines.has(lineOf(place))),
    )
    .map((one) => {
      const quietTests = quiet.get(one);
      return quietTests ? { ...one, quietTests } : one;
    });
  return { ...review, findings: [...others, ...tested], warnings: [...review.warnings, ...warnings] };
}

/**
 * Runs the tests of packages with changed functions, or lines of them, that none of their benchmarks runs: the same tests on both sides,
 * with every allocation profiled. Adds findings for functions that allocate more. Examples and the seeds of fuzz tests
 * count as tests.
 */
export async function measureTests(review: Review, lab: Lab, budgetMs: number): Promise<Review> {
  const started = performance.now();
  const leftMs = (): number => (lab.signal.aborted ? 0 : budgetMs - (performance.now() - started));
  const byPackage = Map.groupBy(listCandidates(lab), (one) => one.function.package);
  const found: Found = { deltas: [], costs: [], quiet: new Map(), warnings: [] };
  for (const [importPath, candidates] of byPackage) {
    if (leftMs() <= 0) {
      found.warnings.push({
        kind: 'tests-left-out',
        package: importPath,
        tests: [],
        reason: 'budget',
      });
      continue;
    }
    lab.onProgress({ phase: 'prove', done: 0, total: 1, place: importPath });
    const own = await measurePackageTests(review, lab, importPath, candidates, leftMs);
    found.deltas.push(...own.deltas);
    found.costs.push(...own.costs);
    for (const [finding, tests] of own.quiet) found.quiet.set(finding, tests);
    found.warnings.push(...own.warnings);
  }
  return join(review, lab.explain(found.deltas), found, lab);
}
