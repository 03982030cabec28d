import { z } from 'zod';
import { causeKinds } from '../../compare/cause.ts';
import { failureKinds, verdicts } from '../../compare/types.ts';
import { evidenceKinds } from '../../rules/types.ts';
import { unmeasuredKinds } from './unmeasured.ts';
import { toJson } from './escape.ts';
import { lineNumber as line, triedOfFinding, wholeNumber as count } from './tried-schema.ts';

const change = z.strictObject({ base: z.number(), head: z.number() });

/** null: not measured on that side; `delta` is null unless both are known. */
const amount = z.strictObject({
  base: z.number().nullable(),
  head: z.number().nullable(),
  delta: z.number().nullable(),
});

const sample = z.record(z.string(), z.array(z.number()));

const allocationNode = z.strictObject({
  parent: count.nullable(),
  /** As the profile names it: `example.com/m/pkg.(*T).M`. */
  function: z.string(),
  /** Set for an allocating line, which is a node below its function. `isGone`: only base has the line. */
  line: z.strictObject({ file: z.string(), line, isGone: z.boolean() }).nullable(),
  objectsPerOp: change,
  bytesPerOp: change,
});

const excerptSide = z.strictObject({
  /** null: the file does not exist on this side. */
  path: z.string().nullable(),
  /** The number of the first of `lines`. */
  start: count,
  /** Lines are cut at 300 characters. */
  lines: z.array(z.string()),
  /** What the compiler decided on these lines, in the words of `go build -gcflags=-m`. */
  decisions: z.array(z.strictObject({ line, text: z.string() })),
});

const benchmark = z.strictObject({
  package: z.string(),
  /** Without package and GOMAXPROCS suffix: `BenchmarkX/small`. */
  name: z.string(),
  verdict: z.enum(verdicts),
  /** A sentence if the numbers alone do not explain the verdict. */
  reason: z.string().nullable(),
  allocsPerOp: amount,
  bytesPerOp: amount,
  nsPerOp: amount,
  /** Values by unit, in the order measured. */
  samples: z.strictObject({ base: sample, head: sample }),
  /** The lines whose allocations changed in the heap profile, largest increase first; only for changed benchmarks. */
  sites: z.array(
    z.strictObject({
      file: z.string(),
      line,
      function: z.string(),
      objectsPerOp: change,
      bytesPerOp: change,
    }),
  ),
  /**
   * The tree of all stacks that allocate in a benchmark that was profiled, base and head together, for a differential
   * flame graph. A node comes after its parent (an index in this list; null: a root). Values are per op and include
   * those of the nodes below. There are at most 300 nodes; those with the smallest values and changes are left out.
   */
  allocations: z.array(allocationNode).optional(),
});

const cause = z.strictObject({
  kind: z.enum(causeKinds),
  file: z.string(),
  line,
  text: z.string(),
  /** The steps from the changed line to the allocation. */
  via: z.array(z.strictObject({ file: z.string(), line, text: z.string() })).readonly(),
});

const escape = z.strictObject({
  change: z.enum(['added', 'removed']),
  kind: z.enum(['escapes-to-heap', 'moved-to-heap']),
  package: z.string(),
  /** Path at head for `added`, at base for `removed`. */
  file: z.string(),
  line,
  /** 0: the compiler reports no column. */
  column: count,
  function: z.string().nullable(),
  expression: z.string(),
  onChangedLine: z.boolean(),
  /** The compiler's steps to the decision: `level (interface-converted) at pkg/x.go:42`. */
  flow: z.array(z.string()),
  cause: cause.nullable(),
});

const finding = z.strictObject({
  /** The fingerprint, which is the same after re-runs and when lines move. */
  id: z.string(),
  /** The rule's name: `sprintf-in-hot-path`. */
  rule: z.string(),
  exercise: z.strictObject({
    id: z.string(),
    title: z.string(),
    /** Title of the document that the exercise comes from. */
    document: z.string().optional(),
    section: z.string(),
    /** The address of the document; null: it is not public. */
    url: z.string().nullable(),
  }),
  evidence: z.enum(evidenceKinds),
  gates: z.boolean(),
  file: z.string(),
  line,
  function: z.string(),
  onChangedLine: z.boolean(),
  /** Every line of the same rule and cause, the finding's own first. */
  places: z.array(z.strictObject({ file: z.string(), line, function: z.string() })),
  /** `package.BenchmarkX/sub`, largest addition first; empty for `possible`. */
  benchmarks: z.array(z.string()),
  /** The cost of the finding's line in each of `benchmarks`, in the same order, with the benchmark's totals. */
  costs: z.array(
    z.strictObject({
      package: z.string(),
      name: z.string(),
      addedAllocsPerOp: z.number(),
      addedBytesPerOp: z.number(),
      allocsPerOp: amount,
      bytesPerOp: amount,
    }),
  ),
  /** The finding in sentences: cost, place and reason, what to do, the exercise. */
  message: z.string(),
  /** The compiler's decision as it prints it; null if there is none for the line. */
  compiler: z.string().nullable(),
  flow: z.array(z.string()),
  /** The function of package runtime that allocates for the line, such as `growslice`; null: not known. */
  allocator: z.string().nullable(),
  /** Functions called on the line that allocate for it, as the profile names them; empty when the line itself does. */
  calls: z.array(z.string()),
  cause: cause.nullable(),
  /** Set if base's benchmark itself allocates, because of the finding's line: the code of its line, which head lacks. */
  benchmarkCode: z.string().optional(),
  /** Set if the finding breaks a contract that base kept. */
  contract: z
    .strictObject({
      /** `allocs`: a limit for a benchmark. `noescape`: nothing moves to the heap. */
      kind: z.enum(['allocs', 'noescape']),
      /** `package.BenchmarkX/sub`, a function as `T.M`, or `file:line`. */
      subject: z.string(),
      /** The limit in allocs/op, and what was measured; null for `noescape`. */
      allocs: count.nullable(),
      allocsPerOp: amount.nullable(),
      /** The comment that makes the contract; null: the configuration does. */
      declared: z.strictObject({ file: z.string(), line, side: z.enum(['base', 'head']) }).nullable(),
    })
    .optional(),
  /** Set if the evidence is `broken`: how the benchmarks end at head, and their last lines. */
  failure: z.strictObject({ kind: z.enum(failureKinds), detail: z.string() }).optional(),
  ...triedOfFinding,
  advice: z.string(),
  /** Rules that fit the place as well, or are related to the one that fits best. */
  alternatives: z.array(z.string()),
  /** Those of `alternatives` that the configuration enables, with their names. */
  otherRules: z.array(z.strictObject({ id: z.string(), rule: z.string(), title: z.string() })).optional(),
});

