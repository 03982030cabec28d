import type { Side } from '../compare/types.ts';
import type { GoModule } from '../go/modules.ts';
import type { GoPackage, PackageList } from '../go/packages.ts';
import type { Warning } from '../report/model/review.ts';
import { type BuiltTree, buildTree } from './build.ts';
import { explainRefusal, fetchSide } from './prepare-module.ts';
import type { CompileOptions, ModuleTask, Sides } from './module-types.ts';

/** The compiled base of one module; null if it does not exist or the go command refuses it. */
export type BuiltBase = { base: BuiltTree | null; warnings: Warning[] };

/**
 * Compiles the base of some modules, and keeps the result for later reviews. Throws any error except refusals of the go
 * command.
 */
export async function compileBases(
  modules: readonly { base: GoModule | null; modulePaths: readonly string[]; patterns: readonly string[] }[],
  { tools, trees, onProgress }: CompileOptions,
): Promise<BuiltBase[]> {
  const bases: BuiltBase[] = [];
  for (const { base, modulePaths, patterns } of modules) {
    if (!base || patterns.length === 0) {
      bases.push({ base: null, warnings: [] });
      continue;
    }
    onProgress({ phase: 'compile', side: 'base' });
    const built = await buildTree(tools, trees.base, base, modulePaths, patterns).catch(explainRefusal);
    bases.push('kind' in built ? { base: null, warnings: [built] } : { base: built, warnings: [] });
  }
  await tools.keepCompiled(new Set(bases.flatMap(({ base }) => [...(base?.list.standardOutputs ?? [])])));
  return bases;
}

/**
 * Downloads the dependencies of a commit's modules and compiles them for later reviews. Modules that the go command
 * refuses are skipped. Throws any other error.
 */
export async function warmModules(tasks: readonly ModuleTask[], options: CompileOptions): Promise<void> {
  for (const { base } of tasks) if (base) await fetchSide('base', base, options);
  await compileBases(
    tasks.map((task) => ({ ...task, patterns: options.patterns })),
    options,
  );
}

/** Compiles the head of one module. Throws the failures of the build. */
export async function compileHead(
  { head, modulePaths }: ModuleTask,
  patterns: readonly string[],
  { tools, trees, onProgress }: CompileOptions,
): Promise<BuiltTree> {
  onProgress({ phase: 'compile', side: 'head' });
  return buildTree(tools, trees.head, head, modulePaths, patterns);
}

type ListedTree = { list: Pick<PackageList, 'packages'> };
type ListedSides = { base: ListedTree | null; head: ListedTree };

/** Packages that do not compile, with the compiler's lines. */
function listBroken({ base, head }: ListedSides): { side: Side; package: GoPackage }[] {
  const isBroken = (one: GoPackage): boolean => one.errors.length > 0 || one.testErrors.length > 0;
  return [
    ...[...(base?.list.packages.values() ?? [])]
      .filter(isBroken)
      .map((one) => ({ side: 'base', package: one }) as const),
    ...[...head.list.packages.values()]
      .filter(isBroken)
      .map((one) => ({ side: 'head', package: one }) as const),
  ];
}

/** The compiler's lines if no package of head compiles but one did at base, including tests; otherwise empty. */
export function newErrors(sides: Sides): string[] {
  const packages = [...sides.head.list.packages.values()];
  const isNew = ({ importPath, errors, testErrors }: GoPackage): boolean => {
    const theirs = sides.base?.list.packages.get(importPath);
    const had = (theirs?.errors.length ?? 0) > 0;
    return (errors.length > 0 && !had) || (testErrors.length > 0 && !had && !theirs?.testErrors.length);
  };
  if (packages.length === 0 || !packages.every(isNew)) return [];
  return [...new Set(packages.flatMap(({ errors, testErrors }) => [...errors, ...testErrors]))];
}

const MAX_LINES = 10;

/**
 * The warnings for packages that do not compile: only their benchmarks are not measured. One warning tells of all
 * packages of base if none of them compiles; what does not compile at head is told besides.
 */
export function brokenPackages(sides: ListedSides): Warning[] {
  const broken = listBroken(sides);
  const atBase = broken.filter(({ side }) => side === 'base').map((one) => one.package);
  const isWhole = atBase.length > 0 && atBase.length === sides.base?.list.packages.size;
  const lines = atBase.flatMap((one) => [...one.errors, ...one.testErrors]).slice(0, MAX_LINES);
  const told = broken
    .filter(({ side }) => side === 'head' || !isWhole)
    .map(({ side, package: { importPath, errors, testErrors } }): Warning => ({
      kind: 'package-does-not-compile',
      side,
      package: importPath,
      lines: [...errors, ...testErrors].slice(0, MAX_LINES),
    }));
  return isWhole ? [{ kind: 'base-does-not-compile', lines }, ...told] : told;
}
