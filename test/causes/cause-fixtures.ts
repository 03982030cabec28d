import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { causeKinds } from '../../src/compare/cause.ts';

/** `fixtures/causes/<name>/expect.yaml`: the expected result of the review from the good to the bad code. */
const expectSchema = z.strictObject({
  cause: z.enum(causeKinds),
  /** What the change does, for readers. */
  shows: z.string(),
  benchmark: z.string(),
  allocs: z.strictObject({ good: z.number(), bad: z.number() }),
  /** Steps between the changed line and the allocation. */
  via: z.number(),
});

export type CauseFixture = { folder: string; expected: z.infer<typeof expectSchema> };

/** Every fixture of a cause, sorted by its folder. */
export function loadCauseFixtures(directory: string): CauseFixture[] {
  return readdirSync(directory)
    .sort()
    .map((folder) => {
      const text = readFileSync(path.join(directory, folder, 'expect.yaml'), 'utf8');
      return { folder, expected: expectSchema.parse(parse(text)) };
    });
}
