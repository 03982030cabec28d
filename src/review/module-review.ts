import { diffEscapes, diffInlining, type InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Warning } from '../report/model/review.ts';
import { findBenchmarkPackage, readDecisions } from './build.ts';
import { brokenPackages, type BuiltBase, compileBases, compileHead, newErrors } from './compile-sides.ts';
import { addCrosses } from './crosses.ts';
import { type Budget, createBudget, measureAll } from './measure-module.ts';
import type { PackageTask } from './measure-package.ts';
import type { ModuleOptions, ModuleReview, ModuleTask, Sides } from './module-types.ts';
import { changedDataFiles, mayRead } from './run-time-files.ts';

const NOTHING: InliningDiff = { functions: [], lostCalls: [] };

const EMPTY: Omit<ModuleReview, 'warnings'> = {
  deltas: [],
  escapes: [],
  baseDecisions: [],
  headDecisions: [],
  inlining: NOTHING,
  buildErrors: [],
  benchmarkPackages: 0,
  unchanged: [],
};

/** Compiles base and head of all modules, measures what can differ, and compares. Throws what building throws. */
export async function reviewModules(
  tasks: readonly ModuleTask[],
  options: ModuleOptions,
): Promise<ModuleReview[]> {
  const bases = await compileBases(tasks, options);
  // From here on the caches see code that nobody has merged.
  const budget = createBudget(options.tools.limits);
  const results: ModuleReview[] = [];
  for (const [index, task] of tasks.entries()) {
    const crossDir = `${options.crossDir}-${index}`;
    results.push(await reviewModule(task, bases[index], budget, { ...options, crossDir }));
  }
  return results;
}

async function reviewModule(
  task: ModuleTask,
  { base, warnings: failure }: BuiltBase = { base: null, warnings: [] },
  budget: Budget,
  options: ModuleOptions,
): Promise<ModuleReview> {
  const { head, warnings: missing } = await compileHead(task, options);
  const sides: Sides = { base, head };
  const warnings = [...failure, ...missing];
  const buildErrors = newErrors(sides);
  if (buildErrors.length > 0) return { ...EMPTY, buildErrors, warnings };

  const decisions = await compareDecisions(sides, options.map);
  const { tasks, unchanged, benchmarkPackages } = await chooseTasks(sides, options);
  await addCrosses(tasks, sides, task, options);
  const measured = await measureAll(tasks, budget, options);
  return {
    ...EMPTY,
    ...decisions,
    ...measured,
    unchanged,
    benchmarkPackages,
    warnings: [...warnings, ...brokenPackages(sides), ...decisions.warnings, ...measured.warnings],
  };
}

/** Compares the compiler's decisions on the packages that changed; equal content IDs mean equal decisions. */
async function compareDecisions(
  { base, head }: Sides,
  map: LineMap,
): Promise<Pick<ModuleReview, 'escapes' | 'baseDecisions' | 'headDecisions' | 'inlining' | 'warnings'>> {
  const wanted = (importPath: string): boolean => {
    const before = base?.list.packages.get(importPath)?.contentId;
    const after = head.list.packages.get(importPath)?.contentId;
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
    inlining: base ? diffInlining(before.decisions, after.decisions, map) : NOTHING,
    warnings: unread,
  };
}

/** The packages whose benchmarks can behave differently, sorted; and those that cannot. */
async function chooseTasks(
  { base, head }: Sides,
  { diff, trees }: ModuleOptions,
): Promise<{ tasks: PackageTask[]; unchanged: string[]; benchmarkPackages: number }> {
  const importPaths = new Set([...(base?.list.packages.keys() ?? []), ...head.list.packages.keys()]);
  const dataFiles = changedDataFiles(diff);
  const tasks: PackageTask[] = [];
  const unchanged: string[] = [];
  let benchmarkPackages = 0;
  for (const importPath of [...importPaths].sort()) {
    const sides = {
      base: findBenchmarkPackage(base, importPath),
      head: findBenchmarkPackage(head, importPath),
    };
    if (!sides.base && !sides.head) continue;
    if (sides.head) benchmarkPackages += 1;
    const same = sides.base && sides.head && sides.base.goPackage.testId === sides.head.goPackage.testId;
    const dir = (sides.head ?? sides.base)?.goPackage.dir ?? '.';
    if (same && !(await mayRead(trees.head, dir, dataFiles))) unchanged.push(importPath);
    else tasks.push({ importPath, ...sides, cross: null });
  }
  return { tasks, unchanged, benchmarkPackages };
}
