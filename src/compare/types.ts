import type { Cause } from './cause.ts';

/** The plain data that the engine reads from the Go toolchain and that every later step works on. */

/** A place in a source file: path in the repository with `/`, line and column from 1 (column 0 if unknown). */
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

/** One step of the data flow that made a value escape, as the compiler prints it. */
export type FlowStep = {
  /** The expression or the whole `flow:` text, e.g. `level` or `{heap} ← &{storage for level}`. */
  text: string;
  /** `spill`, `interface-converted`, `call parameter`, …; null for a `flow:` line. */
  reason: string | null;
  position: Position | null;
};

/** One decision that the compiler reported. */
export type Decision = {
  kind: DecisionKind;
  /** Import path, without the test-variant suffix. */
  package: string;
  position: Position;
  /** The function being compiled, e.g. `(*T).M` or `F.func1`; null if the compiler does not print it. */
  function: string | null;
  /** The subject of the decision: `level`, `&T{...}`, the called or inlined function's name. */
  expression: string;
  /** Inline cost, for can-inline and too-complex cannot-inline. */
  cost: number | null;
  /**
   * For cannot-inline: why (`function too complex`, `unhandled op DEFER`, `marked go:noinline`, …). For leaking-param:
   * `content`, `to result ~r0 level=0`, or null for the parameter itself. For devirtualized: the concrete type. For
   * captured: `by value` or `by ref`.
   */
  reason: string | null;
  /** The flow that `-m=2` prints for it; may be empty. */
  flow: FlowStep[];
};

/** A line that a parser could not read: a record, not an exception (as in golang.org/x/perf/benchfmt). */
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
  /** The benchmark was found, but a later run by its name gave no result. */
  'vanished',
  /** Its shortest run takes longer than any that is measured. */
  'too-slow',
  /** It did not run, because too many benchmarks before it had ended the process. */
  'not-run',
  'timed-out',
  'output-limit',
  'memory-limit',
  'process-limit',
  'disk-limit',
] as const;

/** How a benchmark without a complete result ended. */
export type BenchmarkFailure = {
  name: string;
  kind: (typeof failureKinds)[number];
  /** The last lines of output that explain the failure. */
  detail: string;
};

/** The values of one unit over repeated runs of one benchmark on one side, in run order, all at `iterations`. */
export type Sample = { iterations: number; values: number[] };

/** A summary of a sample: minimum, maximum, and the assumption (as in golang.org/x/perf/benchmath). */
export type Summary = { min: number; max: number; assumption: 'exact' | 'noisy' };

/** All measurements of one benchmark on one side: rounds at growing iteration counts, units by name. */
export type Measurement = {
  package: string;
  name: string;
  /**
   * In the order of measurement; the last round decides. Each maps a unit (`allocs/op`, `B/op`, `ns/op`, custom) to its
   * sample.
   */
  rounds: Record<string, Sample>[];
};

/** `below-threshold`: the sides certainly differ, but by less than a regression or an improvement requires. */
export const verdicts = [
  'regression',
  'improvement',
  'below-threshold',
  'unchanged',
  'noisy',
  'new',
  'removed',
  'benchmark-changed',
] as const;
export type Verdict = (typeof verdicts)[number];

/** One frame of a stack: function as the profile names it, position in the repository or null outside it. */
export type Frame = {
  function: string;
  position: Position | null;
  /** Whether the frame below was inlined into this function: then the compiler's decisions are about this line. */
  inlines: boolean;
};

/**
 * A place where a benchmark allocates according to the heap profile: the innermost frame in the repository. Values are
 * per op.
 */
export type AllocationSite = {
  position: Position;
  /** Function name as the profile has it: `example.com/m/pkg.(*T).M`. */
  function: string;
  objects: number;
  bytes: number;
  /**
   * Functions between the site and the allocator, outermost first (`fmt.Sprintf`, `fmt.newPrinter`); an empty list if
   * the line itself allocates.
   */
  callees: string[][];
  /** The mean size of the objects that the line itself allocates, if functions that it calls allocate as well. */
  ownObjectBytes?: number;
  /**
   * Whether the allocating call was inlined into the line: then the compiler's decisions are about this line or one
   * above.
   */
  inlines: boolean;
  /** The callers from the benchmark to the site, heaviest first; 16 at most. */
  stacks: CallerStack[];
  /** Whole stacks through the site, heaviest first; 64 at most. */
  paths?: AllocationPath[];
  /** The objects by their callees and size, heaviest first; without those too rare to count alone. */
  parts?: AllocationPart[];
};