const changedFunction = z.strictObject({
  package: z.string(),
  /** As the compiler names it: `F`, `(*T).M`. */
  name: z.string(),
  file: z.string(),
  /** The line on which it begins. */
  line,
  /** `decisions`: the source is the same, but the compiler decides differently about it. */
  change: z.enum(['added', 'source', 'decisions']),
  /** Whether a benchmark runs it in the iterations that it measures; null: not known. */
  isRun: z.boolean().nullable(),
  /** Set if benchmarks run it in their set-up only, which is not measured. `isRun` is false then. */
  isSetUp: z.literal(true).optional(),
  /** `package.BenchmarkX/sub` of benchmarks that are known to run it; there may be others. */
  benchmarks: z.array(z.string()),
  /**
   * The changed lines that may allocate and that no benchmark runs, if one runs the function; absent if that is not
   * known.
   */
  linesNotRun: z.array(line).optional(),
});

/** Something that the change can reach and that was not compared on both sides. */
const unmeasured = z.strictObject({
  kind: z.enum(unmeasuredKinds),
  /**
   * null: the entry is about several packages, or several benchmarks. For `unreached`, `set-up` and `unreached-lines`, `name`
   * is that of a function.
   */
  package: z.string().nullable(),
  name: z.string().nullable(),
  /** How the benchmark ended. */
  failure: z.enum(failureKinds).nullable(),
  /** Set if sub-benchmarks of it were measured, but not all: how many were. */
  subBenchmarksMeasured: count.optional(),
});

/** How long a review took, in milliseconds. */
export const timingSchema = z.strictObject({
  totalMs: z.number(),
  /** While the go tool or a benchmark ran. */
  goMs: z.number(),
  ownMs: z.number(),
  /** The parts of `ownMs` for matching rules and for finding causes, each with parsing the files that it needs. */
  matchMs: z.number(),
  causeMs: z.number(),
  /** What each stage took until the next one began; `totalMs` is their sum. */
  stages: z.strictObject({
    source: z.number(),
    fetch: z.number(),
    plan: z.number(),
    compile: z.number(),
    link: z.number(),
    discover: z.number(),
    run: z.number(),
    profile: z.number(),
    match: z.number(),
  }),
});

/**
 * The output of `--format json`, which is a public contract. Files are paths in the repository at head, lists are
 * sorted.
 */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(2),
  verdict: z.enum(['pass', 'fail', 'neutral', 'error']),
  base: z.strictObject({ sha: z.string() }),
  /** null: the work tree, with its uncommitted changes. */
  head: z.strictObject({ sha: z.string().nullable() }),
  toolchain: z.strictObject({ go: z.string(), goos: z.string(), goarch: z.string() }),
  /** The sandbox in which the programs of the repository ran, and the accounting of memory and processes. */
  sandbox: z.strictObject({
    tier: z.enum(['gvisor', 'bubblewrap', 'none']),
    accounting: z.enum(['cgroup-v2', 'cgroup-v1', 'rlimits']),
  }),
  benchmarks: z.array(benchmark),
  escapes: z.array(escape),
  findings: z.array(finding),
  /** Parts of files around the lines of findings and their causes, on both sides; some thousand lines at most. */
  sources: z.array(z.strictObject({ base: excerptSide, head: excerptSide })).optional(),
  /** If it is empty, every benchmark that the change can reach was compared. */
  unmeasured: z.array(unmeasured),
  /** The compiler's own lines when head does not build. */
  buildErrors: z.array(z.string()),
  skipped: z.strictObject({
    unchangedTestBinaries: count,
    packages: z.array(z.string()),
    /** Benchmarks that were not measured, because on both sides they run nothing that changed. */
    benchmarks: z.array(z.string()).optional(),
  }),
  /**
   * The functions of head whose source or compiler decisions differ from base, and which benchmarks run them. Those
   * without statements are left out.
   */
  changedFunctions: z.array(changedFunction).optional(),
  warnings: z.array(z.string()),
  /** Milliseconds. */
  timing: timingSchema,
});

export type Report = z.infer<typeof reportSchema>;
export type ReportBenchmark = Report['benchmarks'][number];
export type ReportFinding = Report['findings'][number];

/** The JSON Schema (draft 2020-12) of a report. */
export function reportJsonSchema() {
  return { title: 'allocgate report', ...z.toJSONSchema(reportSchema, { target: 'draft-2020-12' }) };
}

/** A report as the text of a JSON file. */
export function renderJson(report: Report): string {
  return toJson(report);
}
