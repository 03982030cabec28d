import type { BenchmarkFailure, BenchmarkRow } from './types.ts';

/** How the process of a run ended: `ok` exit status 0, `failed` another status or a signal, or stopped from outside. */
export type BenchExit = 'ok' | 'failed' | 'timed-out' | 'output-limit';

/** What one line of output said. Junk gives no event. */
export type BenchEvent =
  | { kind: 'config'; key: string; value: string }
  | { kind: 'announced'; name: string }
  | { kind: 'row'; row: BenchmarkRow }
  /** A result row of a name that was never announced. */
  | { kind: 'surplus'; name: string }
  | { kind: 'failed' | 'skipped'; name: string }
  /** Looks like the start of a panic; only the exit status confirms it. */
  | { kind: 'panic'; name: string | null }
  /** The `PASS` or `FAIL` that the test binary ends with. */
  | { kind: 'verdict'; passed: boolean };

/** All that one run printed. */
export type BenchOutput = {
  /** In the order printed; at most `count` of a name. */
  rows: BenchmarkRow[];
  failures: BenchmarkFailure[];
  /** Names whose rows contradict what was asked for: too many, other iterations, or never announced. Sorted. */
  inconsistent: string[];
  /** In the order announced, parents of sub-benchmarks included. */
  announced: string[];
  /** `goos`, `goarch`, `pkg`, `cpu`. */
  config: Record<string, string>;
};

export type BenchParser = {
  /** Reads one line, without its newline. */
  line: (text: string) => BenchEvent | null;
  /** Says what became of every benchmark, given how the process ended. */
  end: (exit: BenchExit) => BenchOutput;
};

/** `procs` is GOMAXPROCS of the run (the `-N` suffix); `iterations` and `count` are `-test.benchtime=Nx` and `-test.count`. */
export type BenchOptions = { procs: number; iterations: number; count: number };

type State = {
  options: BenchOptions;
  seen: Map<string, number>;
  current: string | null;
  /** The end of the last line if it could be an announcement glued to junk. */
  glued: string | null;
  rows: BenchmarkRow[];
  failures: Map<string, BenchmarkFailure>;
  inconsistent: Set<string>;
  garbled: Map<string, string>;
  config: Record<string, string>;
  recent: string[];
  panic: string[] | null;
  /** What looked like a panic before the last announcement: it may yet prove to have been one. */
  earlierPanic: string[] | null;
  verdict: boolean;
};

const detailLines = 20;
const lineLength = 16_384;
const maxNames = 20_000;

// Names as the testing package prints them: spaces are rewritten, and `Benchmarks` in lower case is not one.
const namePattern = String.raw`Benchmark(?!\p{Ll})\S*`;
const announcement = new RegExp(`^${namePattern}$`, 'u');
const gluedAnnouncement = new RegExp(String.raw`\S(${namePattern})$`, 'u');
const resultRow = new RegExp(String.raw`^(${namePattern})\s+(\d+)((?:\s+[-+]?[\d.]\S*\s+\S+)+)\s*$`, 'u');
const outcome = new RegExp(String.raw`--- (FAIL|SKIP): (${namePattern})\s*$`, 'u');
const configLine = /^(goos|goarch|pkg|cpu): (.*)$/u;
const verdictLine = /(PASS|FAIL)$/u;
const panicLine = /^(?:panic: |fatal error: |runtime: goroutine stack exceeds|SIG[A-Z]+: )/u;

