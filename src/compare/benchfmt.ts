import { isHeadlessRow, mentionsResult, NAME_PATTERN, type PrintedRow, readPrintedRow } from './bench-row.ts';
import { findAnnounced, procsOf, suffixOf } from './bench-name.ts';
import { type BenchEnd, type BenchExit, judgeEnd } from './bench-end.ts';
import type { BenchmarkFailure, BenchmarkRow } from './types.ts';

/** The meaning of one line of output. Unknown text gives no event. */
type BenchEvent =
  | { kind: 'config'; key: string; value: string }
  | { kind: 'announced'; name: string }
  | { kind: 'row'; row: BenchmarkRow }
  /** A result row of a benchmark that is not running. */
  | { kind: 'surplus'; name: string }
  | { kind: 'failed' | 'skipped'; name: string }
  /** Looks like the start of a panic; only the exit status confirms it. */
  | { kind: 'panic'; name: string | null }
  /** The `PASS` or `FAIL` that the test binary ends with. */
  | { kind: 'verdict'; passed: boolean };

/** Everything that one run printed. */
export type BenchOutput = {
  /** In printed order; at most `count` per name. */
  rows: BenchmarkRow[];
  failures: BenchmarkFailure[];
  /**
   * Names of benchmarks with contradicting lines: too many rows, other iterations, numbers that Go does not print, or a
   * failure in addition to all rows. Also the benchmark that was running when a row of another one appeared. Sorted.
   */
  inconsistent: string[];
  /** In the order of announcement, including parents of sub-benchmarks. */
  announced: string[];
  /** `goos`, `goarch`, `pkg`, `cpu`. */
  config: Record<string, string>;
  /** The final `PASS` or `FAIL` of the testing package; null if the output ends without one. */
  verdict: 'PASS' | 'FAIL' | null;
};

export type BenchParser = {
  /** Reads one line, without its newline. */
  line: (text: string) => BenchEvent | null;
  /** Returns the results of every benchmark. `exit`: how the process ended. */
  end: (exit: BenchExit) => BenchOutput;
};

/** `procs` is GOMAXPROCS of the run (the `-N` suffix); `iterations` and `count` are `-test.benchtime=Nx` and `-test.count`. */
export type BenchOptions = { procs: number; iterations: number; count: number };

type State = BenchEnd & {
  options: BenchOptions;
  /** The end of the last line, if it could be an announcement that was appended to other output. */
  glued: string | null;
  rows: BenchmarkRow[];
  config: Record<string, string>;
};

const DETAIL_LINES = 20;
const LINE_LENGTH = 16_384;
const MAX_NAMES = 20_000;
/**
 * The longest name in bytes. Up to 200 escaped names become one argument of a later run, and Linux allows 128 KiB for
 * it.
 */
const NAME_BYTES = 300;

const ANNOUNCEMENT = new RegExp(`^${NAME_PATTERN}$`, 'u');
const GLUED_ANNOUNCEMENT = new RegExp(`.(${NAME_PATTERN})$`, 'u');
const OUTCOME = new RegExp(String.raw`--- (FAIL|SKIP): (${NAME_PATTERN})\s*$`, 'u');
const CONFIG_LINE = /^(goos|goarch|pkg|cpu): (.*)$/u;
const VERDICT_LINE = /(PASS|FAIL)$/u;
const PANIC_LINE = /^(?:panic: |fatal error: |runtime: goroutine stack exceeds|SIG[A-Z]+: )/u;

/**
 * Reads what `binary.test -test.v -test.run '^$' -test.bench R -test.benchmem -test.benchtime Nx -test.count C` prints
 * (golang.org/design/14313-benchmark-format, and the announcements of `-test.v`). Standard error may be mixed in.
 * Accepts any text and ignores unknown lines. Memory is bounded by the number of names, not by the output.
 */
export function createBenchParser(options: BenchOptions): BenchParser {
  const state: State = {
    options,
    seen: new Map(),
    current: null,
    glued: null,
    rows: [],
    failures: new Map(),
    inconsistent: new Set(),
    garbled: new Map(),
    config: {},
    recent: [],
    panic: null,
    earlierPanic: null,
    verdict: null,
  };
  return {
    line: (text) => readLine(state, shorten(text)),
    end: (exit) => {
      judgeEnd(state, exit, options.count);
      return collect(state);
    },
  };
}