/** Objects of one size with the same callees (see AllocationSite); per op. */
export type AllocationPart = { callees: string[][]; objects: number; bytes: number };

/**
 * A complete stack: `callers` as in CallerStack, `callees` between site and allocator, outermost first. Values are per
 * op.
 */
export type AllocationPath = CallerStack & { callees: string[] };

/** The frames above a site up to the benchmark, innermost first, and the allocations there per op. */
export type CallerStack = { callers: Frame[]; objects: number; bytes: number };

/**
 * How one site changed from base to head. `position` is at head; for a site that is gone, it is base's position mapped
 * to head.
 */
export type SiteChange = {
  position: Position;
  function: string;
  objectsPerOp: { base: number; head: number };
  bytesPerOp: { base: number; head: number };
  /** As in AllocationSite, from the side that allocates more. */
  callees: string[][];
  /** As in AllocationSite, at head. */
  ownObjectBytes?: number;
  inlines: boolean;
  /** The frames above the site on the stack that adds most, innermost first. */
  callers: Frame[];
};

/**
 * A site to find rules for. `known`: what is known of an allocation of a benchmark itself on a line that head does not have.
 * The position is then that of the changed line that led to it.
 */
export type PlacedSite = SiteChange & { known?: { decision: Decision; cause: Cause; code: string } };

/**
 * A line of base's benchmark on which head's code allocates more, and which head does not have, as the cross has it, with its
 * code, and what the compiler said of it there. `package`, `name`: the benchmark. `inlined`: the functions that the compiler
 * inlined where the value flows, as it names them.
 */
export type TestSite = {
  package: string;
  name: string;
  site: SiteChange;
  code: string;
  decision: Decision | null;
  inlined: string[];
};

type Change<T> = { base: T; head: T };

/**
 * One node of the tree of all stacks that allocate in one benchmark, base and head together. Values are per op and
 * include those of the nodes below.
 */
export type AllocationNode = {
  /** The index of the calling node, which comes earlier in the list; null: a root. */
  parent: number | null;
  /** The name in the profile: `example.com/m/pkg.(*T).M`. */
  function: string;
  /** Set only for an allocating line, which is a separate node below its function. */
  line: AllocatingLine | null;
  objectsPerOp: Change<number>;
  bytesPerOp: Change<number>;
};

/** `isGone`: file and line are base's, because head's diff deleted or changed the line. */
export type AllocatingLine = { file: string; line: number; isGone: boolean };
export type Amount = { base: number | null; head: number | null; delta: number | null };

/** The facts behind a verdict. Their sentences are in report/. */
export type DeltaReason =
  /** The two sides' ranges overlap although their minima differ, or most runs of head are worse (`isMostlyWorse`). */
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
  /** Its output contains surplus or contradicting result lines. */
  | { kind: 'inconsistent-output'; side: Side }
  /** The benchmark prints values of its own instead of Go's counts of allocations. */
  | { kind: 'replaced-counts' }
  /** Benchmark code changed too: the code was measured under this side's benchmark. */
  | { kind: 'crosswise'; benchmarkOf: Side; benchmarkChangesNumbers: boolean }
  /**
   * Under this side's benchmark, both versions of the code allocate the same: the difference comes from the benchmark.
   */
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
  /** The `N` of the runs in `samples`; absent if nothing ran. */
  iterations?: Partial<Change<number>>;
  /** The reason for the verdict; null if the numbers alone explain it. */
  reason: DeltaReason | null;
  /** Only for benchmarks that changed: profile sites that changed, largest increase first. */
  sites: SiteChange[];
  /** Only for benchmarks that were profiled: everything that allocates, changed or not; 300 nodes at most. */
  allocations?: AllocationNode[];
};

/** One escape decision that only one side has. */
export type EscapeChange = {
  change: 'added' | 'removed';
  decision: Decision;
  /** For `added`: whether head's line is in the diff. For `removed`: whether base's line is. */
  onChangedLine: boolean;
  /** Whether both sides have the same line, and only the compiler's decision changed. */
  flipped: boolean;
};

/** The changed lines of one file that differs between base and head. Lines count from 1. */
export type FileChange = {
  /** null: added in head. */
  basePath: string | null;
  /** null: deleted in head. */
  headPath: string | null;
  binary: boolean;
  /** Unified hunks without context. If `lines` is 0, the side has no lines in the hunk. */
  hunks: { base: { start: number; lines: number }; head: { start: number; lines: number } }[];
};

/** The complete difference between base and head. Files that are not listed are equal. */
export type TreeDiff = FileChange[];