/**
 * Reads what `binary.test -test.v -test.run '^$' -test.bench R -test.benchmem -test.benchtime Nx -test.count C` prints
 * (golang.org/design/14313-benchmark-format, and the announcements of `-test.v`). Standard error may be mixed in.
 * Takes any text: what it does not know is junk. Memory is bounded by the number of names, not by the output.
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
    verdict: false,
  };
  return {
    line: (text) => readLine(state, text.slice(0, lineLength)),
    end: (exit) => finish(state, exit),
  };
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
  const [, key, value] = configLine.exec(text) ?? [];
  if (key === undefined || value === undefined || state.seen.size > 0) return null;
  state.config[key] = value;
  return { kind: 'config', key, value };
}

function readAnnouncement(state: State, text: string): BenchEvent | null {
  if (!announcement.test(text) || !announce(state, text)) return null;
  return { kind: 'announced', name: text };
}

function announce(state: State, name: string): boolean {
  if (state.seen.has(name) || state.seen.size >= maxNames) return false;
  state.seen.set(name, 0);
  const { panic } = state;
  startOver(state);
  state.earlierPanic = panic;
  state.current = name;
  return true;
}

/** What was printed before belongs to something that is over. */
function startOver(state: State): void {
  state.glued = null;
  state.recent = [];
  state.panic = null;
  state.verdict = false;
}

function readRow(state: State, text: string): BenchEvent | null {
  const match = resultRow.exec(text) ?? rowBehindJunk(state, text);
  if (!match) return noteGarbled(state, text);
  const [, printed = '', iterations = '', rest = ''] = match;
  const name = findName(state, printed) ?? announceGlued(state, printed);
  if (name === null) {
    if (state.inconsistent.size < maxNames) state.inconsistent.add(printed);
    return { kind: 'surplus', name: printed };
  }
  const row = {
    name,
    procs: procsOf(name, printed),
    iterations: Number(iterations),
    values: readValues(rest),
  };
  keepRow(state, row);
  startOver(state);
  return { kind: 'row', row };
}

/** A benchmark that prints without a newline glues its text to its own row: `no newlineBenchmarkSub/prints-2 …`. */
function rowBehindJunk(state: State, text: string): RegExpExecArray | null {
  const start = state.current === null ? -1 : text.lastIndexOf(state.current);
  return start < 1 ? null : resultRow.exec(text.slice(start));
}

/** Output of another goroutine can land inside a row: that row is lost, and the benchmark must not look complete. */
function noteGarbled(state: State, text: string): null {
  const { current } = state;
  if (current !== null && text.includes(`${current}-`) && text.includes('ns/op')) {
    state.garbled.set(current, text);
  }
  return null;
}

/** The announced name that a printed one stands for: a name may itself end in `-8`, so the suffix alone cannot say. */
function findName(state: State, printed: string): string | null {
  const { current, seen, options } = state;
  if (current !== null && suffixOf(current, printed) !== null) return current;
  const usual = options.procs === 1 ? printed : printed.replace(new RegExp(`-${options.procs}$`, 'u'), '');
  if (seen.has(usual) && (options.procs === 1 || usual !== printed)) return usual;
  const other = printed.replace(/-\d+$/u, '');
  return other !== printed && seen.has(other) ? other : null;
}

/** `''` or `-N`, when `printed` is `name` with a GOMAXPROCS suffix; else null. */
function suffixOf(name: string, printed: string): string | null {
  if (!printed.startsWith(name)) return null;
  const suffix = printed.slice(name.length);
  return suffix === '' || /^-\d+$/u.test(suffix) ? suffix : null;
}

/** An announcement glued to junk counts only once a result for exactly that name follows. */
function announceGlued(state: State, printed: string): string | null {
  const { glued } = state;
  if (glued === null || suffixOf(glued, printed) === null) return null;
  return announce(state, glued) ? glued : null;
}

function procsOf(name: string, printed: string): number {
  return printed === name ? 1 : Number(printed.slice(name.length + 1));
}

function readValues(rest: string): Record<string, number> {
  const fields = rest.trim().split(/\s+/u);
  const values: [string, number][] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const value = Number(fields[i]);
    if (Number.isFinite(value)) values.push([fields[i + 1] ?? '', value]);
  }
  return Object.fromEntries(values);
}

function keepRow(state: State, row: BenchmarkRow): void {
  const seen = (state.seen.get(row.name) ?? 0) + 1;
  state.seen.set(row.name, seen);
  if (seen > state.options.count || row.iterations !== state.options.iterations)
    state.inconsistent.add(row.name);
  if (seen <= state.options.count) state.rows.push(row);
}

