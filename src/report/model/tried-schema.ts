import { z } from 'zod';

export const wholeNumber = z.number().int().min(0);
export const lineNumber = z.number().int().min(1);

/** What was tried for a finding after the review (`--prove`, `--fix`): keys of a report's finding. */
export const triedOfFinding = {
  /**
   * Given where head was tried again with changes taken back (`--prove`): whether the cause is proved by that, and what head
   * made without it.
   */
  experiment: z
    .strictObject({
      /**
       * About `cause`. `proved`: without it the allocation is gone. `partly`: it is one of several causes. `refuted`: the
       * allocation is still there. `undecided`: nothing that compiles tells, or the time was over.
       */
      outcome: z.enum(['proved', 'partly', 'refuted', 'undecided']),
      /** `package.BenchmarkX/sub`. */
      benchmark: z.string(),
      unit: z.enum(['allocs/op', 'B/op']),
      /** What head makes, and how much of it the finding adds, in `unit`. */
      head: z.number(),
      added: z.number(),
      /** The cause first, then other changes that have a part in it, the largest first. */
      trials: z.array(
        z.strictObject({
          /** Head's lines that were as in base; `deleted`: what base had behind `first` was there again. */
          lines: z.array(
            z.strictObject({ file: z.string(), first: wholeNumber, last: wholeNumber, deleted: z.boolean() }),
          ),
          /** `gone`: all that the finding adds. `broken`: it did not compile, or the benchmark gave no result. */
          outcome: z.enum(['gone', 'less', 'same', 'broken']),
          /** In `unit`; null where nothing was measured. */
          value: z.number().nullable(),
        }),
      ),
      seconds: z.number(),
    })
    .optional(),
  /** Given where the evidence is `tested`: what a function adds each time that a test runs it. */
  tested: z
    .strictObject({
      /** As the compiler names it in its package: `(*T).M`. */
      function: z.string(),
      /** `package.TestX`, and how often it calls the function. */
      test: z.string(),
      calls: wholeNumber,
      /** The line, of a function that benchmarks run but for some lines. `calls` is then how often the line runs. */
      line: lineNumber.optional(),
      /** What each call adds. */
      objects: z.number(),
      bytes: z.number(),
      /** The finding's part of that, where other findings have the rest. */
      here: z.strictObject({ objects: z.number(), bytes: z.number() }).optional(),
    })
    .optional(),
  /** Given where a benchmark was to be written (`--prove`), because nothing measures the function. */
  ownBenchmark: z
    .union([
      z.strictObject({
        /** As the compiler names it in its package: `(*T).M`. */
        function: z.string(),
        name: z.string(),
        /** A test file of the package that holds the benchmark alone. */
        code: z.string(),
        /** The test whose inputs it has; null: they are made from the types. */
        from: z.string().nullable(),
        /** Per op, on each side. */
        base: z.strictObject({ allocs: z.number(), bytes: z.number() }),
        head: z.strictObject({ allocs: z.number(), bytes: z.number() }),
      }),
      z.strictObject({
        function: z.string(),
        /** Why there is none: what cannot be made, or on which side it does not compile or run to its end. */
        problem: z.union([
          z.strictObject({
            kind: z.literal('unwritable'),
            what: z.enum(['parameter', 'receiver', 'type-parameter']),
            name: z.string(),
            type: z.string(),
          }),
          z.strictObject({ kind: z.enum(['compile', 'run']), side: z.enum(['base', 'head']) }),
        ]),
      }),
    ])
    .optional(),
  /** Given where an edit of head was tried (`--prove`, `--fix`): it compiles, its tests pass, and it allocates less. */
  suggestion: z
    .strictObject({
      /** Which remedy: `compile-once`. */
      remedy: z.string(),
      file: z.string(),
      /** Head's lines that `replacement` takes the place of. */
      first: lineNumber,
      last: lineNumber,
      replacement: z.array(z.string()),
      /** The same as a unified diff, for `git apply`. */
      patch: z.string(),
      /** `package.BenchmarkX/sub`, and what it makes without and with the edit, in `unit`. */
      benchmark: z.string(),
      unit: z.enum(['allocs/op', 'B/op']),
      before: z.number(),
      after: z.number(),
      /** How many tests of the packages passed before, and still do. */
      tests: wholeNumber,
    })
    .optional(),
};
