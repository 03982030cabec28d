import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { profileBenchmark } from '../go/memory-profile.ts';
import { chooseConfirmingIterations, chooseScreeningIterations, MS_PER_NS } from '../go/run-plan.ts';
import { exactPattern, runBenchmarks, type TestBinary } from '../go/test-binary.ts';
import { type BuiltTree, buildTree, linkPackage } from '../review/build.ts';
import { createResolver } from '../review/positions.ts';
import { createCrossTree, replaceTests } from '../review/cross-tree.ts';
import type { Lab } from '../review/lab.ts';
import type { ModuleTask } from '../review/module-types.ts';
import { perOp } from '../compare/per-op.ts';
import { parseProfile } from '../compare/profile.ts';
import type { Delta, Side } from '../compare/types.ts';
import { rangeOf, type Range } from './weigh.ts';

/** Reads a file of one side; null: it does not exist. */
export function readFrom({ trees }: Lab, side: Side): (file: string) => string | null {
  return (file) => {
    try {
      return readFileSync(path.join(trees[side], file), 'utf8');
    } catch {
      return null;
    }
  };
}

/** The reviewed module that contains a package; null: there is none. */
export function moduleHolding({ tasks }: Lab, importPath: string): ModuleTask | null {
  const holding = tasks.filter(
    ({ head }) => importPath === head.path || importPath.startsWith(`${head.path}/`),
  );
  return holding.sort((a, b) => b.head.path.length - a.head.path.length)[0] ?? null;
}

/** A build of head with some files replaced. `discard` removes the files that its binary reads. */
export type BuiltVariant = { binary: TestBinary; tree: BuiltTree; discard: () => Promise<void> };

let variants = 0;

/**
 * Builds a package's test binary of one side with some files replaced (null: removed), in the same sandbox as head.
 * Returns the lines of the compiler or linker if that fails.
 */
export async function buildVariant(
  lab: Lab,
  importPath: string,
  files: ReadonlyMap<string, string | null>,
  side: Side = 'head',
): Promise<BuiltVariant | { errors: string[] }> {
  const task = moduleHolding(lab, importPath);
  const module = task?.[side];
  if (!task || !module) return { errors: [] };
  variants += 1;
  const target = path.join(lab.dir, `variant-${variants}`);
  const discard = (): Promise<void> => rm(target, { recursive: true, force: true });
  try {
    await createCrossTree(lab.trees[side], lab.trees[side], [], target);
    await replaceTests(target, [], files);
    const tree = await buildTree(lab.tools, target, module, task.modulePaths, [importPath]);
    const goPackage = tree.list.packages.get(importPath);
    const broken = [...tree.list.packages.values()].flatMap(({ errors, testErrors }) => [
      ...errors,
      ...testErrors,
    ]);
    const linked =
      goPackage && goPackage.testId !== null
        ? await linkPackage(lab.tools, tree, goPackage)
        : { errors: [...new Set(broken)] };
    if ('binary' in linked) return { binary: linked.binary, tree, discard };
    await discard();
    return linked;
  } catch (error) {
    await discard();
    throw error;
  }
}

type Unit = 'allocs/op' | 'B/op';

/** Counts per op, over all repeats but the first. */
export type Counted = Record<Unit, Range> & {
  /** By function, as a profile names it; null: no profile was requested. */
  functions: ReadonlyMap<string, Record<Unit, number>> | null;
};

const REPEATS = 4;

/** The allocations per op of the repository's functions; null: there is no profile. */
async function profileFunctions(
  { binary, tree }: BuiltVariant,
  name: string,
  opMs: number,
): Promise<Counted['functions']> {
  const raw = await profileBenchmark(binary, name, opMs);
  if (!raw) return null;
  const resolve = createResolver(tree);
  const [low, high] = [parseProfile(raw.low.bytes, resolve), parseProfile(raw.high.bytes, resolve)];
  if ('problem' in low || 'problem' in high) return null;
  const { sites } = perOp(
    { ...low, iterations: raw.low.iterations },
    { ...high, iterations: raw.high.iterations },
  );
  const functions = new Map<string, Record<Unit, number>>();
  for (const { function: own, objects, bytes } of sites) {
    const known = functions.get(own) ?? { 'allocs/op': 0, 'B/op': 0 };
    functions.set(own, { 'allocs/op': known['allocs/op'] + objects, 'B/op': known['B/op'] + bytes });
  }
  return functions;
}

/**
 * Runs a benchmark as often as a confirming run does; null: it gives no result.
 * @param byFunction whether a profile must also count the allocations of each function
 */
export async function countAllocations(
  variant: BuiltVariant,
  delta: Pick<Delta, 'package' | 'name'> & { nsPerOp: Pick<Delta['nsPerOp'], 'base' | 'head'> },
  byFunction: boolean,
): Promise<Counted | null> {
  const opMs = Math.max(delta.nsPerOp.head ?? 0, delta.nsPerOp.base ?? 0) * MS_PER_NS;
  const iterations = chooseConfirmingIterations(chooseScreeningIterations(opMs), opMs);
  const run = await runBenchmarks(variant.binary, {
    bench: exactPattern([delta.name]),
    skip: '',
    iterations,
    repeats: REPEATS,
    expectedMs: REPEATS * (iterations + 1) * opMs,
    profile: false,
  });
  // The first repeat can include lazy initialisation.
  const rows = run.isWhole ? run.rows.filter(({ name }) => name === delta.name).slice(1) : [];
  if (rows.length === 0) return null;
  const of = (unit: Unit): Range => rangeOf(rows.map(({ values }) => values[unit] ?? 0));
  const functions = byFunction ? await profileFunctions(variant, delta.name, opMs) : null;
  return { 'allocs/op': of('allocs/op'), 'B/op': of('B/op'), functions };
}
