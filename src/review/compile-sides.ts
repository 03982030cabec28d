import type { Side } from '../compare/types.ts';
import { Failure } from '../errors.ts';
import { fetchModules } from '../go/fetch.ts';
import { findGoWork, type GoModule } from '../go/modules.ts';
import type { GoPackage } from '../go/packages.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuiltTree, buildTree } from './build.ts';
import type { CompileOptions, ModuleTask, Sides } from './module-types.ts';

/** Base of one module, compiled, and what went wrong on the way. */
export type BuiltBase = { base: BuiltTree | null; warnings: Warning[] };

/** Compiles base of all modules. Throws what building throws, but not when base is what the go command refuses. */
export async function compileBases(
  tasks: readonly ModuleTask[],
  options: CompileOptions,
): Promise<BuiltBase[]> {
  const bases: BuiltBase[] = [];
  for (const task of tasks) bases.push(await buildBase(task, options));
  await options.tools.keepCompiled(
    new Set(bases.flatMap(({ base }) => [...(base?.list.standardOutputs ?? [])])),
  );
  return bases;
}

/** Compiles head of one module. Throws what building throws. */
export async function compileHead(
  task: ModuleTask,
  options: CompileOptions,
): Promise<{ head: BuiltTree; warnings: Warning[] }> {
  const { tools, trees, patterns, onProgress } = options;
  const warnings = await fetchSide('head', trees.head, task.head, options);
  onProgress({ phase: 'compile', side: 'head' });
  return { head: await buildTree(tools, trees.head, task.head, task.modulePaths, patterns), warnings };
}

/** A base that the go command refuses leaves nothing to compare with; what is said of head still holds. */
async function buildBase(task: ModuleTask, options: CompileOptions): Promise<BuiltBase> {
  const { tools, trees, patterns, onProgress } = options;
  if (!task.base) return { base: null, warnings: [] };
  const warnings = await fetchSide('base', trees.base, task.base, options);
  onProgress({ phase: 'compile', side: 'base' });
  try {
    return { base: await buildTree(tools, trees.base, task.base, task.modulePaths, patterns), warnings };
  } catch (error) {
    const lines = refusalLines(error);
    if (lines === null) throw error;
    return { base: null, warnings: [...warnings, { kind: 'base-does-not-compile', lines }] };
  }
}

/** Why the go command refuses a tree, in its own lines; null for any other error. */
function refusalLines(error: unknown): string[] | null {
  if (!(error instanceof Failure)) return null;
  const { code, facts } = error.reason;
  if (code === 'go-failed') return [...facts.output];
  return code === 'go-too-old' ? [`go.mod requires go >= ${facts.needs}`] : null;
}

/** Downloads what one side needs; what cannot be had is told, and the rest is reviewed all the same. */
async function fetchSide(
  side: Side,
  treeDir: string,
  module: GoModule,
  { tools, onProgress }: CompileOptions,
): Promise<Warning[]> {
  if (tools.sandbox.facts.tier === 'none') return [];
  onProgress({ phase: 'fetch', side });
  const goWork = await findGoWork(treeDir, module.dir);
  const lines = await fetchModules({ ...tools, treeDir, module, goWork });
  return lines === null ? [] : [{ kind: 'fetch', side, module: module.path, lines }];
}

/** What does not compile in head and did in base, tests included: the compiler's own lines. */
export function newErrors({ base, head }: Sides): string[] {
  const lines = [...head.list.packages.values()].flatMap((ours) => {
    const theirs = base?.list.packages.get(ours.importPath);
    const errors = theirs && theirs.errors.length > 0 ? [] : ours.errors;
    const testErrors = theirs && theirs.testErrors.length > 0 ? [] : ours.testErrors;
    return errors.concat(testErrors);
  });
  return [...new Set(lines)];
}

/** What compiles on neither side, or not in base alone. */
export function brokenPackages({ base, head }: Sides): Warning[] {
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
