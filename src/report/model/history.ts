import { z } from 'zod';
import type { HistoryPoint } from '../../compare/history-point.ts';

const rangeSchema = z.object({ low: z.number(), middle: z.number(), high: z.number() });

const pointSchema = z.object({
  name: z.string(),
  iterations: z.number(),
  allocs: rangeSchema.nullable(),
  bytes: rangeSchema.nullable(),
}) satisfies z.ZodType<HistoryPoint>;

/**
 * The Go version and the kind of machine (system, architecture, processors). Only points of one setting are comparable.
 */
const settingShape = { go: z.string(), machine: z.string() };

/**
 * A record of a history. Records are only added, never changed.
 *
 * `input`: what the benchmarks of one test binary allocate. The input is a hash over everything that the binary is
 * linked from and may read. `whole`: the selections of benchmarks that were measured completely. `failed`: the
 * benchmarks without a result.
 *
 * `pull-request`: the pull request that GitHub names for a commit that moved a benchmark. `number` null: none is
 * merged.
 *
 * `commit`: the inputs of a commit, by package. `selection`: the benchmarks that were to be measured. `problem`: why
 * nothing could be measured. `position`: the number of commits before it on the branch.
 */
export const historyRecordSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('input'),
    ...settingShape,
    package: z.string(),
    input: z.string(),
    points: z.array(pointSchema),
    failed: z.array(z.string()),
    whole: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('commit'),
    ...settingShape,
    sha: z.string(),
    subject: z.string(),
    /** ISO 8601. */
    time: z.string(),
    position: z.number(),
    selection: z.string(),
    inputs: z.record(z.string(), z.string()),
    isWhole: z.boolean(),
    problem: z.string().nullable(),
  }),
  z.object({ kind: z.literal('pull-request'), sha: z.string(), number: z.number().nullable() }),
]);

export type HistoryRecord = z.infer<typeof historyRecordSchema>;
export type InputRecord = Extract<HistoryRecord, { kind: 'input' }>;
export type CommitRecord = Extract<HistoryRecord, { kind: 'commit' }>;
export type HistorySetting = Pick<InputRecord, 'go' | 'machine'>;

/** Where the records of one repository are kept. */
export type HistoryStore = {
  /** Returns the records in the order in which they were added. */
  read: () => Promise<HistoryRecord[]>;
  add: (record: HistoryRecord) => Promise<void>;
};

/**
 * The result of measuring a history, as numbers of commits. `known`: measured before. `measured`: measured now. `left`:
 * not measured, because the time was used up or somebody stopped it. `benchmarks`: how many benchmarks were measured
 * now.
 */
export type HistoryOutcome = {
  commits: number;
  known: number;
  measured: number;
  benchmarks: number;
  left: number;
  isStopped: boolean;
};
