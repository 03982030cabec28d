import { topBenchmark } from './benchmark-id.ts';
import type { BenchmarkFailure, LimitReached } from './types.ts';

/**
 * How the process of a run ended: `ok` exit status 0, `cut-short` exit status 0 before the testing package had
 * finished, `failed` another status or a signal, or stopped from outside.
 */
export type BenchExit = 'ok' | 'cut-short' | 'failed' | LimitReached;

/** The parser's state when the output ends. */
export type BenchEnd = {
  /** The number of rows by announced name, in the order of the announcements. */
  seen: Map<string, number>;
  /** The benchmark that was announced last. */
  current: string | null;
  failures: Map<string, BenchmarkFailure>;
  inconsistent: Set<string>;
  /** Invalid rows by name: lines that are rows of that name, or that other output has damaged. */
  garbled: Map<string, string>;
  /** The last lines that the parser does not recognise. */
  recent: string[];
  panic: string[] | null;
  /** Lines before the last announcement that look like a panic. Only the end of the run shows whether they are one. */
  earlierPanic: string[] | null;
  verdict: 'PASS' | 'FAIL' | null;
};

/**
 * The panic of `-test.paniconexit0` for a call of os.Exit(0), which would look like success. It happens only while
 * benchmarks run.
 */
const UNEXPECTED_EXIT = 'unexpected call to os.Exit';

/**
 * Explains, from how the process ended, every benchmark that did not print exactly `count` rows. Adds to `failures` and
 * `inconsistent`.
 */
export function judgeEnd(state: BenchEnd, exit: BenchExit, count: number): void {
  blameExit(state, exit, count);
  const { failures, seen } = state;
  for (const [name, text] of state.garbled) {
    // An unreadable result in addition to all requested ones is a surplus row.
    if ((seen.get(name) ?? 0) >= count) state.inconsistent.add(name);
    else if (!failures.has(name)) failures.set(name, { name, kind: 'unreadable', detail: text });
  }
  for (const [name, rows] of exit === 'ok' ? seen : []) {
    if (rows === 0 || rows >= count || failures.has(name)) continue;
    failures.set(name, { name, kind: 'unreadable', detail: '' });
  }
  suspectContradictions(state, count);
}

/** A failed run prints no row, so a full set of rows and a failure contradict each other. */
function suspectContradictions(state: BenchEnd, count: number): void {
  for (const { name, kind } of state.failures.values()) {
    const isComplete = (state.seen.get(name) ?? 0) >= count;
    // A goroutine left over from a benchmark that was complete can panic while the next one runs.
    if (isComplete && (kind === 'failed' || kind === 'skipped' || name === state.current))
      state.inconsistent.add(name);
  }
}

/** If the process ended before its verdict, the benchmark that was running ended it. */
function blameExit(state: BenchEnd, exit: BenchExit, count: number): void {
  const stopped = exit !== 'ok' && exit !== 'cut-short' && exit !== 'failed';
  if (isBelievable(state, exit, count) && !stopped) return;
  const panic = exit === 'failed' ? (state.panic ?? state.earlierPanic) : null;
  const name = panickedIn(state, panic) ?? atWork(state, count);
  if (name === null || state.failures.get(name)?.kind === 'failed') return;
  const calledExit = panic?.[0]?.includes(UNEXPECTED_EXIT) === true;
  const kind = stopped ? exit : panic !== null && !calledExit ? 'panicked' : 'exited';
  const detail = (stopped ? null : panic) ?? state.recent;
  state.failures.set(name, { name, kind, detail: detail.join('\n') });
}

/**
 * Whether the `PASS` or `FAIL` comes from the testing package. If a benchmark prints one itself and ends the process,
 * the exit status shows that. After a full set of results, a failing status can come from checks after the run
 * (TestMain).
 */
function isBelievable(state: BenchEnd, exit: BenchExit, count: number): boolean {
  const { verdict, current, seen, panic, failures } = state;
  if (verdict === null || exit === 'cut-short') return false;
  if (verdict === 'FAIL' || exit !== 'failed') return true;
  if (panic?.[0]?.includes(UNEXPECTED_EXIT) === true) return false;
  return current === null || failures.has(current) || (seen.get(current) ?? 0) >= count;
}

/**
 * The benchmark that the stack of a panic names. Because of a deferred call in `testing`, the next benchmark can be
 * announced before a panic ends the process, so the current one may not be the one that panicked.
 */
function panickedIn({ seen }: BenchEnd, panic: readonly string[] | null): string | null {
  if (panic === null) return null;
  const frame = panic
    .map((line) => /\.(Benchmark\w*)(?:\.[\w.]+)?\(/u.exec(line)?.[1])
    .find((found) => found);
  return [...seen.keys()].findLast((name) => topBenchmark(name) === frame) ?? null;
}

/** The benchmark that is running: the current one, or, if it is complete, its nearest parent without a row. */
function atWork(state: BenchEnd, count: number): string | null {
  const { current, seen } = state;
  if (current === null || (seen.get(current) ?? 0) < count) return current;
  for (let end = current.lastIndexOf('/'); end > 0; end = current.lastIndexOf('/', end - 1)) {
    const parent = current.slice(0, end);
    if (seen.get(parent) === 0) return parent;
  }
  return current;
}
