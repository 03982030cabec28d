import path from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { benchmarkId } from '../compare/benchmark-id.ts';
import type { Delta } from '../compare/types.ts';
import type { Lab } from '../review/lab.ts';
import type { Suggestion } from '../rules/types.ts';
import { showLineComments } from '../syntax/line-comments.ts';
import { buildVariant, countAllocations, type Counted, moduleHolding, type BuiltVariant } from './lab.ts';
import { runTests } from './test-run.ts';
import { benchmarkFiles } from './test-sides.ts';

/** One edit of one file, formatted. `remedy`: its name. */
export type Candidate = { remedy: string; file: string; text: string };

/** The result of a variant: its benchmark's counts, and the tests that pass in the packages that it changes. */
type Checked = { counted: Counted; passed: Set<string> };

/** The package of a file of head, in its benchmark's module. */
function packageOf(lab: Lab, file: string, benchmarkPackage: string): string {
  const module = moduleHolding(lab, benchmarkPackage)?.head;
  if (!module) return benchmarkPackage;
  const dir = path.posix.relative(module.dir, path.posix.dirname(file));
  return dir === '' || dir.startsWith('..') ? module.path : `${module.path}/${dir}`;
}

/** Runs the benchmark in a variant, or as base has it in a build of its own where it was measured like that. */
async function countIn(
  lab: Lab,
  delta: Delta,
  files: ReadonlyMap<string, string>,
  variant: BuiltVariant,
): Promise<Counted | null> {
  const ofBase = benchmarkFiles(lab, delta);
  if (ofBase.size === 0) return countAllocations(variant, delta, false);
  const own = await buildVariant(lab, delta.package, new Map([...ofBase, ...files]));
  if ('errors' in own) return null;
  try {
    return await countAllocations(own, delta, false);
  } finally {
    await own.discard();
  }
}

/** Builds head with some files replaced, and runs the benchmark and the tests; null: one of these fails. */
async function check(
  lab: Lab,
  delta: Delta,
  tested: string,
  files: ReadonlyMap<string, string>,
): Promise<Checked | null> {
  const variant = await buildVariant(lab, delta.package, files);
  if ('errors' in variant) return null;
  try {
    const passed = await runTests(variant.binary);
    const counted = passed && (await countIn(lab, delta, files, variant));
    if (!counted) return null;
    if (tested === delta.package) return { counted, passed };
    const others = await testOther(lab, tested, files);
    return others && { counted, passed: passed.union(others) };
  } finally {
    await variant.discard();
  }
}

/** The tests that pass in a package, by package and name; empty if it has no tests. */
async function testOther(
  lab: Lab,
  importPath: string,
  files: ReadonlyMap<string, string>,
): Promise<Set<string> | null> {
  const variant: BuiltVariant | { errors: string[] } = await buildVariant(lab, importPath, files);
  if ('errors' in variant) return variant.errors.length === 0 ? new Set() : null;
  try {
    const passed = await runTests(variant.binary);
    return passed && new Set([...passed].map((name) => `${importPath}.${name}`));
  } finally {
    await variant.discard();
  }
}

/** The span of head's lines that a candidate changes, and its new lines. */
export function spanOf(head: string, text: string): Pick<Suggestion, 'first' | 'last' | 'replacement'> {
  const [old, now] = [head.split('\n'), text.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  const room = Math.min(old.length, now.length) - start;
  while (end < room && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  // If lines are only added, the span is the next line, and the replacement ends with that line.
  if (start + end === old.length && end > 0) end -= 1;
  return { first: start + 1, last: old.length - end, replacement: now.slice(start, now.length - end) };
}

/** An edit as the repository has the file: trees for building hide line comments. */
function describeEdit(
  file: string,
  head: string,
  text: string,
): Pick<Suggestion, 'first' | 'last' | 'replacement' | 'patch'> {
  const [old, now] = [showLineComments(head), showLineComments(text)];
  return { ...spanOf(old, now), patch: createTwoFilesPatch(`a/${file}`, `b/${file}`, old, now, '', '') };
}

/** A candidate with what was measured; null: it gains nothing, or breaks a test. */
function toSuggestion(
  { remedy, file, text }: Candidate,
  head: string,
  delta: Delta,
  before: Checked,
  after: Checked,
): Suggestion | null {
  const unit = (['allocs/op', 'B/op'] as const).find(
    (one) => after.counted[one].max < before.counted[one].min,
  );
  const isWorse = after.counted['allocs/op'].min > before.counted['allocs/op'].max;
  const isWhole = [...before.passed].every((name) => after.passed.has(name));
  if (!unit || isWorse || !isWhole) return null;
  return {
    remedy,
    file,
    ...describeEdit(file, head, text),
    benchmark: benchmarkId(delta),
    unit,
    before: before.counted[unit].min,
    after: after.counted[unit].min,
    tests: before.passed.size,
  };
}

/** Tries candidates for a benchmark's findings. */
export type Checker = {
  /** The results of head itself; null: its benchmark or its tests do not run. */
  checkHead: (delta: Delta, file: string) => Promise<Checked | null>;
  /** The candidate if it compiles, every test that passed still passes, and the benchmark allocates less; else null. */
  tryOut: (candidate: Candidate, head: string, delta: Delta) => Promise<Suggestion | null>;
};

/** A checker that measures head only once for the findings of a benchmark. */
export function createChecker(lab: Lab): Checker {
  const heads = new Map<string, Checked | null>();
  const checkHead: Checker['checkHead'] = async (delta, file) => {
    const tested = packageOf(lab, file, delta.package);
    const key = `${benchmarkId(delta)} ${tested}`;
    if (!heads.has(key)) heads.set(key, await check(lab, delta, tested, new Map()));
    return heads.get(key) ?? null;
  };
  return {
    checkHead,
    tryOut: async (candidate, head, delta) => {
      const { file, text } = candidate;
      const before = await checkHead(delta, file);
      const after =
        before && (await check(lab, delta, packageOf(lab, file, delta.package), new Map([[file, text]])));
      return before && after && toSuggestion(candidate, head, delta, before, after);
    },
  };
}
