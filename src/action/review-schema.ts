import { z } from 'zod';
import { causeKinds } from '../compare/cause.ts';
import { failureKinds, type TreeDiff } from '../compare/types.ts';
import type { Review } from '../report/model/review.ts';
import { timingSchema } from '../report/model/schema.ts';
import { evidenceKinds, type Finding } from '../rules/types.ts';
import { decision, delta, escapeChange, site } from './delta-schema.ts';
import { amount, natural, line, text, texts } from './schema-values.ts';
import { experiment, ownBenchmark, quietTests, suggestion, tested } from './trial-schemas.ts';
import { contract, warning } from './warning-schema.ts';

const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u);

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
  benchmarkCode: text.exactOptional(),
  advice: text,
  alternatives: texts,
  contract: contract.exactOptional(),
  experiment: experiment.exactOptional(),
  suggestion: suggestion.exactOptional(),
  ownBenchmark: ownBenchmark.exactOptional(),
  tested: tested.exactOptional(),
  quietTests: quietTests.exactOptional(),
  failure: z.strictObject({ kind: z.enum(failureKinds), detail: text }).exactOptional(),
  others: z
    .array(z.strictObject({ id: text, rule: text, title: text }))
    .max(1000)
    .exactOptional(),
}) satisfies z.ZodType<Finding>;

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
  skipped: z.strictObject({ unchangedTestBinaries: natural, packages: texts }),
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
            isSetUp: z.boolean().exactOptional(),
            benchmarks: z.array(benchmarkName).max(20_000),
            unrunLines: z.array(line).max(100_000).nullable(),
            spacedLines: z.array(line).max(100_000).exactOptional(),
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
