import { z } from 'zod';
import {
  type AllocationNode,
  type Decision,
  type Delta,
  type EscapeChange,
  type SiteChange,
  verdicts,
} from '../compare/types.ts';
import { amount, change, natural, failure, line, position, side, text, texts } from './schema-values.ts';

/* The schemas of measurements and of the compiler's decisions; see review-schema.ts. */

export const decision = z.strictObject({
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

export const escapeChange = z.strictObject({
  change: z.enum(['added', 'removed']),
  decision,
  onChangedLine: z.boolean(),
  flipped: z.boolean(),
}) satisfies z.ZodType<EscapeChange>;

export const site = z.strictObject({
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
  z.strictObject({ kind: z.literal('replaced-counts') }),
  z.strictObject({ kind: z.literal('crosswise'), benchmarkOf: side, benchmarkChangesNumbers: z.boolean() }),
  z.strictObject({ kind: z.literal('benchmark-edited'), benchmarkOf: side }),
  z.strictObject({ kind: z.literal('not-comparable'), detail: text }),
]);

const allocation = z.strictObject({
  parent: natural.nullable(),
  function: text,
  line: z.strictObject({ file: text, line, isGone: z.boolean() }).nullable(),
  objectsPerOp: change,
  bytesPerOp: change,
}) satisfies z.ZodType<AllocationNode>;

const sample = z.record(text, z.array(z.number()).max(1000));

export const delta = z.strictObject({
  package: text,
  name: text,
  verdict: z.enum(verdicts),
  allocsPerOp: amount,
  bytesPerOp: amount,
  nsPerOp: amount,
  samples: z.strictObject({ base: sample, head: sample }),
  iterations: z
    .strictObject({ base: natural.exactOptional(), head: natural.exactOptional() })
    .exactOptional(),
  reason: reason.nullable(),
  sites: z.array(site).max(10_000),
  allocations: z.array(allocation).max(1000).exactOptional(),
}) satisfies z.ZodType<Delta>;
