import { z } from 'zod';

export const wholeNumber = z.number().int().min(0);
export const lineNumber = z.number().int().min(1);

/** What was tried for a finding after the review (`--prove`, `--fix`): keys of a report's finding. */
export const triedOfFinding = {
  /** Set if head was measured again with some changes taken back (`--prove`), to see whether they are the cause. */
  experiment: z
    .strictObject({
      /**
       * About `cause`. `proved`: without it, the allocation is gone. `partly`: it is one of several causes. `refuted`:
       * without it, the allocation is still there. `undecided`: no trial that compiled decided it, or the time ran out.
       */
      outcome: z.enum(['proved', 'partly', 'refuted', 'undecided']),
      /** `package.BenchmarkX/sub`. */
      benchmark: z.string(),
      unit: z.enum(['allocs/op', 'B/op']),
      /** What head makes per op, and how much of it the finding adds, in `unit`. */
      head: z.number(),
      added: z.number(),
      /** The trial of the cause first, then those of other changes, the largest effect first. */
      trials: z.array(
        z.strictObject({
          /** Head's lines that were as in base; `deleted`: the lines that base had after `first` were there again. */
          lines: z.array(
            z.strictObject({ file: z.string(), first: wholeNumber, last: wholeNumber, deleted: z.boolean() }),
          ),
          /**
           * `gone`: all that the finding adds was gone. `broken`: head did not compile, or the benchmark gave no
           * result.
           */
          outcome: z.enum(['gone', 'less', 'same', 'broken']),
          /** In `unit`; null: nothing was measured. */
          value: z.number().nullable(),
        }),
      ),
      seconds: z.number(),
    })
    .optional(),
  /** Set if the evidence is `tested`: how much more a function allocates each time a test runs it. */
  tested: z
    .strictObject({
      /** As the compiler names it in its package: `(*T).M`. */
      function: z.string(),
      /** `package.TestX`, and how often it calls the function. */
      test: z.string(),
      calls: wholeNumber,
      /** Set if benchmarks run the function but not this line of it. `calls` is then how often the line runs. */
      line: lineNumber.optional(),
      /** What each call adds. */
      objects: z.number(),
      bytes: z.number(),
      /** The part of that which this finding adds, if other findings add the rest. */
      here: z.strictObject({ objects: z.number(), bytes: z.number() }).optional(),
    })
    .optional(),
  /** Set if the evidence is `possible`, and tests that ran the line saw no allocation there (`--prove`). */
  quietTests: z
    .strictObject({
      /** How many tests ran it, and how often together. */
      tests: wholeNumber,
      runs: wholeNumber,
    })
    .optional(),
  /** Set if allocgate tried to write a benchmark (`--prove`), because nothing measures the function. */
  ownBenchmark: z
    .union([
      z.strictObject({
        /** As the compiler names it in its package: `(*T).M`. */
        function: z.string(),
        name: z.string(),
        /** A test file of the package that contains only this benchmark. */
        code: z.string(),
        /** The test that its inputs come from; null: they are made from the types of the parameters. */
        from: z.string().nullable(),
        /** Per op, on each side. */
        base: z.strictObject({ allocs: z.number(), bytes: z.number() }),
        head: z.strictObject({ allocs: z.number(), bytes: z.number() }),
      }),
      z.strictObject({
        function: z.string(),
        /** Which value cannot be made, or on which side the benchmark does not compile or run to its end. */
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
  /**
   * Set if an edit of head was tried (`--prove`, `--fix`) and worked: it compiles, tests pass, and it allocates less.
   */
  suggestion: z
    .strictObject({
      /** The name of the remedy: `compile-once`; `take-back` for lines as they were before the change. */
      remedy: z.string(),
      file: z.string(),
      /** The first and last of head's lines that `replacement` replaces. */
      first: lineNumber,
      last: lineNumber,
      replacement: z.array(z.string()),
      /** The same edit as a unified diff, for `git apply`. */
      patch: z.string(),
      /** `package.BenchmarkX/sub`, and what it makes without and with the edit, in `unit`. */
      benchmark: z.string(),
      unit: z.enum(['allocs/op', 'B/op']),
      before: z.number(),
      after: z.number(),
      /** How many tests passed without the edit and still pass with it. */
      tests: wholeNumber,
    })
    .optional(),
};
