import { diffEscapes, diffInlining, type InliningDiff } from '../compare/escape-diff.ts';
import type { LineMap } from '../compare/line-map.ts';
import type { Decision, Delta, EscapeChange, Side, TreeDiff } from '../compare/types.ts';
import type { BytesThreshold } from '../compare/verdict.ts';
import type { Selection } from '../go/discovery.ts';
import { Failure } from '../errors.ts';
import { fetchModules } from '../go/fetch.ts';
import { findGoWork, type GoModule } from '../go/modules.ts';
import type { StageLimits } from '../go/stage-limits.ts';
import type { GoPackage } from '../go/packages.ts';
import type { Progress } from '../report/words/progress.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuildTools, type BuiltTree, buildTree, findBenchmarkPackage, readDecisions } from './build.ts';
import { addCrosses } from './crosses.ts';
import { measurePackage, type PackageTask } from './measure-package.ts';
import { attachSites } from './profile-sites.ts';
import { changedDataFiles, mayRead } from './run-time-files.ts';

/** One module of the reviewed trees; null: it does not exist on that side. */
export type ModuleTask = {
  base: GoModule | null;
  head: GoModule;
  /** Module paths of all modules in either tree. */
  modulePaths: readonly string[];
};

export type ModuleOptions = {
  tools: BuildTools;
  /** A module cache of the operator's own, from which modules may be taken; null: none. */
  ownCache: string | null;
  /** Whether the reviewed code may have modules that `GOPRIVATE` names. */
  privateModules: boolean;
  /** Called once, when all that was compiled so far is base. */
  onBaseCompiled: (standardOutputs: ReadonlySet<string>) => Promise<void>;
  /** Exported trees, absolute. */
  baseTree: string;
  headTree: string;
  /** Where cross trees go. */
  crossDir: string;
  patterns: readonly string[];
  selection: Selection;
  threshold: BytesThreshold;
  diff: TreeDiff;
  map: LineMap;
  onProgress: (progress: Progress) => void;
};

export type ModuleReview = {
  deltas: Delta[];
  escapes: EscapeChange[];
  /** The decisions on changed packages, and what became of inlining: what causes are found with. */
  baseDecisions: Decision[];
  headDecisions: Decision[];
  inlining: InliningDiff;
  buildErrors: string[];
  /** Packages with benchmarks in head, measured or not. */
  benchmarkPackages: number;
  /** Packages whose test binaries cannot behave differently. */
  unchanged: string[];
  warnings: Warning[];
};

/** One module, compiled on both sides; base null: it does not exist there, or the go command refuses it. */
export type Sides = { base: BuiltTree | null; head: BuiltTree };

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

/** What compiling one side takes. */
type BaseOptions = Pick<
  ModuleOptions,
  'tools' | 'ownCache' | 'privateModules' | 'onBaseCompiled' | 'baseTree' | 'patterns' | 'onProgress'
>;

/** Compiles base of all modules. Throws what building throws, but not when base is what the go command refuses. */
export async function compileBases(tasks: readonly ModuleTask[], options: BaseOptions): Promise<BuiltBase[]> {
  const bases: BuiltBase[] = [];
  for (const task of tasks) bases.push(await buildBase(task, options));
  await options.onBaseCompiled(new Set(bases.flatMap(({ base }) => [...(base?.list.standardOutputs ?? [])])));
  return bases;
}

