import { z } from 'zod';
import { causeKinds } from '../compare/cause.ts';
import {
  failureKinds,
  type AllocationNode,
  type BenchmarkFailure,
  type Decision,
  type Delta,
  type EscapeChange,
  type SiteChange,
  type TreeDiff,
} from '../compare/types.ts';
import type { Review, Warning } from '../report/model/review.ts';
import { timingSchema } from '../report/model/schema.ts';
import { type BrokenContract, evidenceKinds, type Finding } from '../rules/types.ts';
import { configWarnings } from './config-warning-schema.ts';
import { experiment, ownBenchmark, suggestion, tested } from './trial-schemas.ts';

/**
 * The file between two jobs of a workflow can come from a fork's workflow. Only what this schema describes is read, and
 * every string in it counts as foreign wherever it is shown.
 */
const text = z.string().max(100_000);
const texts = z.array(text).max(100_000);
const count = z.number().int().min(0);
const line = z.number().int().min(0).max(10_000_000);
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u);
const side = z.enum(['base', 'head']);
const change = z.strictObject({ base: z.number(), head: z.number() });
const amount = z.strictObject({
  base: z.number().nullable(),
  head: z.number().nullable(),
  delta: z.number().nullable(),
});
const position = z.strictObject({ file: text, line, column: line });

const decision = z.strictObject({
  kind: z.enum([
    'escapes-to-heap',
    'moved-to-heap',
    'leaking-param',
    'does-not-escape',
    'can-inline',
    'cannot-inline',
    'inlining-call',
    'devirtualized',
    'captured',
  ]),
  package: text,
  position,
  function: text.nullable(),
  expression: text,
  cost: z.number().nullable(),
  reason: text.nullable(),
  flow: z.array(z.strictObject({ text, reason: text.nullable(), position: position.nullable() })).max(1000),
}) satisfies z.ZodType<Decision>;

const escapeChange = z.strictObject({
  change: z.enum(['added', 'removed']),
  decision,
  onChangedLine: z.boolean(),
  flipped: z.boolean(),
}) satisfies z.ZodType<EscapeChange>;

const failure = z.strictObject({
  name: text,
  kind: z.enum(failureKinds),
  detail: text,
}) satisfies z.ZodType<BenchmarkFailure>;

const site = z.strictObject({
  position,
  function: text,
  objectsPerOp: change,
  bytesPerOp: change,
  callees: z.array(texts),
  ownObjectBytes: z.number().exactOptional(),
  inlines: z.boolean(),
  callers: z.array(z.strictObject({ function: text, position: position.nullable(), inlines: z.boolean() })),
}) satisfies z.ZodType<SiteChange>;

const reason = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ranges-overlap') }),
  z.strictObject({ kind: z.literal('fades-with-iterations') }),
  z.strictObject({ kind: z.literal('does-not-settle') }),
  z.strictObject({ kind: z.literal('truncation'), exact: change }),
  z.strictObject({ kind: z.literal('hidden-by-rounding'), exact: change }),
  z.strictObject({
    kind: z.literal('unexplained'),
    shown: z.strictObject({ objects: z.number(), bytes: z.number() }),
  }),
  z.strictObject({ kind: z.literal('failed'), side, failure }),
  z.strictObject({ kind: z.literal('inconsistent-output'), side }),
  z.strictObject({ kind: z.literal('crosswise'), benchmarkOf: side, benchmarkChangesNumbers: z.boolean() }),
  z.strictObject({ kind: z.literal('benchmark-edited'), benchmarkOf: side }),
  z.strictObject({ kind: z.literal('not-comparable'), detail: text }),
]);

const allocation = z.strictObject({
  parent: count.nullable(),
  function: text,
  line: z.strictObject({ file: text, line, isGone: z.boolean() }).nullable(),
  objectsPerOp: change,
  bytesPerOp: change,
}) satisfies z.ZodType<AllocationNode>;