/**
 * Shortens long padding, then the middle. Go pads every row to the longest name, and one endless name must not cut off
 * the numbers of the others. A benchmark that prints without a newline puts all its text before its own row.
 */
function shorten(text: string): string {
  if (text.length <= LINE_LENGTH) return text;
  const dense = text.replace(/ {2,}/gu, ' ');
  const half = LINE_LENGTH / 2;
  return dense.length <= LINE_LENGTH ? dense : `${dense.slice(0, half)}…${dense.slice(-half)}`;
}

function readLine(state: State, text: string): BenchEvent | null {
  const event =
    readConfig(state, text) ??
    readAnnouncement(state, text) ??
    readRow(state, text) ??
    readOutcome(state, text) ??
    readPanic(state, text) ??
    readVerdict(state, text);
  if (event === null) keepJunk(state, text);
  return event;
}

function readConfig(state: State, text: string): BenchEvent | null {
  const [, key, value] = CONFIG_LINE.exec(text) ?? [];
  if (key === undefined || value === undefined || state.seen.size > 0) return null;
  state.config[key] = value;
  return { kind: 'config', key, value };
}

function readAnnouncement(state: State, text: string): BenchEvent | null {
  if (!ANNOUNCEMENT.test(text)) return null;
  const isLong = countBytes(text) > NAME_BYTES;
  const name = isLong ? `${text.slice(0, NAME_BYTES)}…`.toWellFormed() : text;
  if (!announce(state, name)) return null;
  const detail = `its name has more than ${NAME_BYTES} bytes`;
  if (isLong) state.failures.set(name, { name, kind: 'unreadable', detail });
  return { kind: 'announced', name };
}

const countBytes = (text: string): number => new TextEncoder().encode(text).length;

function announce(state: State, name: string): boolean {
  if (state.seen.has(name) || state.seen.size >= MAX_NAMES) return false;
  state.seen.set(name, 0);
  const { panic } = state;
  startOver(state);
  state.earlierPanic = panic;
  state.current = name;
  return true;
}

/** Forgets lines that belong to an earlier benchmark. */
function startOver(state: State): void {
  state.glued = null;
  state.recent = [];
  state.panic = null;
  state.verdict = null;
}

function readRow(state: State, text: string): BenchEvent | null {
  const row = readPrintedRow(text) ?? rowBehindJunk(state, text);
  if (row === null) return noteGarbled(state, text);
  if (countBytes(row.printed) > NAME_BYTES + '-1024'.length) return null;
  const name = findAnnounced(state, state.options.procs, row.printed) ?? announceGlued(state, row.printed);
  if (name === null || name !== state.current) {
    suspectForger(state, name, row.printed);
    // The row may be genuine and the announcement before it forged: then there is no other row for this benchmark.
    if (name !== null && (state.seen.get(name) ?? 0) < state.options.count) state.garbled.set(name, text);
    return { kind: 'surplus', name: row.printed };
  }
  if (row.iterations === 0) {
    // The benchmark set b.N itself, so there is no operation whose allocations could be counted.
    state.garbled.set(name, text);
    return null;
  }
  if (!row.isSound) suspect(state, name);
  const { iterations, values } = row;
  const kept = { name, procs: procsOf(name, row.printed), iterations, values };
  keepRow(state, kept);
  startOver(state);
  return { kind: 'row', row: kept };
}

/** A benchmark that prints without a newline puts its text before its own row: `no newlineBenchmarkSub/prints-2 …`. */
function rowBehindJunk(state: State, text: string): PrintedRow | null {
  const start = state.current === null ? -1 : text.lastIndexOf(state.current);
  const row = start < 1 ? null : readPrintedRow(text.slice(start));
  return row && { ...row, isSound: row.isSound && !mentionsResult(text.slice(0, start)) };
}

function suspect({ inconsistent }: State, name: string): void {
  if (inconsistent.size < MAX_NAMES) inconsistent.add(name);
}

