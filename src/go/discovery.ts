import { topBenchmark } from '../compare/benchmark-id.ts';
import type { BenchmarkFailure } from '../compare/types.ts';
import { endingWhen } from './ending-when.ts';
import { type Estimate, isNameable, isTimed, MS_PER_NS } from './run-plan.ts';
import {
  type BenchRun,
  exactPattern,
  listBenchmarks,
  runBenchmarks,
  type TestBinary,
} from './test-binary.ts';

/**
 * Regular expressions as in `go test -bench` and `-skip`; '' skips nothing. `names`: the top-level benchmarks that they
 * match, if known.
 */
export type Selection = { run: string; skip: string; names?: ReadonlySet<string> };

export type Discovery = {
  /** Every benchmark that gave a result at N = 1, by name. */
  estimates: Map<string, Estimate>;
  failures: BenchmarkFailure[];
  /** Why the whole binary gave no result (TestMain failed, …); null if it ran. */
  problem: string[] | null;
  /** Top-level benchmarks that had not finished when the time for discovery was used up. */
  unfinished: ReadonlySet<string>;
};

/** What happens while benchmarks are discovered. */
export type Looking = {
  /** Called with the name of each benchmark that ran. */
  onRow: (name: string) => void;
  /** Whether the time for discovery is used up. The benchmarks found by then are measured. */
  isLate: () => boolean;
};

/** The maximum number of benchmarks that end the process. After that, the rest of the package does not run. */
const MAX_CRASHES = 20;
/** The limit in characters. The kernel allows 128 KiB of UTF-8 in one argument. */
const MAX_SKIP_LENGTH = 40 * 1024;
function joinPatterns(...patterns: string[]): string {
  return patterns.filter((pattern) => pattern !== '').join('|');
}

/** The pattern to skip so that the next run continues after the benchmark that ended this one. */
function crashPattern(run: BenchRun, crashed: string): string {
  const finished = run.rows.some((row) => row.name === crashed);
  return exactPattern([finished ? topBenchmark(crashed) : crashed]);
}

/**
 * Whether a run shows no benchmark although there should be one: TestMain ended it, with any status, or all benchmarks
 * are selected and there is none.
 */
function saysNothing(run: BenchRun, { run: pattern, skip }: Selection): boolean {
  const isSilent = run.rows.length === 0 && run.failures.length === 0;
  const wantsAll = pattern === '.' && skip === '';
  return isSilent && (run.outcome.exitCode !== 0 || !run.isWhole || wantsAll);
}

/**
 * Benchmarks that ran to their end without a result that can be read. Parents of sub-benchmarks have no result either;
 * if a pattern selects sub-benchmarks, a parent may run none.
 */
async function listLost(
  binary: TestBinary,
  announced: ReadonlySet<string>,
  { run, skip }: Selection,
  { estimates, failures }: Discovery,
): Promise<BenchmarkFailure[]> {
  if (run.includes('/') || skip.includes('/')) return [];
  const parents = new Set([...announced].flatMap(listParents));
  const known = new Set([...estimates.keys(), ...failures.map(({ name }) => name)]);
  const lost = [...announced].filter((name) => !known.has(name) && !parents.has(name));
  // Any benchmark can print a name, so only those that the binary has count.
  const listed = lost.length > 0 ? await listBenchmarks(binary) : [];
  const own = lost.filter((name) => listed.includes(topBenchmark(name)));
  return own.map((name) => ({ name, kind: 'unreadable', detail: '' }));
}

