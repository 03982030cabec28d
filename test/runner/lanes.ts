import { type ImportGraph, reachImports } from './imports.ts';

/**
 * How a test file runs:
 * - `pure`: with all other pure files in one process.
 * - `heap`: pure, but it measures the heap or sets flags of V8, so it needs a process of its own.
 * - `parallel`: it starts processes, connects or waits, and runs beside others. Counts of allocations do not depend on
 *   that.
 * - `alone`: it fills the machine, or asserts how long something takes.
 */
export type Lane = 'pure' | 'heap' | 'parallel' | 'alone';

/** With these a test starts processes, listens or connects, has a database, or waits for time to pass. */
const outside = new Set([
  'node:child_process',
  'node:cluster',
  'node:dgram',
  'node:http',
  'node:http2',
  'node:https',
  'node:net',
  'node:timers/promises',
  'node:tls',
  'node:worker_threads',
  '@electric-sql/pglite',
  '@octokit/rest',
  'execa',
  'nock',
  'pg',
  'pg-boss',
  'playwright-core',
  'probot',
  'smee-client',
]);

/** Files that nothing may run beside. */
const alone: readonly string[] = [
  'test/cli/cleaning-up.test.ts',
  'test/go/measure.test.ts',
  'test/hostile/limits.test.ts',
  'test/review/budget.test.ts',
  'test/sandbox/cgroup.test.ts',
];

/**
 * Files (or folders, with a slash at the end) that begin first, longest first: what is left alone at the end of a lane
 * uses one processor only. Every second one waits more than it computes.
 */
const longest: readonly string[] = [
  'test/rules/fixtures.test.ts',
  'test/app/faults.test.ts',
  'test/causes/fixtures.test.ts',
  'test/app/chaos.test.ts',
  'test/hostile/probes.test.ts',
  'test/app/consent.test.ts',
  'test/review/commits.test.ts',
  'test/app/crash-matrix.test.ts',
  'test/cli/review.test.ts',
  'test/page/access.test.ts',
  'test/cli/review-pull-request.test.ts',
  'test/page/page.test.ts',
  'test/hostile/words.test.ts',
  'test/cli/set-up.test.ts',
  'test/review/modules.test.ts',
  'test/runner/run.test.ts',
  'test/trials/experiments.test.ts',
  'test/app/unkind-github.test.ts',
  'test/review/measuring.test.ts',
  'test/store/survival.test.ts',
];

const isAmong = (file: string, list: readonly string[]): boolean =>
  list.some((one) => (one.endsWith('/') ? file.startsWith(one) : file === one));

/** The lane of a test file, by all that it imports: a new file finds its lane by itself. */
export function findLane(graph: ImportGraph, file: string): Lane {
  if (!graph.has(file)) return 'parallel';
  const reached = reachImports(graph, file);
  if (![...reached].some((name) => outside.has(name))) return reached.has('node:v8') ? 'heap' : 'pure';
  return isAmong(file, alone) ? 'alone' : 'parallel';
}

/** Whether a test file uses one of the App's databases, by all that it imports. */
export const usesDatabase = (graph: ImportGraph, file: string): boolean =>
  [...reachImports(graph, file)].some((name) => name === 'pg' || name === '@electric-sql/pglite');

/** In the order in which they are to begin. */
export function sortByLength(files: readonly string[]): string[] {
  const placeOf = (file: string): number => {
    const place = longest.findIndex((one) => isAmong(file, [one]));
    return place === -1 ? longest.length : place;
  };
  return files.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Entries of the lists above that fit no file. */
export function listStale(files: readonly string[]): string[] {
  return [...alone, ...longest].filter((one) => !files.some((file) => isAmong(file, [one])));
}
