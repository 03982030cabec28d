import { z } from 'zod';
import { failureKinds, type BenchmarkFailure } from '../compare/types.ts';

/*
 * The schemas of simple values, from which the other schemas of this folder are made. The file that they describe goes
 * from the measuring job to the gate job and can come from a fork's workflow. So everything has a limit, and every string
 * counts as foreign wherever it is shown.
 */

export const text = z.string().max(100_000);
export const texts = z.array(text).max(100_000);
/** An integer of 0 or more. */
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
