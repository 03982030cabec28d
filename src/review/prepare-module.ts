import path from 'node:path';
import type { Side, TreeDiff } from '../compare/types.ts';
import { Failure } from '../errors.ts';
import { fetchModules } from '../go/fetch.ts';
import { findGoWork, type GoModule } from '../go/modules.ts';
import { listSources, type SourceGraph } from '../go/source-graph.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuildTools, createBuildContext } from './build.ts';
import type { CompileOptions, ModuleTask } from './module-types.ts';
import { planModule } from './plan.ts';
import type { ModulePlan } from './plan-types.ts';

/** One module with its modules downloaded, and what of it is to be done. */
export type PreparedModule = {
  /** Its base is null where the go command refuses what is there. */
  task: ModuleTask;
  plan: ModulePlan;
  warnings: Warning[];
};

/**
 * Downloads what a module needs on both sides, and plans: nothing is compiled, and nothing of the repository runs. A base
 * that the go command refuses leaves nothing to compare with; what is found out about head still holds. Throws what
 * `listSources` throws for head.
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
    readGraph(side, module, { ...options, tools }, task.modulePaths, diff);
  const [base, head] = await Promise.all([
    task.base ? read('base', task.base).catch(explainRefusal) : null,
    read('head', task.head),
  ]);
  const isRefused = base !== null && 'kind' in base;
  const graphs = { base: isRefused ? null : base, head };
  return {
    task: isRefused ? { ...task, base: null } : task,
    plan: await planModule(graphs, options.trees, diff),
    warnings: isRefused ? [...fetched, base] : fetched,
  };
}

/** The same with a cache of its own: what the go command notes about head must not be kept as if it were base's. */
async function separateCache(tools: BuildTools): Promise<BuildTools> {
  const buildCache = path.join(path.dirname(tools.outDir), 'plan-cache');
  await tools.sandbox.makeWritable(buildCache);
  return { ...tools, folders: { ...tools.folders, buildCache, baseCaches: [] } };
}

async function readGraph(
  side: Side,
  module: GoModule,
  { tools, trees, patterns }: CompileOptions,
  modulePaths: readonly string[],
  diff: TreeDiff,
): Promise<SourceGraph> {
  const context = await createBuildContext(tools, trees[side], module, modulePaths);
  const paths = diff.map(({ basePath, headPath }) => (side === 'base' ? basePath : headPath));
  return listSources(context, patterns, new Set(paths.filter((file) => file !== null)));
}

/** The warning for a base that the go command refuses, in its own lines. Throws any other error. */
export function explainRefusal(error: unknown): Extract<Warning, { kind: 'base-does-not-compile' }> {
  const lines = error instanceof Failure ? refusalLines(error) : null;
  if (lines === null) throw error;
  return { kind: 'base-does-not-compile', lines };
}

function refusalLines({ reason: { code, facts } }: Failure): string[] | null {
  if (code === 'go-failed') return [...facts.output];
  return code === 'go-too-old' ? [`go.mod requires go >= ${facts.needs}`] : null;
}

/** Downloads what one side needs; what cannot be had is told, and the rest is reviewed all the same. */
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