/** `a/b/c`: `a/b` and `a`. */
const listParents = (name: string): string[] =>
  [...name.matchAll(/\//gu)].map(({ index }) => name.slice(0, index));

/**
 * Finds a binary's benchmarks by running each once. Benchmarks that end the process are recorded and skipped. One
 * benchmark can take minutes, so looking ends when it is late, and what did not run is listed.
 */
export async function discoverBenchmarks(
  binary: TestBinary,
  selection: Selection,
  { onRow, isLate }: Looking,
): Promise<Discovery> {
  return endingWhen(isLate, async (until) => {
    const found = await runEachOnce(binary, selection, { onRow, until });
    if (!until.aborted) return found;
    return { ...found, unfinished: await listUnfinished(binary, selection, found) };
  });
}

/** The benchmarks of the selection in the order in which they run; empty if a pattern selects them. */
async function listSelected(binary: TestBinary, { run, skip, names }: Selection): Promise<string[]> {
  const isKnown = names !== undefined || (run === '.' && skip === '');
  const all = isKnown ? await listBenchmarks(binary) : [];
  return all.filter((name) => names?.has(name) ?? true);
}

/** The top-level benchmarks that gave a result or failed. */
const listSeen = ({ estimates, failures }: Discovery): Set<string> =>
  new Set([...estimates.keys(), ...failures.map(({ name }) => name)].map(topBenchmark));

/** The benchmarks that did not run before the time was over, and the one that was running then. */
async function listUnfinished(
  binary: TestBinary,
  selection: Selection,
  found: Discovery,
): Promise<Set<string>> {
  const seen = listSeen(found);
  const listed = await listSelected(binary, selection);
  // Only the last one that was seen may have more to run.
  const last = listed.findLast((name) => seen.has(name)) ?? [...seen].at(-1);
  const unseen = listed.filter((name) => !seen.has(name));
  return new Set([...(last === undefined ? [] : [last]), ...unseen]);
}

/** The benchmarks that did not run because too many others had ended the process. */
async function listNotRun(
  binary: TestBinary,
  selection: Selection,
  found: Discovery,
): Promise<BenchmarkFailure[]> {
  const seen = listSeen(found);
  const left = (await listSelected(binary, selection)).filter((name) => !seen.has(name));
  return left.map((name) => ({ name, kind: 'not-run', detail: '' }));
}

async function runEachOnce(
  binary: TestBinary,
  selection: Selection,
  { onRow, until }: { onRow: (name: string) => void; until: AbortSignal },
): Promise<Discovery> {
  const found: Discovery = { estimates: new Map(), failures: [], problem: null, unfinished: new Set() };
  let skip = selection.skip;
  const announced = new Set<string>();
  for (let crashes = 0; ; crashes += 1) {
    const run = await runBenchmarks(binary, {
      bench: selection.run,
      skip,
      iterations: 1,
      repeats: 1,
      expectedMs: null,
      profile: false,
      onRow,
      until,
    });
    for (const row of run.rows) {
      if (!isNameable(row.name)) {
        found.failures.push({ name: row.name, kind: 'unreadable', detail: 'its name is too long' });
        continue;
      }
      const time = row.values['ns/op'];
      const wall = run.wallMs.get(row.name) ?? (time ?? 0) * MS_PER_NS;
      // A benchmark can suppress its time.
      const opMs = time === undefined ? wall : time * MS_PER_NS;
      found.estimates.set(row.name, {
        opMs,
        setUpMs: Math.max(wall - opMs, 0),
        isTimed: isTimed(opMs, wall),
        quietMs: run.quietMs,
      });
    }
    found.failures.push(...run.failures);
    for (const name of run.announced) announced.add(name);
    // Benchmarks that were running when the time was over have not failed.
    if (until.aborted) break;
    if (run.crashed === null) {
      if (saysNothing(run, selection)) found.problem = run.outcome.tail;
      else found.failures.push(...(await listLost(binary, announced, selection, found)));
      break;
    }
    const done = [...run.rows, ...run.failures].map(({ name }) => name);
    skip = joinPatterns(skip, crashPattern(run, run.crashed), exactPattern(done));
    if (crashes < MAX_CRASHES && skip.length <= MAX_SKIP_LENGTH) continue;
    const left = await listNotRun(binary, selection, found);
    found.failures.push(...left);
    // If a pattern selects benchmarks, it is not known which are left.
    if (left.length === 0 && skip.length > MAX_SKIP_LENGTH) found.problem = run.outcome.tail;
    break;
  }
  return found;
}
