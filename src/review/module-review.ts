import { diffEscapes, diffInlining, type InliningDiff } from '../compare/escape-diff.ts';
import { readCode } from './tree-files.ts';
import { nameValues } from '../compare/value-names.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Warning } from '../report/model/review.ts';
import type { SourcePackage } from '../go/source-graph.ts';
import type { ChangedFunction } from '../syntax/changed-functions.ts';
import { type BuiltTree, findBenchmarkPackage, type PackageBuild, readDecisions } from './build.ts';
import {
  type BuiltBase,
  compileBases,
  compileHead,
  findNewErrors,
  warnOfBrokenPackages,
} from './compile-sides.ts';
import { findChangedCode } from './changed-code.ts';
import type { ChangedCode } from './changed-types.ts';
import { addCrosses } from './crosses.ts';
import { type Budget, createBudget } from './budget.ts';
import { joinReach } from './join-reach.ts';
import { measureAll } from './measure-module.ts';
import type { PackageTask } from './measure-package.ts';
import type { ModuleOptions, ModuleReview, ModuleTask, Sides } from './module-types.ts';
import type { ModulePlan } from './plan-types.ts';
import { explainRefusal, type PreparedModule, prepareModule } from './prepare-module.ts';
import { changedDataFiles, mayRead } from './run-time-files.ts';
import { chooseTaskCode, findLinked } from './task-code.ts';

const noInlining: InliningDiff = { functions: [], lostCalls: [] };

const emptyReview: Omit<ModuleReview, 'warnings'> = {
  deltas: [],
  testSites: [],
  escapes: [],
  baseDecisions: [],
  headDecisions: [],
  inlining: noInlining,
  changed: { functions: [], outside: [] },
  reach: [],
  unreached: [],
  buildErrors: [],
  isAffected: false,
  benchmarkPackages: 0,
  unchanged: [],
};

/**
 * Plans all modules, compiles the packages that the change can reach, measures those that can differ, and compares
 * them. A module that the go command refuses at head is left out; if no other is left, the failure is thrown.
 */
export async function reviewModules(
  tasks: readonly ModuleTask[],
  options: ModuleOptions,
): Promise<ModuleReview[]> {
  const { prepared, refused } = await prepareAll(tasks, options);
  const bases = await compileBases(
    prepared.map(({ task, plan }) => ({ ...task, patterns: plan.patterns.base })),
    options,
  );
  // From here on, unmerged code is compiled into the caches, so nothing more may be kept for other pull requests.
  const { stop, tools } = options;
  tools.headCache.open();
  const budget = createBudget(tools.limits, options.budget, stop);
  const results: ModuleReview[] = refused.map((warning) => ({ ...emptyReview, warnings: [warning] }));
  try {
    for (const [index, module] of prepared.entries()) {
      const base = bases[index] ?? { base: null, warnings: [] };
      results.push(
        await reviewModule(module, base, budget, options).catch((error: unknown) => {
          // Stopping the review also ends the compiler, which then fails.
          if (!budget.isStopped()) throw error;
          return leaveOut(module);
        }),
      );
    }
  } finally {
    // If a limit ended the build, the next review continues where this one ended.
    await tools.headCache.keep();
  }
  return results;
}

async function prepareAll(
  tasks: readonly ModuleTask[],
  options: ModuleOptions,
): Promise<{ prepared: PreparedModule[]; refused: Warning[] }> {
  const prepared: PreparedModule[] = [];
  const refused: Warning[] = [];
  for (const task of tasks) {
    try {
      prepared.push(await prepareModule(task, options.diff, options));
    } catch (error) {
      if (tasks.length === 1) throw error;
      refused.push({
        ...explainRefusal(error),
        kind: 'package-does-not-compile',
        side: 'head',
        package: task.head.path,
      });
    }
  }
  const distanceOf = ({ plan }: PreparedModule): number => plan.affected[0]?.distance ?? Infinity;
  return { prepared: prepared.sort((a, b) => distanceOf(a) - distanceOf(b)), refused };
}

/** The result of a module that was not measured because the review was stopped before. */
function leaveOut({ plan }: PreparedModule): ModuleReview {
  const packages = plan.affected.map(({ base, head }) => (head ?? base)?.importPath ?? '');
  if (packages.length === 0) return { ...emptyReview, warnings: [] };
  return {
    ...emptyReview,
    isAffected: true,
    warnings: [{ kind: 'limit', limit: 'stopped', value: 0, packages }],
  };
}