const sample = z.record(text, z.array(z.number()).max(1000));

const delta = z.strictObject({
  package: text,
  name: text,
  verdict: z.enum([
    'regression',
    'improvement',
    'below-threshold',
    'unchanged',
    'noisy',
    'new',
    'removed',
    'benchmark-changed',
  ]),
  allocsPerOp: amount,
  bytesPerOp: amount,
  nsPerOp: amount,
  samples: z.strictObject({ base: sample, head: sample }),
  iterations: z.strictObject({ base: count.exactOptional(), head: count.exactOptional() }).exactOptional(),
  reason: reason.nullable(),
  sites: z.array(site).max(10_000),
  allocations: z.array(allocation).max(1000).exactOptional(),
}) satisfies z.ZodType<Delta>;

const contract = z.strictObject({
  kind: z.enum(['allocs', 'noescape']),
  subject: text,
  allocs: z.number().nullable(),
  allocsPerOp: amount.nullable(),
  declared: z.strictObject({ file: text, line, side }).nullable(),
}) satisfies z.ZodType<BrokenContract>;

const finding = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/u),
  ruleId: text,
  rule: z.string().regex(/^[a-z0-9-]{1,80}$/u),
  exercise: z.strictObject({
    id: text,
    title: text,
    document: text.exactOptional(),
    section: text,
    url: text.nullable(),
  }),
  evidence: z.enum(evidenceKinds),
  file: text,
  line,
  function: text,
  onChangedLine: z.boolean(),
  places: z.array(z.strictObject({ file: text, line, function: text })).max(10_000),
  benchmarks: z
    .array(
      z.strictObject({
        package: text,
        name: text,
        allocsPerOp: amount,
        bytesPerOp: amount,
        addedObjects: z.number(),
        addedBytes: z.number(),
      }),
    )
    .max(10_000),
  decision: decision.nullable(),
  allocator: text.nullable(),
  site: site.nullable(),
  cause: z
    .strictObject({
      kind: z.enum(causeKinds),
      file: text,
      line,
      text,
      via: z.array(z.strictObject({ file: text, line, text })).max(1000),
    })
    .nullable(),
  advice: text,
  alternatives: texts,
  contract: contract.exactOptional(),
  experiment: experiment.exactOptional(),
  suggestion: suggestion.exactOptional(),
  ownBenchmark: ownBenchmark.exactOptional(),
  tested: tested.exactOptional(),
  failure: z.strictObject({ kind: z.enum(failureKinds), detail: text }).exactOptional(),
  others: z
    .array(z.strictObject({ id: text, rule: text, title: text }))
    .max(1000)
    .exactOptional(),
}) satisfies z.ZodType<Finding>;

