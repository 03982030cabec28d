import type { BenchmarkFailure, LimitReached } from './types.ts';

/**
 * How the process of a run ended: `ok` exit status 0, `cut-short` exit status 0 before the testing package had done all
 * that it does at the end, `failed` another status or a signal, or stopped from outside.
 */
export type BenchExit = 'ok' | 'cut-short' | 'failed' | LimitReached;

/** What the parser knows when the output ends. */
export type BenchEnd = {
  /** Rows by announced name, in the order announced. */
  seen: Map<string, number>;
  /** Announced last. */
  current: string | null;
  failures: Map<string, BenchmarkFailure>;
  inconsistent: Set<string>;
  /** Lines that are rows of their names, or were before other output fell into them, and that do not count. */
  garbled: Map<string, string>;
  /** The last lines that said nothing. */
  recent: string[];
  panic: string[] | null;
  /** What looked like a panic before the last announcement: it may yet prove to have been one. */
  earlierPanic: string[] | null;
  verdict: 'PASS' | 'FAIL' | null;
};

/** What `-test.paniconexit0` makes of a call that would have looked like success; only while benchmarks run. */
const unexpectedExit = 'unexpected call to os.Exit';

/**
 * Says what became of every benchmark that gave less or more than was asked for, `count` rows of each, given how the
 * process ended: adds to `failures` and `inconsistent`.
 */
export function judgeEnd(state: BenchEnd, exit: BenchExit, count: number): void {
  blameExit(state, exit, count);
  const { failures, seen } = state;
  for (const [name, text] of state.garbled) {
    // A result that cannot be read, beside all that were asked for, is one too many.
    if ((seen.get(name) ?? 0) >= count) state.inconsistent.add(name);
    else if (!failures.has(name)) failures.set(name, { name, kind: 'unreadable', detail: text });
  }
  for (const [name, rows] of exit === 'ok' ? seen : []) {
    if (rows === 0 || rows >= count || failures.has(name)) continue;
    failures.set(name, { name, kind: 'unreadable', detail: '' });
  }
  suspectContradictions(state, count);
}

/** A run that fails prints no row, so all rows and a failure beside them cannot both be true. */
function suspectContradictions(state: BenchEnd, count: number): void {
  for (const { name, kind } of state.failures.values()) {
    const isComplete = (state.seen.get(name) ?? 0) >= count;
    // A goroutine left over from a benchmark that was complete can panic while the next one runs.
    if (isComplete && (kind === 'failed' || kind === 'skipped' || name === state.current))
      state.inconsistent.add(name);
  }
}

/** Whoever was at work when the process ended before its verdict is the one that ended it. */
function blameExit(state: BenchEnd, exit: BenchExit, count: number): void {
  const stopped = exit !== 'ok' && exit !== 'cut-short' && exit !== 'failed';
  if (isBelievable(state, exit, count) && !stopped) return;
  const panic = exit === 'failed' ? (state.panic ?? state.earlierPanic) : null;
  const name = panickedIn(state, panic) ?? atWork(state, count);
  if (name === null || state.failures.get(name)?.kind === 'failed') return;
  const calledExit = panic?.[0]?.includes(unexpectedExit) === true;
  const kind = stopped ? exit : panic !== null && !calledExit ? 'panicked' : 'exited';
  const detail = (stopped ? null : panic) ?? state.recent;
  state.failures.set(name, { name, kind, detail: detail.join('\n') });
}

/**
 * Whether the `PASS` or `FAIL` was the testing package's own. A benchmark that prints one itself and ends the process is
 * betrayed by the status; of a full set of results a failing status may come from checks after the run (TestMain).
 */
function isBelievable(state: BenchEnd, exit: BenchExit, count: number): boolean {
  const { verdict, current, seen, panic, failures } = state;
  if (verdict === null || exit === 'cut-short') return false;
  if (verdict === 'FAIL' || exit !== 'failed') return true;
  if (panic?.[0]?.includes(unexpectedExit) === true) return false;
  return current === null || failures.has(current) || (seen.get(current) ?? 0) >= count;
}

/**
 * The benchmark that a panic's stack names. A panicking benchmark first lets the next one be announced, by what `testing`
 * deferred, and ends the process a moment later: the current one may be innocent.
 */
function panickedIn({ seen }: BenchEnd, panic: readonly string[] | null): string | null {
  if (panic === null) return null;
  const frame = panic
    .map((line) => /\.(Benchmark\w*)(?:\.[\w.]+)?\(/u.exec(line)?.[1])
    .find((found) => found);
  return [...seen.keys()].findLast((name) => name.split('/', 1)[0] === frame) ?? null;
}

/** The current benchmark, or the nearest parent without a row once the current one is complete. */
function atWork(state: BenchEnd, count: number): string | null {
  const { current, seen } = state;
  if (current === null || (seen.get(current) ?? 0) < count) return current;
  for (let end = current.lastIndexOf('/'); end > 0; end = current.lastIndexOf('/', end - 1)) {
    const parent = current.slice(0, end);
    if (seen.get(parent) === 0) return parent;
  }
  return current;
}
