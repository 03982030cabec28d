import path from 'node:path';
import type { AllocationSite, Delta } from '../compare/types.ts';
import type { Lab } from '../review/lab.ts';
import { createGoFileReader, openTests } from '../review/test-packages.ts';
import type { Declaration } from '../syntax/go-file.ts';
import { compareRoots } from '../syntax/needs.ts';
import { leaveOut, makeSmaller, writeSmaller } from '../syntax/smaller-tests.ts';
import { buildVariant, type BuiltVariant, moduleHolding, readFrom } from './lab.ts';
import type { Profiles } from './steady-sites.ts';
import { profileTest } from './tests.ts';

/** Head with base's tests. `names`: those that are left; null: all of them. */
type Crossed = Pick<TestedSides, 'head' | 'names'>;

/** How often a test is profiled on each side, and how often at most if the repeats do not agree. */
const REPEATS = 2;
const MAX_REPEATS = 5;

/** Base's test files of a package, which replace those of head, so that both sides run the same tests. */
function baseTests(lab: Lab, dir: string): Map<string, string | null> {
  const files = new Map<string, string | null>();
  for (const { basePath, headPath } of lab.diff) {
    const isOwn = (file: string | null): file is string =>
      file !== null && file.endsWith('_test.go') && path.posix.dirname(file) === dir;
    if (isOwn(headPath)) files.set(headPath, null);
    if (isOwn(basePath)) files.set(basePath, readFrom(lab, 'base')(basePath));
  }
  return files;
}

/** Base's test files for a benchmark that was measured as base has it, because head changed or deleted it; else none. */
export function benchmarkFiles(lab: Lab, { package: importPath, reason }: Delta): Map<string, string | null> {
  const module = moduleHolding(lab, importPath)?.head;
  if (!module || reason?.kind !== 'crosswise' || reason.benchmarkOf === 'head') return new Map();
  return baseTests(lab, path.posix.join(module.dir, importPath.slice(module.path.length)));
}

/** `names`: the tests and benchmarks that both sides have alike; null: all of them. */
export type TestedSides = { base: BuiltVariant; head: BuiltVariant; names: ReadonlySet<string> | null };

/** The compiler reports ten errors at a time; a change that breaks more tests than these attempts find is a rewrite. */
const MAX_ATTEMPTS = 6;

const isRoot = ({ kind, names: [name = ''] }: Declaration): boolean =>
  kind === 'func' && /^(?:Test|Example|Fuzz|Benchmark)/u.test(name);

/**
 * Builds head with base's tests, and leaves out those that do not compile with head's code, with what they alone need. Null:
 * none is left.
 */
async function crossTests(
  lab: Lab,
  importPath: string,
  dir: string,
  base: BuiltVariant,
): Promise<Crossed | null> {
  const files = baseTests(lab, dir);
  let built = await buildVariant(lab, importPath, files);
  if (!('errors' in built)) return { head: built, names: null };
  const tests = openTests(base.tree, importPath, createGoFileReader());
  if (!tests) return null;
  const roots = tests.files.flatMap(({ declarations }) => declarations.filter(isRoot));
  let smaller = makeSmaller(
    tests,
    roots.flatMap(({ names }) => names),
  );
  for (let attempt = 0; attempt < MAX_ATTEMPTS && !lab.signal.aborted; attempt += 1) {
    smaller = leaveOut(smaller, built.errors);
    if (smaller.wanted.size === 0) return null;
    built = await buildVariant(lab, importPath, new Map([...files, ...writeSmaller(smaller)]));
    if (!('errors' in built)) return { head: built, names: smaller.wanted };
  }
  return null;
}

/**
 * Both sides of a package with base's tests, as far as these compile with head's code; where none does, each side with its
 * own, of which only those count that are the same on both sides with everything that they use. `compile`: a side does not
 * compile; `no-tests`: base has no test files, so there is nothing that both sides could run.
 */
export async function buildSides(
  lab: Lab,
  importPath: string,
  dir: string,
): Promise<TestedSides | 'compile' | 'no-tests'> {
  const base = await buildVariant(lab, importPath, new Map(), 'base');
  if ('errors' in base) return base.errors.length === 0 ? 'no-tests' : 'compile';
  const crossed = await crossTests(lab, importPath, dir, base);
  if (crossed) return { base, ...crossed };
  const head = await buildVariant(lab, importPath, new Map());
  if (!('errors' in head)) return { base, head, names: findSame(importPath, base, head) };
  await base.discard();
  return 'compile';
}

/** The tests and benchmarks of a package that both sides have alike. */
function findSame(importPath: string, base: BuiltVariant, head: BuiltVariant): Set<string> {
  const read = createGoFileReader();
  const [before, after] = [base, head].map(({ tree }) => openTests(tree, importPath, read));
  if (!before || !after) return new Set();
  const all = ['Test', 'Example', 'Fuzz', 'Benchmark'].flatMap((prefix) => [
    ...compareRoots(prefix, before, after),
  ]);
  return new Set(all.filter(([, sameness]) => sameness === 'same').map(([name]) => name));
}

/**
 * Profiles one test on both sides in turn, `REPEATS` times, and then until `isEnough`, but not too often; null: the test fails
 * once. `whole`: what the processes with head's test allocated in all.
 */
export async function profileSides(
  { base, head }: TestedSides,
  test: string,
  isEnough: (profiles: Profiles) => boolean,
): Promise<{ profiles: Profiles; whole: AllocationSite[][] } | null> {
  const profiles: Profiles = { base: [], head: [] };
  const whole: AllocationSite[][] = [];
  for (let repeat = 0; repeat < MAX_REPEATS; repeat += 1) {
    if (repeat >= REPEATS && isEnough(profiles)) break;
    const before = await profileTest(base, test);
    const after = before && (await profileTest(head, test));
    if (!before || !after) return null;
    profiles.base.push(before.steady);
    profiles.head.push(after.steady);
    whole.push(after.whole);
  }
  return { profiles, whole };
}