async function reviewModule(
  { task, plan, warnings: before }: PreparedModule,
  { base, warnings: refusal }: BuiltBase,
  budget: Budget,
  options: ModuleOptions,
): Promise<ModuleReview> {
  const found = {
    ...emptyReview,
    benchmarkPackages: plan.affected.filter((one) => one.head).length + plan.unaffected.length,
    unchanged: plan.unaffected,
    isAffected: plan.patterns.base.length + plan.patterns.head.length > 0,
  };
  const warnings = [...before, ...refusal];
  if (!found.isAffected) return { ...found, warnings: withoutFetch(warnings) };
  if (budget.isStopped()) return leaveOut({ task, plan, warnings });
  const compiling = performance.now();
  const head = await compileHead(task, plan.patterns.head, options);
  const compileMs = performance.now() - compiling;
  const sides: Sides = { base, head };
  const buildErrors = findNewErrors(sides);
  if (buildErrors.length > 0) return { ...found, buildErrors, warnings };

  const decisions = await compareDecisions(sides, options.map);
  const { baseDecisions, headDecisions } = decisions;
  const bothDecisions = { base: baseDecisions, head: headDecisions };
  const lineFacts = {
    base: { what: nameValues(baseDecisions), code: readCode(options.trees.base) },
    head: { what: nameValues(headDecisions), code: readCode(options.trees.head) },
  };
  const changed = findChangedCode({ plan, task }, sides, bothDecisions, options.trees);
  if (!options.measures) return { ...found, ...decisions, changed, warnings };
  const { tasks, unchanged } = await chooseTasks(plan, sides, changed, options);
  await addCrosses(tasks, sides, { task, plan }, options);
  if (options.stop) options.stop.isHeard = true;
  const { reached, ...measured } = await measureAll(tasks, budget, { ...options, compileMs, lineFacts });
  const reach = joinReach(
    changed,
    reached,
    listUnasked(plan, [...tasks.map((one) => one.importPath), ...unchanged], changed, options),
  );
  return {
    ...found,
    ...decisions,
    changed,
    reach,
    ...measured,
    unchanged: [...plan.unaffected, ...unchanged],
    warnings: [...explainBroken(warnings, sides), ...decisions.warnings, ...measured.warnings],
  };
}

/** Adds the warnings about packages that do not compile. Failed downloads matter only if there are such packages. */
function explainBroken(warnings: readonly Warning[], sides: Sides): Warning[] {
  const broken = warnOfBrokenPackages(sides);
  return broken.length > 0 ? [...warnings, ...broken] : withoutFetch(warnings);
}

/**
 * Removes warnings about failed downloads. They can be harmless: `go mod download` also requests versions of modules
 * that go.work replaces.
 */
function withoutFetch(warnings: readonly Warning[]): Warning[] {
  return warnings.filter(({ kind }) => kind !== 'fetch');
}

/** Compares the compiler's decisions about what has different content IDs. Equal IDs mean equal decisions. */
async function compareDecisions(
  { base, head }: Sides,
  map: LineMap,
): Promise<Pick<ModuleReview, 'escapes' | 'baseDecisions' | 'headDecisions' | 'inlining' | 'warnings'>> {
  const wanted = (importPath: string): boolean => {
    const before = base?.list.reportedIds.get(importPath);
    const after = head.list.reportedIds.get(importPath);
    return before !== after || before === null;
  };
  const before = base ? await readDecisions(base, wanted) : { decisions: [], problems: [], problemCount: 0 };
  const after = await readDecisions(head, wanted);
  const unread = (
    [
      ['base', before],
      ['head', after],
    ] as const
  ).flatMap(([side, { problems, problemCount }]): Warning[] => {
    const [first] = problems;
    return first ? [{ kind: 'unread-diagnostics', side, lines: problemCount, first: first.text }] : [];
  });
  return {
    escapes: base ? diffEscapes(before.decisions, after.decisions, map) : [],
    baseDecisions: before.decisions,
    headDecisions: after.decisions,
    inlining: base ? diffInlining(before.decisions, after.decisions, map) : noInlining,
    warnings: unread,
  };
}

/** The planned packages whose compiled benchmarks can behave differently on the two sides, and those that cannot. */
async function chooseTasks(
  { affected, graphs }: ModulePlan,
  sides: Sides,
  changed: ChangedCode,
  { diff, trees, wantsReach }: ModuleOptions,
): Promise<{ tasks: PackageTask[]; unchanged: string[] }> {
  const dataFiles = changedDataFiles(diff);
  const tasks: PackageTask[] = [];
  const unchanged: string[] = [];
  for (const planned of affected) {
    const [base, head] = [findBuild(sides.base, planned.base), findBuild(sides.head, planned.head)];
    const importPath = (planned.head ?? planned.base)?.importPath ?? '';
    if (!base && !head) continue;
    const isSame = base && head && base.goPackage.testId === head.goPackage.testId;
    const dir = (head ?? base)?.goPackage.dir ?? '.';
    if (isSame && !(await mayRead(trees.head, dir, dataFiles))) unchanged.push(importPath);
    else {
      const code = wantsReach
        ? chooseTaskCode(planned, graphs, changed)
        : { functions: [], isDecidable: false };
      tasks.push({ importPath, base, head, cross: null, code });
    }
  }
  return { tasks, unchanged };
}

/**
 * The changed functions that benchmarks may run which were not checked: benchmarks of packages that do not compile, or
 * that the selection leaves out.
 */
function listUnasked(
  { affected, leftOut, graphs }: ModulePlan,
  asked: readonly string[],
  changed: ChangedCode,
  { selection }: ModuleOptions,
): Set<ChangedFunction> {
  if (selection.run !== '.' || selection.skip !== '') return new Set(changed.functions);
  const others = affected.filter(({ base, head }) => !asked.includes((head ?? base)?.importPath ?? ''));
  const linked = findLinked(
    graphs.head,
    leftOut.map((one) => `${one}.test`),
  );
  return new Set([
    ...others.flatMap((planned) => chooseTaskCode(planned, graphs, changed).functions),
    ...changed.functions.filter((one) => linked.has(one.package)),
  ]);
}

function findBuild(tree: BuiltTree | null, planned: SourcePackage | null): PackageBuild | null {
  return planned && findBenchmarkPackage(tree, planned.importPath);
}
