import { z } from 'zod';

const text = z.string().max(100_000);

/** The warnings about a config, in the file that one job of a workflow writes for the next. */
export const configWarnings = [
  z.strictObject({ kind: z.literal('head-config'), problem: text }),
  z.strictObject({ kind: z.literal('config-name'), found: text }),
  z.strictObject({
    kind: z.literal('unmatched-glob'),
    key: z.enum(['thresholds.overrides', 'contracts']),
    glob: text,
  }),
  z.strictObject({ kind: z.literal('no-rules') }),
] as const;