async function reviewModule(
  task: ModuleTask,
  { base, warnings: failure }: BuiltBase = { base: null, warnings: [] },
  budget: Budget,
  options: ModuleOptions,
): Promise<ModuleReview> {
  const { tools, patterns, onProgress } = options;
  const missing = await fetchSide('head', options.headTree, task.head, options);
  onProgress({ phase: 'compile', side: 'head' });
  const head = await buildTree(tools, options.headTree, task.head, task.modulePaths, patterns);
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

/** What is left of the operator's limits for all modules together. */
type Budget = {
  isSpent: () => 'measureSeconds' | 'benchmarks' | null;
  spend: (benchmarks: number) => void;
  left: () => number;
};

const MS_PER_SECOND = 1000;

function createBudget(limits: StageLimits): Budget {
  const started = performance.now();
  let left = limits.benchmarks;
  return {
    isSpent: () => {
      if (performance.now() - started > limits.measureMs) return 'measureSeconds';
      return left <= 0 ? 'benchmarks' : null;
    },
    spend: (benchmarks) => {
      left -= benchmarks;
    },
    left: () => left,
  };
}

function warnOfLimit(
  limit: 'measureSeconds' | 'benchmarks',
  tasks: readonly PackageTask[],
  limits: StageLimits,
): Warning {
  const value = limit === 'benchmarks' ? limits.benchmarks : limits.measureMs / MS_PER_SECOND;
  return { kind: 'limit', limit, value, packages: tasks.map(({ importPath }) => importPath) };
}

/** Measures and profiles package by package, until a limit is reached; what is left then is named in a warning. */
async function measureAll(
  tasks: readonly PackageTask[],
  budget: Budget,
  options: ModuleOptions,
): Promise<Pick<ModuleReview, 'deltas' | 'buildErrors' | 'warnings'>> {
  const { onProgress, tools } = options;
  const found: Pick<ModuleReview, 'deltas' | 'buildErrors' | 'warnings'> = {
    deltas: [],
    buildErrors: [],
    warnings: [],
  };
  for (const [index, one] of tasks.entries()) {
    const spent = budget.isSpent();
    if (spent !== null) {
      found.warnings.push(warnOfLimit(spent, tasks.slice(index), tools.limits));
      break;
    }
    const position = { package: one.importPath, index, packages: tasks.length };
    const result = await measurePackage(one, {
      ...options,
      maxBenchmarks: budget.left(),
      onProgress: (progress) => onProgress({ phase: 'measure', ...position, ...progress }),
    });
    budget.spend(result.judged.length);
    if (result.omitted > 0) found.warnings.push(warnOfLimit('benchmarks', [one], tools.limits));
    found.buildErrors.push(...result.buildErrors);
    found.warnings.push(...result.warnings);
    const profiling = { ...options, onProgress: (name: string) => onProgress({ phase: 'profile', name }) };
    found.deltas.push(...(await attachSites(result.judged, profiling)));
  }
  return found;
}

/** Downloads what one side needs; what cannot be had is told, and the rest is reviewed all the same. */
async function fetchSide(
  side: Side,
  treeDir: string,
  module: GoModule,
  {
    tools,
    ownCache,
    privateModules,
    onProgress,
  }: Pick<ModuleOptions, 'tools' | 'ownCache' | 'privateModules' | 'onProgress'>,
): Promise<Warning[]> {
  if (tools.sandbox.facts.tier === 'none') return [];
  onProgress({ phase: 'fetch', side });
  const goWork = await findGoWork(treeDir, module.dir);
  const lines = await fetchModules({ ...tools, treeDir, module, goWork, ownCache, privateModules });
  return lines === null ? [] : [{ kind: 'fetch', side, module: module.path, lines }];
}

type BuiltBase = { base: BuiltTree | null; warnings: Warning[] };

/** A base that the go command refuses leaves nothing to compare with; what is said of head still holds. */
async function buildBase(task: ModuleTask, options: BaseOptions): Promise<BuiltBase> {
  const { tools, baseTree, patterns, onProgress } = options;
  if (!task.base) return { base: null, warnings: [] };
  const warnings = await fetchSide('base', baseTree, task.base, options);
  onProgress({ phase: 'compile', side: 'base' });
  try {
    return { base: await buildTree(tools, baseTree, task.base, task.modulePaths, patterns), warnings };
  } catch (error) {
    if (!(error instanceof Failure) || !['go-failed', 'go-too-old'].includes(error.code)) throw error;
    const { output, needs } = error.facts;
    const lines = Array.isArray(output) ? output : [`go.mod requires go >= ${String(needs)}`];
    return { base: null, warnings: [...warnings, { kind: 'base-does-not-compile', lines }] };
  }
}

/** What does not compile in head and did in base, tests included: the compiler's own lines. */
function newErrors({ base, head }: Sides): string[] {
  const lines = [...head.list.packages.values()].flatMap((ours) => {
    const theirs = base?.list.packages.get(ours.importPath);
    const errors = theirs && theirs.errors.length > 0 ? [] : ours.errors;
    const testErrors = theirs && theirs.testErrors.length > 0 ? [] : ours.testErrors;
    return errors.concat(testErrors);
  });
  return [...new Set(lines)];
}

/** What compiles on neither side, or not in base alone. */
function brokenPackages({ base, head }: Sides): Warning[] {
  const broken = [...(base?.list.packages.values() ?? [])].filter(
    (one) => one.errors.length > 0 || one.testErrors.length > 0,
  );
  const all = broken.length > 0 && broken.length === base?.list.packages.size;
  if (all)
    return [{ kind: 'base-does-not-compile', lines: broken.flatMap((one) => one.errors).slice(0, 10) }];
  const atHead = [...head.list.packages.values()].filter(
    (one) => one.errors.length > 0 || one.testErrors.length > 0,
  );
  const warn = (side: Side, packages: readonly GoPackage[]): Warning[] =>
    packages.map((one) => ({
      kind: 'package-does-not-compile',
      side,
      package: one.importPath,
      lines: [...one.errors, ...one.testErrors].slice(0, 10),
    }));
  return [...warn('base', broken), ...warn('head', atHead)];
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
  const before = base ? await readDecisions(base, wanted) : { decisions: [], problems: [] };
  const after = await readDecisions(head, wanted);
  const unread = (
    [
      ['base', before],
      ['head', after],
    ] as const
  ).flatMap(([side, { problems }]): Warning[] => {
    const [first] = problems;
    return first ? [{ kind: 'unread-diagnostics', side, lines: problems.length, first: first.text }] : [];
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
  { diff, headTree }: ModuleOptions,
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
    if (same && !(await mayRead(headTree, dir, dataFiles))) unchanged.push(importPath);
    else tasks.push({ importPath, ...sides, cross: null });
  }
  return { tasks, unchanged, benchmarkPackages };
}
