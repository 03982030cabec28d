import { z } from 'zod';
import type { Warning } from '../report/model/review.ts';
import type { BrokenContract } from '../rules/types.ts';
import { amount, natural, failure, line, side, text, texts } from './schema-values.ts';

/* The schemas of a review's warnings; see review-schema.ts. */

export const contract = z.strictObject({
  kind: z.enum(['allocs', 'noescape']),
  subject: text,
  allocs: z.number().nullable(),
  allocsPerOp: amount.nullable(),
  declared: z.strictObject({ file: text, line, side }).nullable(),
}) satisfies z.ZodType<BrokenContract>;

export const warning = z.discriminatedUnion('kind', [
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
  z.strictObject({ kind: z.literal('not-built'), files: texts }),
  z.strictObject({ kind: z.literal('no-benchmarks'), patterns: texts }),
  z.strictObject({ kind: z.literal('no-match'), run: text }),
  z.strictObject({ kind: z.literal('not-reached'), run: text }),
  z.strictObject({ kind: z.literal('no-package'), patterns: texts }),
  z.strictObject({ kind: z.literal('uncommitted'), files: natural }),
  z.strictObject({ kind: z.literal('architecture'), goarch: text }),
  z.strictObject({ kind: z.literal('fetch'), side, module: text, lines: texts }),
  z.strictObject({
    kind: z.literal('limit'),
    limit: z.enum(['measureSeconds', 'benchmarks', 'budget', 'stopped']),
    value: z.number(),
    packages: texts,
    benchmarks: texts.exactOptional(),
    partly: z
      .array(z.strictObject({ name: text, subBenchmarks: natural }))
      .max(20_000)
      .exactOptional(),
  }),
  z.strictObject({ kind: z.literal('unattributed'), package: text, name: text }),
  z.strictObject({ kind: z.literal('unread-diagnostics'), side, lines: natural, first: text }),
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
  z.strictObject({ kind: z.literal('head-config'), problem: text }),
  z.strictObject({ kind: z.literal('config-name'), found: text }),
  z.strictObject({
    kind: z.literal('unmatched-glob'),
    key: z.enum(['thresholds.overrides', 'contracts']),
    glob: text,
  }),
  z.strictObject({ kind: z.literal('no-rules') }),
  z.strictObject({ kind: z.literal('module-missing'), module: text }),
  z.strictObject({ kind: z.literal('module-skipped'), module: text, dir: text }),
  z.strictObject({ kind: z.literal('module-removed'), module: text, dir: text }),
  z.strictObject({ kind: z.literal('packages-left-out'), packages: texts }),
]) satisfies z.ZodType<Warning>;
