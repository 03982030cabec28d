/** The plain data that the engine reads from the Go toolchain and that every later step works on. */

/** A place in a source file: path in the repository with `/`, line and column from 1 (column 0 when unknown). */
export type Position = { file: string; line: number; column: number };

export type Side = 'base' | 'head';

/** The kinds of compiler decisions that `-gcflags=-m=2` prints. */
export type DecisionKind =
  | 'escapes-to-heap'
  | 'moved-to-heap'
  | 'leaking-param'
  | 'does-not-escape'
  | 'can-inline'
  | 'cannot-inline'
  | 'inlining-call'
  | 'devirtualized'
  | 'captured';

/** One step of the data flow that made a value escape, in the compiler's words. */
export type FlowStep = {
  /** The expression or the whole `flow:` text, e.g. `level` or `{heap} ← &{storage for level}`. */
  text: string;
  /** `spill`, `interface-converted`, `call parameter`, …; null for a `flow:` line. */
  reason: string | null;
  position: Position | null;
};

/** One thing the compiler said. */
export type Decision = {
  kind: DecisionKind;
  /** Import path, without the test-variant suffix. */
  package: string;
  position: Position;
  /** The function being compiled, e.g. `(*T).M` or `F.func1`; null where the compiler does not say. */
  function: string | null;
  /** What it was said of: `level`, `&T{...}`, the called or inlined function's name. */
  expression: string;
  /** Inline cost, for can-inline and too-complex cannot-inline. */
  cost: number | null;
  /**
   * For cannot-inline: why (`function too complex`, `unhandled op DEFER`, `marked go:noinline`, …). For leaking-param:
   * `content`, `to result ~r0 level=0`, or null for the parameter itself. For devirtualized: the concrete type. For
   * captured: `by value` or `by ref`.
   */
  reason: string | null;
  /** What `-m=2` says led to it; empty when it does not say. */
  flow: FlowStep[];
};

/** A line that a parser met and did not understand: a record, not an exception (as in golang.org/x/perf/benchfmt). */
export type SyntaxProblem = { line: number; text: string; message: string };

/** One result row of a benchmark run: name without GOMAXPROCS suffix, iterations, values by unit. */
export type BenchmarkRow = {
  name: string;
  procs: number;
  iterations: number;
  values: Record<string, number>;
};

/** A limit that ended a run of benchmarks. */
export type LimitReached = 'timed-out' | 'output-limit' | 'memory-limit' | 'process-limit' | 'disk-limit';

export const failureKinds = [
  'failed',
  'skipped',
  'panicked',
  'exited',
  'unreadable',
  /** Found once, and not again when it was asked for by its name. */
  'vanished',
  'timed-out',
  'output-limit',
  'memory-limit',
  'process-limit',
  'disk-limit',
] as const;

/** How a benchmark ended when it gave no (full) result. */
export type BenchmarkFailure = {
  name: string;
  kind: (typeof failureKinds)[number];
  /** The last lines of output that explain it. */
  detail: string;
};

/** The values of one unit over repeated runs of one benchmark on one side, in run order, all at `iterations`. */
export type Sample = { iterations: number; values: number[] };

/** A sample in brief: minimum, maximum, and the assumption (as golang.org/x/perf/benchmath has it). */
export type Summary = { min: number; max: number; assumption: 'exact' | 'noisy' };

/** Everything measured of one benchmark on one side: rounds at growing iteration counts, units by name. */
export type Measurement = {
  package: string;
  name: string;
  /** In the order measured; the last one decides. Each maps a unit (`allocs/op`, `B/op`, `ns/op`, custom) to its sample. */
  rounds: Record<string, Sample>[];
};

/** `below-threshold`: the sides differ for sure, by less than what counts as a regression or an improvement. */
export type Verdict =
  | 'regression'
  | 'improvement'
  | 'below-threshold'
  | 'unchanged'
  | 'noisy'
  | 'new'
  | 'removed'
  | 'benchmark-changed';

