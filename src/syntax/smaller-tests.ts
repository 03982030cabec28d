import { blame } from './blame.ts';
import type { Declaration } from './go-file.ts';
import { canBeLeftOut, findNeeded, findNeededBy, findRunning, type TestPackage } from './needs.ts';
import { trimFile, type Trimming } from './trim.ts';

/**
 * The test files of one package, reduced to what some of their functions need, to run with another version of the code.
 */
export type SmallerTests = {
  tests: TestPackage;
  /** The functions that are still needed. */
  wanted: ReadonlySet<string>;
  trimming: Trimming;
  /** The functions that do not compile with that code, with the compiler's error. */
  failed: ReadonlyMap<string, string>;
  /** Declarations that always run, or seem to, and are left out because they do not compile with that code. */
  without: ReadonlySet<Declaration>;
};

function keep(
  tests: TestPackage,
  wanted: ReadonlySet<string>,
  without: ReadonlySet<Declaration>,
): Set<Declaration> {
  const running = findRunning(tests).filter((one) => !without.has(one));
  return findNeeded(tests, wanted).union(findNeededBy(tests, running));
}

/** Keeps the declarations that the wanted functions need, and all that always run. */
export function makeSmaller(tests: TestPackage, wanted: Iterable<string>): SmallerTests {
  const [names, without] = [new Set(wanted), new Set<Declaration>()];
  const trimming = { kept: keep(tests, names, without), unused: new Set<never>(), missing: new Set<never>() };
  return { tests, wanted: names, trimming, failed: new Map(), without };
}

/** The texts of the files by path; null: the file is left out. */
export function writeSmaller({ tests, trimming }: SmallerTests): Map<string, string | null> {
  return new Map(tests.files.map((file) => [file.path, trimFile(file, trimming, tests)]));
}

/**
 * Leaves out the causes of a failed build's errors: imports, then declarations that always run and that no wanted
 * function needs, then wanted functions. If nothing can be left out, all wanted functions fail.
 */
export function leaveOut(smaller: SmallerTests, lines: readonly string[]): SmallerTests {
  const { tests, wanted, trimming } = smaller;
  const found = blame(lines, tests);
  const failed = new Map(smaller.failed);
  const without = new Set(smaller.without);
  const failAll = (line: string): void => {
    for (const root of wanted) if (!failed.has(root)) failed.set(root, line);
  };
  const needs = [...wanted].map((root) => ({ root, needed: findNeeded(tests, [root]) }));
  const running = findRunning(tests)
    .filter((one) => !without.has(one))
    .map((one) => ({ one, needed: findNeededBy(tests, [one]) }));
  for (const [declaration, line] of found.declarations) {
    for (const { root, needed } of needs)
      if (needed.has(declaration)) failed.set(root, failed.get(root) ?? line);
    for (const { one, needed } of running) {
      if (!needed.has(declaration)) continue;
      if (canBeLeftOut(one)) without.add(one);
      else failAll(line);
    }
  }
  const unused = trimming.unused.union(found.unused);
  const missing = trimming.missing.union(found.missing);
  const isSmaller =
    failed.size > smaller.failed.size ||
    without.size > smaller.without.size ||
    unused.size > trimming.unused.size ||
    missing.size > trimming.missing.size;
  if (!isSmaller) failAll(found.others[0] ?? lines.find((line) => !line.startsWith('#')) ?? '');
  const left = new Set([...wanted].filter((root) => !failed.has(root)));
  return {
    tests,
    wanted: left,
    failed,
    without,
    trimming: { kept: keep(tests, left, without), unused, missing },
  };
}

/** Restores all declarations of the test files. */
export function makeWhole(smaller: SmallerTests): SmallerTests {
  const kept = new Set(smaller.tests.files.flatMap((file) => file.declarations));
  return { ...smaller, trimming: { kept, unused: new Set(), missing: new Set() } };
}

/** Whether a failed build misses a name that the test files declare: then too much was left out. */
export function lacksOwnName({ tests, trimming }: SmallerTests, lines: readonly string[]): boolean {
  const left = tests.files.flatMap((file) => file.declarations.filter((one) => !trimming.kept.has(one)));
  const names = new Set(left.flatMap((one) => one.names));
  return lines.some((line) => names.has(/ undefined: (?:\w+\.)?(\w+)/u.exec(line)?.[1] ?? ''));
}