const warning = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('base-does-not-compile'), lines: texts }),
  z.strictObject({ kind: z.literal('package-does-not-compile'), side, package: text, lines: texts }),
  z.strictObject({ kind: z.literal('benchmark'), side, package: text, failure }),
  z.strictObject({ kind: z.literal('package-run'), side, package: text, detail: text }),
  z.strictObject({ kind: z.literal('nothing-to-compare') }),
  z.strictObject({ kind: z.literal('nothing-affected') }),
  z.strictObject({
    kind: z.literal('left-out'),
    side,
    reason: z.enum(['link-outside', 'submodule', 'unsafe-path', 'unwritable-path', 'unreadable-name']),
    paths: texts,
  }),
  z.strictObject({ kind: z.literal('no-benchmarks'), patterns: texts }),
  z.strictObject({ kind: z.literal('no-match'), run: text }),
  z.strictObject({ kind: z.literal('not-reached'), run: text }),
  z.strictObject({ kind: z.literal('no-package'), patterns: texts }),
  z.strictObject({ kind: z.literal('uncommitted'), files: count }),
  z.strictObject({ kind: z.literal('architecture'), goarch: text }),
  z.strictObject({ kind: z.literal('fetch'), side, module: text, lines: texts }),
  z.strictObject({
    kind: z.literal('limit'),
    limit: z.enum(['measureSeconds', 'benchmarks', 'budget', 'stopped']),
    value: z.number(),
    packages: texts,
    benchmarks: texts.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('unattributed'), package: text, name: text }),
  z.strictObject({ kind: z.literal('unread-diagnostics'), side, lines: count, first: text }),
  z.strictObject({ kind: z.literal('contract-broken-before'), contract, now: text }),
  z.strictObject({
    kind: z.literal('tests-left-out'),
    package: text,
    tests: texts,
    reason: z.enum(['failed', 'slow', 'not-repeatable', 'compile', 'budget']),
  }),
  z.strictObject({
    kind: z.literal('bad-directive'),
    file: text,
    line,
    text,
    problem: z.enum(['unknown', 'not-a-count', 'not-above-benchmark', 'nothing-below', 'in-test']),
  }),
  ...configWarnings,
  z.strictObject({ kind: z.literal('module-missing'), module: text }),
  z.strictObject({ kind: z.literal('module-skipped'), module: text, dir: text }),
  z.strictObject({ kind: z.literal('packages-left-out'), packages: texts }),
]) satisfies z.ZodType<Warning>;

const hunkSide = z.strictObject({ start: line, lines: line });

const diff = z.array(
  z.strictObject({
    basePath: text.nullable(),
    headPath: text.nullable(),
    binary: z.boolean(),
    hunks: z.array(z.strictObject({ base: hunkSide, head: hunkSide })).max(100_000),
  }),
) satisfies z.ZodType<TreeDiff>;

const benchmarkName = z.strictObject({ package: text, name: text });

const excerptSide = z.strictObject({
  path: text.nullable(),
  start: line,
  lines: texts,
  decisions: z.array(z.strictObject({ line, text })).max(100_000),
});

/** The complete result of a review, in the form that the measuring job writes. */
export const handedReviewSchema = z.strictObject({
  base: z.strictObject({ sha }),
  head: z.strictObject({ sha: sha.nullable() }),
  toolchain: z.strictObject({ go: text, goos: text, goarch: text }),
  sandbox: z.object({
    tier: z.enum(['gvisor', 'bubblewrap', 'none']),
    accounting: z.enum(['cgroup-v2', 'cgroup-v1', 'rlimits']),
  }),
  deltas: z.array(delta).max(20_000),
  escapes: z.array(escapeChange).max(100_000),
  findings: z.array(finding).max(10_000),
  buildErrors: texts,
  skipped: z.strictObject({ unchangedTestBinaries: count, packages: texts }),
  reach: z
    .strictObject({
      functions: z
        .array(
          z.strictObject({
            package: text,
            name: text,
            file: text,
            line,
            change: z.enum(['added', 'source', 'decisions']),
            isRun: z.boolean().nullable(),
            benchmarks: z.array(benchmarkName).max(20_000),
            unrunLines: z.array(line).max(100_000).nullable(),
          }),
        )
        .max(100_000),
      unreached: z.array(benchmarkName).max(20_000),
    })
    .exactOptional(),
  warnings: z.array(warning).max(10_000),
  diff,
  sources: z
    .array(z.strictObject({ base: excerptSide, head: excerptSide }))
    .max(10_000)
    .exactOptional(),
  timing: timingSchema,
}) satisfies z.ZodType<Review>;

/** A type with all keys required, down to the keys of nested values. */
type Keys<T> = T extends readonly (infer Item)[]
  ? Keys<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]-?: Keys<NonNullable<T[Key]>> }
    : T extends string
      ? T
      : 0;
type Parsed = Keys<z.infer<typeof handedReviewSchema>>;

/** Does not compile if a review has a key, even an optional one, that the schema would refuse. */
true satisfies [Keys<Review>, Parsed] extends [Parsed, Keys<Review>] ? true : false;
