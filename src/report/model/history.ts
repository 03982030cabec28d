import { z } from 'zod';
import type { HistoryPoint } from '../../compare/history-point.ts';

const rangeSchema = z.object({ low: z.number(), middle: z.number(), high: z.number() });

const pointSchema = z.object({
  name: z.string(),
  iterations: z.number(),
  allocs: rangeSchema.nullable(),
  bytes: rangeSchema.nullable(),
}) satisfies z.ZodType<HistoryPoint>;

/** The Go version and the kind of machine (system, architecture, processors): points of others cannot be compared. */
const settingShape = { go: z.string(), machine: z.string() };

/**
 * What is kept of a history, in the order in which it was found out.
 *
 * `input`: the benchmarks of one test binary, known by a hash over everything that it is linked from and may read.
 * `whole`: the selections of benchmarks of which none is missing. `failed`: benchmarks without a result.
 *
 * `pull-request`: what GitHub says of a commit that moved a benchmark. `number` null: it belongs to no merged pull request.
 *
 * `commit`: the inputs of a commit by package. `selection`: the benchmarks that were wanted. `problem`: why nothing could
 * be measured. `position`: how many commits of the branch are before it.
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
  /** In the order in which they were added. */
  read: () => Promise<HistoryRecord[]>;
  add: (record: HistoryRecord) => Promise<void>;
};

/**
 * What measuring a history did. `benchmarks`: those that were measured now. `left`: commits that are not known yet, because the time was used up.
 */
export type HistoryOutcome = {
  commits: number;
  known: number;
  measured: number;
  benchmarks: number;
  left: number;
  isStopped: boolean;
};