/** One frame of a stack: function as the profile names it, position in the repository or null outside it. */
export type Frame = {
  function: string;
  position: Position | null;
  /** The frame below it was inlined into this function, so that the compiler speaks of this line. */
  inlines: boolean;
};

/** Where the heap profile says a benchmark allocates: innermost frame in the repository. Values are per op. */
export type AllocationSite = {
  position: Position;
  /** Function name as the profile has it: `example.com/m/pkg.(*T).M`. */
  function: string;
  objects: number;
  bytes: number;
  /** Functions between the site and the allocator, outermost first (`fmt.Sprintf`, `fmt.newPrinter`); an empty list where the line itself allocates. */
  callees: string[][];
  /** The mean size of the objects that the line itself allocates, where what it calls allocates too. */
  ownObjectBytes?: number;
  /** What the line calls to allocate was inlined into it, so that the compiler speaks of this line or of one above. */
  inlines: boolean;
  /** The ways from the benchmark to the site, heaviest first; 16 at most. */
  stacks: CallerStack[];
  /** Whole stacks through the site, heaviest first; 64 at most. */
  paths?: AllocationPath[];
};

/** A whole stack: `callers` as in CallerStack, `callees` between site and allocator, outermost first. Values are per op. */
export type AllocationPath = CallerStack & { callees: string[] };

/** The frames above a site up to the benchmark, innermost first, and what they allocate there per op. */
export type CallerStack = { callers: Frame[]; objects: number; bytes: number };

/** How one site changed from base to head; `position` is head's (base's, mapped, for a site that is gone). */
export type SiteChange = {
  position: Position;
  function: string;
  objectsPerOp: { base: number; head: number };
  bytesPerOp: { base: number; head: number };
  /** As in AllocationSite, of the side that allocates more. */
  callees: string[][];
  /** As in AllocationSite, of head. */
  ownObjectBytes?: number;
  inlines: boolean;
  /** The frames above the site on the way that adds most, innermost first. */
  callers: Frame[];
};

type Change<T> = { base: T; head: T };

/**
 * One node of the tree of all stacks that allocate in one benchmark, base and head together. Values are per op and
 * include those of the nodes below it.
 */
export type AllocationNode = {
  /** Index in the list of the node that calls this one, which stands before it; null: a root. */
  parent: number | null;
  /** As the profile names it: `example.com/m/pkg.(*T).M`. */
  function: string;
  /** Only of an allocating line, which is a node of its own below the function that holds it. */
  line: AllocatingLine | null;
  objectsPerOp: Change<number>;
  bytesPerOp: Change<number>;
};

/** `isGone`: file and line are base's, because head's diff deleted or changed the line. */
export type AllocatingLine = { file: string; line: number; isGone: boolean };
export type Amount = { base: number | null; head: number | null; delta: number | null };

/** Facts behind a verdict; the sentences for them live in report/. */
export type DeltaReason =
  /** The two sides' ranges overlap although their minima differ. */
  | { kind: 'ranges-overlap' }
  /** The difference shrinks as N grows: set-up work outside the loop. */
  | { kind: 'fades-with-iterations' }
  /** Runs at different N contradict each other. */
  | { kind: 'does-not-settle' }
  /** The printed counts differ, the exact averages do not (2.99 and 3.00 print as 2 and 3). */
  | { kind: 'truncation'; exact: { base: number; head: number } }
  /** Both sides print the same count, the exact averages differ by an allocation (0 and 0.997 both print as 0). */
  | { kind: 'hidden-by-rounding'; exact: { base: number; head: number } }
  /** Heap profiles show less than half of the difference; `shown`: objects and bytes per op. */
  | { kind: 'unexplained'; shown: { objects: number; bytes: number } }
  /** The benchmark gave no result on one side. */
  | { kind: 'failed'; side: Side; failure: BenchmarkFailure }
  /** Its output held surplus or contradicting result lines. */
  | { kind: 'inconsistent-output'; side: Side }
  /** Benchmark code changed too: the code was measured under this side's benchmark. */
  | { kind: 'crosswise'; benchmarkOf: Side; benchmarkChangesNumbers: boolean }
  /** Under this side's benchmark both codes allocate alike: the difference is the benchmark's own. */
  | { kind: 'benchmark-edited'; benchmarkOf: Side }
  /** Benchmark code changed and neither cross builds or runs. */
  | { kind: 'not-comparable'; detail: string };

