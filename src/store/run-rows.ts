import { z } from 'zod';
import type { Row } from './database.ts';
import type { Run, RunOutcome, RunState, RunSubject } from './types.ts';

export const stateSchema = z.enum(['queued', 'running', 'done', 'cancelled']) satisfies z.ZodType<RunState>;

export const outcomeSchema = z.enum([
  'pass',
  'fail',
  'neutral',
  'error',
  'action-required',
  'superseded',
  'cancelled',
  'crashed',
  'closed',
  'gone',
]) satisfies z.ZodType<RunOutcome>;

export const subjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pull-request'), number: z.number() }),
  z.object({ kind: z.literal('merge-group'), headRef: z.string(), baseSha: z.string() }),
  z.object({ kind: z.literal('experiments'), number: z.number(), runId: z.string() }),
  z.object({ kind: z.literal('baseline') }),
  z.object({ kind: z.literal('history') }),
]) satisfies z.ZodType<RunSubject>;

const rowSchema = z.object({
  id: z.string(),
  repository_id: z.coerce.number(),
  subject: subjectSchema,
  head_sha: z.string(),
  base_ref: z.string().nullable(),
  is_fork: z.boolean(),
  bench: z.string().nullable(),
  state: stateSchema,
  attempt: z.number(),
  crashes: z.number(),
  retries: z.number(),
  check_run_id: z.coerce.number().nullable(),
  // Not validated, because only saveMeasured writes it. This is the one place that asserts its type.
  measured: z.custom<Run['measured']>(),
  told: z.custom<Run['told']>(),
  outcome: outcomeSchema.nullable(),
  created_at: z.date(),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
});

/** Reads a row of allocgate.runs. */
export function toRun(row: Row): Run {
  const read = rowSchema.parse(row);
  return {
    id: read.id,
    repositoryId: read.repository_id,
    subject: read.subject,
    headSha: read.head_sha,
    baseRef: read.base_ref,
    isFork: read.is_fork,
    bench: read.bench,
    state: read.state,
    attempt: read.attempt,
    crashes: read.crashes,
    retries: read.retries,
    checkRunId: read.check_run_id,
    measured: read.measured,
    told: read.told,
    outcome: read.outcome,
    createdAt: read.created_at,
    startedAt: read.started_at,
    finishedAt: read.finished_at,
  };
}

/** The keys of a subject and of everything that is cancelled with it: a pull request's experiments. */
export const keysWithin = (subject: RunSubject): string[] =>
  subject.kind === 'pull-request'
    ? [subjectKey(subject), `experiments:${subject.number}`]
    : [subjectKey(subject)];

/** The key that runs have in common if they replace each other within one repository. */
export function subjectKey(subject: RunSubject): string {
  switch (subject.kind) {
    case 'pull-request':
      return `pull-request:${subject.number}`;
    case 'merge-group':
      return `merge-group:${subject.headRef}`;
    case 'experiments':
      return `experiments:${subject.number}`;
    case 'baseline':
    case 'history':
      return subject.kind;
  }
}
