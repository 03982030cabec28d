import path from 'node:path';
import type { Side, TreeDiff } from '../compare/types.ts';
import { Failure } from '../errors.ts';
import { fetchModules } from '../go/fetch.ts';
import { findGoWork, type GoModule } from '../go/modules.ts';
import { matchPackage } from '../go/package-pattern.ts';
import { listSources, type SourceGraph, type SourcePackage } from '../go/source-graph.ts';
import { readMeaning } from '../syntax/meaning.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuildTools, createBuildContext } from './build.ts';
import type { CompileOptions, ModuleTask } from './module-types.ts';
import { isInScope } from './pair-modules.ts';
import { listNotBuilt } from './not-built.ts';
import { planModule } from './plan.ts';
import type { ModulePlan } from './plan-types.ts';
import { readTree } from './tree-files.ts';

/** One module with its dependencies downloaded, and its plan. */
export type PreparedModule = {
  /** The task. Its base is null if the go command refuses base's module. */
  task: ModuleTask;
  plan: ModulePlan;
  warnings: Warning[];
};

/**
 * Downloads the dependencies of a module on both sides and makes its plan. Nothing is compiled, and no code of the
 * repository runs. If the go command refuses base, there is nothing to compare with, but the facts about head are still
 * valid. Throws the failures of `listSources` for head.
 */
export async function prepareModule(
  task: ModuleTask,
  diff: TreeDiff,
  options: CompileOptions,
): Promise<PreparedModule> {
  const fetched = [
    ...(task.base ? await fetchSide('base', task.base, options) : []),
    ...(await fetchSide('head', task.head, options)),
  ];
  options.onProgress({ phase: 'plan' });
  const tools = await separateCache(options.tools);
  const read = (side: Side, module: GoModule): Promise<SourceGraph> =>
    readGraph(side, module, { ...options, tools }, task, diff);
  const [base, head] = await Promise.all([
    task.base ? read('base', task.base).catch(explainRefusal) : null,
    read('head', task.head).catch((error: unknown) => toFailure(error)),
  ]);
  const isRefused = base !== null && 'kind' in base;
  if (head instanceof Failure) throw isRefused ? noteRefusedBase(head) : head;
  const graphs = { base: isRefused ? null : base, head };
  const isChosen = ({ dir }: SourcePackage): boolean =>
    options.patterns.some((pattern) => matchPackage(pattern, { dir, module: task.head }));
  const plan = await planModule(graphs, options.trees, diff, isChosen);
  const leftOut: Warning[] =
    plan.leftOut.length === 0 ? [] : [{ kind: 'packages-left-out', packages: plan.leftOut }];
  const files = listNotBuilt(head, diff, readTree(options.trees.head));
  const notBuilt: Warning[] = files.length === 0 ? [] : [{ kind: 'not-built', files }];
  return {
    task: isRefused ? { ...task, base: null } : task,
    plan,
    warnings: [...fetched, ...(isRefused ? [base] : []), ...leftOut, ...notBuilt],
  };
}

/**
 * The tools with a separate build cache: what the go command stores there about head must not be kept for later reviews
 * with the compilations of base.
 */
async function separateCache(tools: BuildTools): Promise<BuildTools> {
  const buildCache = path.join(path.dirname(tools.outDir), 'plan-cache');
  await tools.sandbox.makeWritable(buildCache);
  return { ...tools, folders: { ...tools.folders, buildCache, baseCaches: [] } };
}

async function readGraph(
  side: Side,
  module: GoModule,
  { tools, trees, patterns }: CompileOptions,
  { modulePaths, scope }: ModuleTask,
  diff: TreeDiff,
): Promise<SourceGraph> {
  const context = await createBuildContext(tools, trees[side], module, modulePaths);
  const paths = diff.map(({ basePath, headPath }) => (side === 'base' ? basePath : headPath));
  // The change may also reach packages that the patterns leave out. A warning names them.
  const all = [...new Set(['./...', ...patterns])];
  const files = new Set(paths.filter((file) => file !== null));
  const graph = await listSources(context, all, { files, readMeaning });
  const compared = [...graph.packages].filter(([, { dir }]) => isInScope(scope[side], dir));
  return { ...graph, packages: new Map(compared) };
}

/** Returns a `Failure` to be thrown later. Throws any other error. */
function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

/** Adds to head's failure that the go command refuses base as well. */
function noteRefusedBase(failure: Failure): Failure {
  const { code, facts } = failure.reason;
  return code === 'go-failed' ? new Failure(code, { ...facts, isBaseRefused: true }) : failure;
}

/** The warning for a base that the go command refuses, with the command's lines. Throws any other error. */
export function explainRefusal(error: unknown): Extract<Warning, { kind: 'base-does-not-compile' }> {
  const lines = error instanceof Failure ? refusalLines(error) : null;
  if (lines === null) throw error;
  return { kind: 'base-does-not-compile', lines };
}

function refusalLines({ reason: { code, facts } }: Failure): string[] | null {
  // A limit that ended the command says nothing about base, and comparing head with nothing would be no review.
  if (code === 'go-failed') return facts.ended === 'exited' ? [...facts.output] : null;
  return code === 'go-too-old' ? [`go.mod requires go >= ${facts.needs}`] : null;
}

/** Downloads the dependencies of one side. Missing ones are reported as a warning, and the rest is reviewed. */
export async function fetchSide(
  side: Side,
  module: GoModule,
  { tools, trees, onProgress }: CompileOptions,
): Promise<Warning[]> {
  if (tools.sandbox.facts.tier === 'none') return [];
  onProgress({ phase: 'fetch', side });
  const treeDir = trees[side];
  const goWork = await findGoWork(treeDir, module.dir);
  const lines = await fetchModules({ ...tools, treeDir, module, goWork });
  return lines === null ? [] : [{ kind: 'fetch', side, module: module.path, lines }];
}
