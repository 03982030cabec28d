import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compileTopLevel, compileWithinTop } from '../config/go-regexp.ts';
import { suggest } from '../config/suggest.ts';
import { Failure } from '../errors.ts';
import { readDeclared } from '../go/declares-benchmark.ts';
import type { GoModule } from '../go/modules.ts';
import { importPathOf, localPathOf, matchPackage, type PackagePlace } from '../go/package-pattern.ts';
import type { Warning } from '../report/model/review.ts';
import { listSubBenchmarks } from '../syntax/sub-benchmarks.ts';
import { ownerOf } from './module-graph.ts';
import type { Trees } from './types.ts';

/**
 * A top-level benchmark that is declared in the source, even if build constraints exclude it. `inside`: the names that
 * it gives to sub-benchmarks; null: the source does not tell.
 */
export type DeclaredBenchmark = { package: PackagePlace; name: string; inside: readonly string[] | null };

/** The packages and benchmarks that a selection matches in the sources of both sides, before anything is compiled. */
export type Selected = {
  /**
   * Patterns that match no package. `similar`: a pattern that matches and was probably meant. `module`: the folder of
   * the nested module that the pattern leads into.
   */
  unmatched: { pattern: string; similar: string | null; module: string | null }[];
  /** All benchmarks of the packages that the patterns match; empty if every benchmark is selected. */
  declared: DeclaredBenchmark[];
  /** Those of them that the pattern for benchmarks may select. */
  matched: DeclaredBenchmark[];
};

type Choice = { packages: readonly string[]; run: string };

/** Lists the benchmarks of all modules, on either side. */
export async function listDeclared(
  trees: Trees,
  ofBase: readonly GoModule[],
  ofHead: readonly GoModule[],
): Promise<DeclaredBenchmark[]> {
  const base = await listPlaces(trees.base, ofBase, ofBase);
  const head = await listPlaces(trees.head, ofHead, ofHead);
  return listBenchmarks([...base, ...head]);
}

/** Applies a selection to the packages of the chosen modules on both sides. */
export async function readSelection(
  trees: Trees,
  modules: { base: readonly GoModule[]; head: readonly GoModule[]; chosen: readonly GoModule[] },
  { packages: patterns, run }: Choice,
): Promise<Selected> {
  const sides = await Promise.all([
    listPlaces(trees.base, modules.base, modules.chosen),
    listPlaces(trees.head, modules.head, modules.chosen),
  ]);
  const places = sides.flat();
  const unmatched = findUnmatchedPatterns(
    patterns,
    places.map(({ place }) => place),
  ).map((one) => ({ ...one, module: findModule(one.pattern, [...modules.head, ...modules.base]) }));
  if (run === '.') return { unmatched, declared: [], matched: [] };
  const wanted = places.filter(({ place }) => patterns.some((pattern) => matchPackage(pattern, place)));
  const declared = await listBenchmarks(wanted);
  const isMatched = compileTopLevel(run);
  return { unmatched, declared, matched: declared.filter(({ name }) => isMatched(name)) };
}

/** A package of a tree, and the absolute paths of its test files. */
type Found = { place: PackagePlace; testFiles: string[] };

/** The folders with Go files in the chosen modules of a tree. */
async function listPlaces(
  tree: string,
  modules: readonly GoModule[],
  chosen: readonly GoModule[],
): Promise<Found[]> {
  const isChosen = ({ path: name, dir }: GoModule): boolean =>
    chosen.some((one) => one.path === name || one.dir === dir);
  const found = new Map<string, Found>();
  for (const module of modules.filter(isChosen)) {
    const entries = await readdir(path.join(tree, module.dir), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.name.endsWith('.go') || entry.isDirectory()) continue;
      const dir = path.posix.relative(tree, entry.parentPath) || '.';
      if (ownerOf(modules, `${dir}/x`)?.dir !== module.dir) continue;
      const known = found.get(dir) ?? { place: { dir, module }, testFiles: [] };
      if (entry.name.endsWith('_test.go')) known.testFiles.push(path.join(entry.parentPath, entry.name));
      found.set(dir, known);
    }
  }
  return [...found.values()];
}

async function listBenchmarks(found: readonly Found[]): Promise<DeclaredBenchmark[]> {
  const benchmarks = new Map<string, DeclaredBenchmark>();
  for (const { place, testFiles } of found) {
    for (const file of testFiles) {
      const text = await readFile(file, 'utf8').catch(() => '');
      for (const [name, source] of readDeclared(text)) {
        const key = JSON.stringify([place.dir, name]);
        // The other side, or another file for other systems, may give other names.
        const known = benchmarks.get(key)?.inside ?? (benchmarks.has(key) ? null : []);
        const own = known && listSubBenchmarks(source);
        benchmarks.set(key, { package: place, name, inside: own && [...known, ...own] });
      }
    }
  }
  return [...benchmarks.values()];
}