/** One benchmark, base against head. */
export type Delta = {
  package: string;
  name: string;
  verdict: Verdict;
  allocsPerOp: Amount;
  bytesPerOp: Amount;
  nsPerOp: Amount;
  samples: Change<Record<string, number[]>>;
  /** The `N` of the runs in `samples`; absent where nothing ran. */
  iterations?: Partial<Change<number>>;
  /** Why the verdict is what it is where the numbers alone do not say; null when they do. */
  reason: DeltaReason | null;
  /** Only for benchmarks that changed: profile sites that changed, largest increase first. */
  sites: SiteChange[];
  /** Only for benchmarks that were profiled: all that allocates, whether it changed or not; 300 nodes at most. */
  allocations?: AllocationNode[];
};

/** One escape decision that one side has and the other lacks. */
export type EscapeChange = {
  change: 'added' | 'removed';
  decision: Decision;
  /** `added`: head's line is in the diff. `removed`: base's line is. */
  onChangedLine: boolean;
  /** The same line stands on both sides and only the compiler's decision flipped. */
  flipped: boolean;
};

/**
 * The one list of the kinds of causes. A kind without an explanation (causes/attribution.ts) or a sentence
 * (report/words/finding.ts) does not compile; one without a fixture (fixtures/causes) fails attribution.test.ts.
 */
export const causeKinds = [
  /** A function is no longer inlined. */
  'inlining-lost',
  /** A callee now keeps its parameter. */
  'leaking-param',
  /** A call of an interface's method was made direct by the compiler, and is not any more. */
  'devirtualization-lost',
  /** A parameter, result or field changed from a concrete type (or a type parameter) to an interface. */
  'interface-introduced',
  /** A closure now captures or assigns to a variable. */
  'capture-added',
  /** A value passed the compiler's size limits for the stack. */
  'size-grown',
  /** A size that was a constant is not any more. */
  'size-variable',
  /** What a line appends to is not kept any more from use to use, or starts smaller. */
  'reuse-lost',
  /** go.mod brings another version of the module that allocates. */
  'dependency',
  /** go.mod's go line selects another version of the language. */
  'language-version',
  /** A caller reaches the same allocation more often. */
  'call-count',
  /** A step of the compiler's own data flow stands on a changed line. */
  'flow',
  /** A calling line changed. */
  'caller',
  /** The same function, or one that it calls, changed. */
  'function',
] as const;
export type CauseKind = (typeof causeKinds)[number];

/** Why an allocation is new: the changed line that led to it. */
export type Cause = {
  kind: CauseKind;
  file: string;
  line: number;
  /** The fact behind it, in the words of the compiler, of go.mod or of the changed line. */
  text: string;
  /** What lies between the changed line and the allocation, in that order. */
  via: readonly CauseStep[];
};

/** One step on the way from a changed line to the allocation that it led to. */
export type CauseStep = { file: string; line: number; text: string };

/** What lines became what, for one file that differs between base and head. Lines count from 1. */
export type FileChange = {
  /** null: added in head. */
  basePath: string | null;
  /** null: deleted in head. */
  headPath: string | null;
  binary: boolean;
  /** Unified hunks without context: `lines` 0 means that the side has nothing there. */
  hunks: { base: { start: number; lines: number }; head: { start: number; lines: number } }[];
};

/** The whole difference between base and head; files not listed are equal. */
export type TreeDiff = FileChange[];