/**
 * Marks results as doubtful after a row at the wrong place. All rows of a benchmark follow its own announcement, so the
 * running benchmark printed a row of another one. The named benchmark is doubtful as well, unless it already has all
 * its rows. Before the first announcement, only the printed name can be marked.
 */
function suspectForger(state: State, name: string | null, printed: string): void {
  const { current, seen, options } = state;
  if (current !== null) suspect(state, current);
  if (name !== null && (seen.get(name) ?? 0) < options.count) suspect(state, name);
  else if (current === null) suspect(state, printed.replace(/-\d+$/u, ''));
}

/** Another goroutine can print inside a row. Such a row is lost, and the benchmark must not count as complete. */
function noteGarbled(state: State, text: string): null {
  const { current } = state;
  if (current !== null && text.includes(`${current}-`) && mentionsResult(text)) {
    state.garbled.set(current, text);
  } else if (current !== null && text.endsWith(' ') && suffixOf(current, text.trimEnd()) !== null) {
    // The padding is so long that the numbers were cut off.
    state.garbled.set(current, '');
  }
  if (current !== null && isHeadlessRow(text)) suspect(state, current);
  return null;
}

/** An announcement that was appended to other output counts only if a result with exactly that name follows. */
function announceGlued(state: State, printed: string): string | null {
  const { glued } = state;
  if (glued === null || suffixOf(glued, printed) === null) return null;
  return announce(state, glued) ? glued : null;
}

function keepRow(state: State, row: BenchmarkRow): void {
  const seen = (state.seen.get(row.name) ?? 0) + 1;
  state.seen.set(row.name, seen);
  if (seen > state.options.count || row.iterations !== state.options.iterations) suspect(state, row.name);
  if (seen <= state.options.count) state.rows.push(row);
}

function readOutcome(state: State, text: string): BenchEvent | null {
  const [, word, printed] = OUTCOME.exec(text) ?? [];
  if (word === undefined || printed === undefined) return null;
  // From the second run on, the testing package also adds the GOMAXPROCS suffix here.
  const name = state.seen.has(printed)
    ? printed
    : (findAnnounced(state, state.options.procs, printed) ?? announceGlued(state, printed));
  if (name === null || !isAtWork(state, name)) {
    if (state.current !== null) suspect(state, state.current);
    return null;
  }
  const kind = word === 'FAIL' ? 'failed' : 'skipped';
  if (!state.failures.has(name) && !hasFailedChild(state, name)) {
    state.failures.set(name, { name, kind, detail: state.recent.join('\n') });
  }
  startOver(state);
  return { kind, name };
}

/** Whether the benchmark is the current one or a parent of it. */
function isAtWork({ current }: State, name: string): boolean {
  return current === name || current?.startsWith(`${name}/`) === true;
}

/** Whether a sub-benchmark failed: then its parent fails as well, without a reason of its own. */
function hasFailedChild(state: State, name: string): boolean {
  return [...state.failures.keys()].some((failed) => failed.startsWith(`${name}/`));
}

function readPanic(state: State, text: string): BenchEvent | null {
  if (state.panic !== null || !PANIC_LINE.test(text)) return null;
  state.panic = [text];
  return { kind: 'panic', name: state.current };
}

function readVerdict(state: State, text: string): BenchEvent | null {
  const [, word] = VERDICT_LINE.exec(text) ?? [];
  if (word === undefined) return null;
  const passed = word === 'PASS';
  state.verdict = passed ? 'PASS' : 'FAIL';
  return { kind: 'verdict', passed };
}

function keepJunk(state: State, text: string): void {
  const [, glued] = GLUED_ANNOUNCEMENT.exec(text) ?? [];
  if (glued !== undefined) state.glued = glued;
  if (state.panic !== null && state.panic.length < DETAIL_LINES) state.panic.push(text);
  state.recent.push(text.slice(0, 400));
  if (state.recent.length > DETAIL_LINES) state.recent.shift();
}

function collect({ rows, failures, inconsistent, seen, config, verdict }: State): BenchOutput {
  return {
    rows,
    failures: [...failures.values()],
    inconsistent: [...inconsistent].sort(),
    announced: [...seen.keys()],
    config,
    verdict,
  };
}