/** The patterns that match no package; `similar`: a pattern that matches and was probably meant. */
export function findUnmatchedPatterns(
  patterns: readonly string[],
  places: readonly PackagePlace[],
): { pattern: string; similar: string | null }[] {
  return patterns
    .filter((pattern) => !places.some((place) => matchPackage(pattern, place)))
    .map((pattern) => ({ pattern, similar: findSimilar(pattern, places) }));
}

/** A similar pattern that matches a package and was probably meant. */
function findSimilar(pattern: string, places: readonly PackagePlace[]): string | null {
  const tail = pattern.endsWith('/...') ? '/...' : '';
  const names = places.flatMap((place) => [localPathOf(place), importPathOf(place)]);
  // A common mistake is to leave out the leading `./`: the go command reads `codec` as a package of the standard library.
  const asFolder = `./${pattern.slice(0, pattern.length - tail.length)}`;
  if (names.includes(asFolder)) return asFolder + tail;
  return suggest(
    pattern,
    [...new Set(names)].map((name) => name + tail),
  );
}

/** The folder of a nested module that a pattern leads into. Its packages do not belong to the module around it. */
function findModule(pattern: string, modules: readonly GoModule[]): string | null {
  if (!pattern.startsWith('./')) return null;
  const dir = path.posix.normalize(pattern.replace(/\/?\.\.\..*$/u, '')).replace(/(?<=.)\/$/u, '');
  const owner = ownerOf(modules, `${dir}/x`);
  return owner && owner.dir !== '.' ? owner.dir : null;
}

/** Whether one of the selected benchmarks is in a package that the change can reach. */
export function isSelectionReached(
  { matched }: Selected,
  modules: readonly GoModule[],
  unchanged: readonly string[],
): boolean {
  // Another warning reports a pattern that matches nothing.
  if (matched.length === 0) return true;
  const left = new Set(unchanged);
  return matched.some(
    ({ package: place }) =>
      modules.some(({ path: name }) => name === place.module.path) && !left.has(importPathOf(place)),
  );
}

/** Throws `bad-option` for a `--packages` pattern that matches no package. */
export function requirePackages({ unmatched: [first] }: Selected): void {
  if (!first) return;
  const { pattern, similar, module } = first;
  const problem = { kind: 'matches-no-package', similar, module } as const;
  throw new Failure('bad-option', { option: '--packages', value: pattern, problem });
}

/** The warning for patterns of the config that match no package. */
export function warnOfPatterns({ unmatched }: Selected): Warning[] {
  return unmatched.length === 0
    ? []
    : [{ kind: 'no-package', patterns: unmatched.map(({ pattern }) => pattern) }];
}

function refuseSubBenchmark(run: string): never {
  const problem = { kind: 'matches-no-sub-benchmark' } as const;
  throw new Failure('bad-option', { option: '--bench', value: run, problem });
}

/** Throws `bad-option` if the first level of `--bench` matches benchmarks but none of them ran. */
export function requireRun(warnings: readonly Warning[]): void {
  const missed = warnings.find((warning) => warning.kind === 'no-match');
  if (missed) refuseSubBenchmark(missed.run);
}

/**
 * Throws `bad-option` if there are benchmarks, and `--bench` matches none of them, or by their sources none of their
 * sub-benchmarks.
 */
export function requireBenchmark({ declared, matched }: Selected, run: string): void {
  if (declared.length === 0) return;
  const mayRun = compileWithinTop(run);
  if (matched.some(({ name, inside }) => inside === null || mayRun(name, inside))) return;
  if (matched.length > 0) refuseSubBenchmark(run);
  const names = declared.map(({ name }) => name);
  // Users rarely type the prefix `Benchmark`, so names are also compared without it.
  const typed = run.replaceAll(/[$^]/gu, '');
  const [top = ''] = typed.split('/', 1);
  const bare = new Map(names.map((name) => [name.replace(/^Benchmark/u, ''), name]));
  const similar = suggest(top, names) ?? bare.get(suggest(top, [...bare.keys()]) ?? '') ?? null;
  const problem = { kind: 'matches-no-benchmark', similar } as const;
  throw new Failure('bad-option', { option: '--bench', value: run, problem });
}
