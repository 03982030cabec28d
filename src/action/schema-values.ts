import { z } from 'zod';
import { failureKinds, type BenchmarkFailure } from '../compare/types.ts';

/**
 * The values that the schemas of this folder are made of. The file between two jobs of a workflow can come from a fork's
 * workflow: only what the schemas describe is read, and every string in it counts as foreign wherever it is shown.
 */
export const text = z.string().max(100_000);
export const texts = z.array(text).max(100_000);
/** A whole number of 0 or more. */
export const natural = z.number().int().min(0);
export const line = z.number().int().min(0).max(10_000_000);
export const side = z.enum(['base', 'head']);
export const change = z.strictObject({ base: z.number(), head: z.number() });
export const amount = z.strictObject({
  base: z.number().nullable(),
  head: z.number().nullable(),
  delta: z.number().nullable(),
});
export const position = z.strictObject({ file: text, line, column: line });

export const failure = z.strictObject({
  name: text,
  kind: z.enum(failureKinds),
  detail: text,
}) satisfies z.ZodType<BenchmarkFailure>;
