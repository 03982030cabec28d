import { z } from 'zod';
import type { Experiment, OwnBenchmark, QuietTests, Suggestion, TestedCost } from '../rules/types.ts';
import { natural, line, side, text, texts } from './schema-values.ts';

/* The schemas of experiments' results, which are parts of a finding; see review-schema.ts. */

export const tested = z.strictObject({
  function: text,
  test: text,
  calls: natural,
  line: line.exactOptional(),
  objects: z.number(),
  bytes: z.number(),
  here: z.strictObject({ objects: z.number(), bytes: z.number() }).exactOptional(),
}) satisfies z.ZodType<TestedCost>;

export const quietTests = z.strictObject({
  tests: natural,
  runs: natural,
}) satisfies z.ZodType<QuietTests>;

export const suggestion = z.strictObject({
  remedy: text,
  file: text,
  first: line,
  last: line,
  replacement: texts,
  patch: text,
  benchmark: text,
  unit: z.enum(['allocs/op', 'B/op']),
  before: z.number(),
  after: z.number(),
  tests: natural,
}) satisfies z.ZodType<Suggestion>;

const perOp = z.strictObject({ allocs: z.number(), bytes: z.number() });

export const ownBenchmark = z.union([
  z.strictObject({
    function: text,
    name: text,
    code: text,
    from: text.nullable(),
    base: perOp,
    head: perOp,
  }),
  z.strictObject({
    function: text,
    problem: z.union([
      z.strictObject({
        kind: z.literal('unwritable'),
        what: z.enum(['parameter', 'receiver', 'type-parameter']),
        name: text,
        type: text,
      }),
      z.strictObject({ kind: z.enum(['compile', 'run']), side }),
    ]),
  }),
]) satisfies z.ZodType<OwnBenchmark>;

export const experiment = z.strictObject({
  outcome: z.enum(['proved', 'partly', 'refuted', 'undecided']),
  benchmark: text,
  unit: z.enum(['allocs/op', 'B/op']),
  head: z.number(),
  added: z.number(),
  trials: z
    .array(
      z.strictObject({
        lines: z
          .array(z.strictObject({ file: text, first: line, last: line, deleted: z.boolean() }))
          .max(10_000),
        outcome: z.enum(['gone', 'less', 'same', 'broken']),
        value: z.number().nullable(),
      }),
    )
    .max(1000),
  seconds: z.number(),
}) satisfies z.ZodType<Experiment>;