function readOutcome(state: State, text: string): BenchEvent | null {
  const [, word, printed] = outcome.exec(text) ?? [];
  if (word === undefined || printed === undefined) return null;
  // From the second of several runs on, the testing package adds the GOMAXPROCS suffix here too.
  const name = state.seen.has(printed)
    ? printed
    : (findName(state, printed) ?? announceGlued(state, printed));
  if (name === null) return null;
  const kind = word === 'FAIL' ? 'failed' : 'skipped';
  if (!state.failures.has(name) && !hasFailedChild(state, name)) {
    state.failures.set(name, { name, kind, detail: state.recent.join('\n') });
  }
  startOver(state);
  return { kind, name };
}

/** A parent fails with its sub-benchmark and has nothing of its own to say. */
function hasFailedChild(state: State, name: string): boolean {
  return [...state.failures.keys()].some((failed) => failed.startsWith(`${name}/`));
}

function readPanic(state: State, text: string): BenchEvent | null {
  if (state.panic !== null || !panicLine.test(text)) return null;
  state.panic = [text];
  return { kind: 'panic', name: state.current };
}

function readVerdict(state: State, text: string): BenchEvent | null {
  const [, word] = verdictLine.exec(text) ?? [];
  if (word === undefined) return null;
  state.verdict = true;
  return { kind: 'verdict', passed: word === 'PASS' };
}

function keepJunk(state: State, text: string): void {
  const [, glued] = gluedAnnouncement.exec(text) ?? [];
  if (glued !== undefined) state.glued = glued;
  if (state.panic !== null && state.panic.length < detailLines) state.panic.push(text);
  state.recent.push(text.slice(0, 400));
  if (state.recent.length > detailLines) state.recent.shift();
}

function finish(state: State, exit: BenchExit): BenchOutput {
  blameExit(state, exit);
  for (const [name, text] of state.garbled) {
    if (state.failures.has(name) || (state.seen.get(name) ?? 0) >= state.options.count) continue;
    state.failures.set(name, { name, kind: 'unreadable', detail: text });
  }
  return {
    rows: state.rows,
    failures: [...state.failures.values()],
    inconsistent: [...state.inconsistent].sort(),
    announced: [...state.seen.keys()],
    config: state.config,
  };
}

/** Whoever was at work when the process ended before its verdict is the one that ended it. */
function blameExit(state: State, exit: BenchExit): void {
  const stopped = exit === 'timed-out' || exit === 'output-limit';
  if (state.verdict && !stopped) return;
  const panic = exit === 'failed' ? (state.panic ?? state.earlierPanic) : null;
  const name = panickedIn(state, panic) ?? atWork(state);
  if (name === null || state.failures.get(name)?.kind === 'failed') return;
  // What `-test.paniconexit0` makes of a call that would have looked like success.
  const calledExit = panic?.[0]?.includes('unexpected call to os.Exit') === true;
  const kind = stopped ? exit : panic !== null && !calledExit ? 'panicked' : 'exited';
  const detail = (stopped ? null : panic) ?? state.recent;
  state.failures.set(name, { name, kind, detail: detail.join('\n') });
}

/**
 * The benchmark that a panic's stack names. A panicking benchmark first lets the next one be announced, by what `testing`
 * deferred, and ends the process a moment later: the current one may be innocent.
 */
function panickedIn({ seen }: State, panic: readonly string[] | null): string | null {
  if (panic === null) return null;
  const frame = panic
    .map((line) => /\.(Benchmark\w*)(?:\.[\w.]+)?\(/u.exec(line)?.[1])
    .find((found) => found);
  return [...seen.keys()].findLast((name) => name.split('/', 1)[0] === frame) ?? null;
}

/** The current benchmark, or the nearest parent without a row once the current one is complete. */
function atWork(state: State): string | null {
  const { current, seen, options } = state;
  if (current === null || (seen.get(current) ?? 0) < options.count) return current;
  for (let end = current.lastIndexOf('/'); end > 0; end = current.lastIndexOf('/', end - 1)) {
    const parent = current.slice(0, end);
    if (seen.get(parent) === 0) return parent;
  }
  return current;
}
