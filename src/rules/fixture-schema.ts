import { z } from 'zod';

const count = z.number().min(0);

/**
 * One benchmark of a fixture: what `go test -benchmem -benchtime 1000x` printed in the folders good, bad and harmless.
 */
const fixtureBenchmark = z.strictObject({
  name: z.string().regex(/^Benchmark\w*(\/\S+)?$/),
  allocs: z.strictObject({ good: count, bad: count }),
  bytes: z.strictObject({ good: count, bad: count }),
  harmless: z.strictObject({ allocs: count }),
});

/** `fixtures/<id>/expect.yaml`: the results of the real toolchain for a rule's fixture. */
export const fixtureSchema = z.strictObject({
  /** The Go release that the numbers were measured with, without patch level: `1.26`. */
  go: z.string().regex(/^1\.\d+$/),
  benchmarks: z.array(fixtureBenchmark).min(1),
  /** The evidence of the finding in the bad code. */
  evidence: z.enum(['proven', 'possible']),
  /** Whether the bad code allocates on this Go version. If not, good and bad have the same counts. */
  allocates: z.boolean(),
  /** Other rules that match the same place but are less specific; sorted. */
  alsoFits: z.array(z.string()).default([]),
});

export type Fixture = z.infer<typeof fixtureSchema>;
