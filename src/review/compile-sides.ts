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
 * Compiles the base of each module, and keeps the result for later reviews. If the go command refuses a base, the result
 * has a warning instead; other errors are thrown.
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
    const built = await buildTree(tools, trees.base, base, modulePaths, patterns).catch(
      async (error: unknown) => {
        // If a limit ended the build, the next review continues where this one ended.
        await tools.keepCompiled(new Set());
        return explainRefusal(error);
      },
    );
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

/**
 * The compiler's lines if every package of head fails to compile, tests included, and none of them failed at base;
 * otherwise empty.
 */
export function findNewErrors(sides: Sides): string[] {
  const packages = [...sides.head.list.packages.values()];
  const isNew = ({ importPath, errors, testErrors }: GoPackage): boolean => {
    const atBase = sides.base?.list.packages.get(importPath);
    const had = (atBase?.errors.length ?? 0) > 0;
    return (errors.length > 0 && !had) || (testErrors.length > 0 && !had && !atBase?.testErrors.length);
  };
  if (packages.length === 0 || !packages.every(isNew)) return [];
  return [...new Set(packages.flatMap(({ errors, testErrors }) => [...errors, ...testErrors]))];
}

const MAX_LINES = 10;

/**
 * The warnings for packages that do not compile, whose benchmarks are therefore not measured. If no package of base
 * compiles, one warning is about all of them; each package of head that does not compile has a warning of its own.
 */
export function warnOfBrokenPackages(sides: ListedSides): Warning[] {
  const broken = listBroken(sides);
  const atBase = broken.filter(({ side }) => side === 'base').map((one) => one.package);
  const isBaseBroken = atBase.length > 0 && atBase.length === sides.base?.list.packages.size;
  const lines = atBase.flatMap((one) => [...one.errors, ...one.testErrors]).slice(0, MAX_LINES);
  const single = broken
    .filter(({ side }) => side === 'head' || !isBaseBroken)
    .map(({ side, package: { importPath, errors, testErrors } }): Warning => ({
      kind: 'package-does-not-compile',
      side,
      package: importPath,
      lines: [...errors, ...testErrors].slice(0, MAX_LINES),
    }));
  return isBaseBroken ? [{ kind: 'base-does-not-compile', lines }, ...single] : single;
}
